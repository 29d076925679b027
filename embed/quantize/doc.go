// Package quantize makes a model in integers of 8 bits of one in floats (post-training quantisation), to the same vectors but for
// a loss that it measures, at less time.
//
//	report, err := quantize.Make(ctx, encoder, dir, quantize.Options{Texts: chunks, Trial: others})
//
// The weights of linear layers become integers with a scale for each output. What a layer reads becomes integers by a step that
// is either fixed, from what texts of calibration showed, or that of the row itself; no step depends on another row of a batch.
// Channels of normalisations, whose extents differ most, are evened out first (Xiao et al. 2022, SmoothQuant, arXiv:2211.10438).
// That is a product in front of the rounding and not folded into the normalisation, whose result the residual and adapters
// read, too: so adapters read what they were trained on.
package quantize
