package train

import (
	"math"

	"loradex/embed/graph"
	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// precision is what matrix products are computed in.
type precision string

// The precisions of training.
const (
	fp32 precision = "fp32"
	// FP16 is mixed precision (Micikevicius et al. 2018, arXiv:1710.03740): products take and give half precision, frozen
	// weights are stored in it, and the loss is scaled. Normalisations, softmax, activations, the loss, the trained tensors
	// and AdamW stay in float32.
	FP16 precision = "fp16"
)

// Precisions lists the precisions of training.
func Precisions() []precision { return []precision{fp32, FP16} }

// half tells whether products are computed in half precision.
func (o Options) half() bool { return o.Precision == FP16 }

// products is how the graphs of a run compute products on a device.
func (o Options) products(d runtime.Device) graph.Products {
	switch {
	case !o.half():
		return graph.InFull
	case d == runtime.CPU:
		return graph.InHalfRounded
	}
	return graph.InHalf
}

// fitsHalf refuses a model with a weight that half precision cannot hold.
func (n *network) fitsHalf() error {
	for _, spec := range n.m.Config.Tensors() {
		name := spec.Name
		data, _, err := n.m.Weight(name)
		if err != nil {
			return err
		}
		for _, x := range data {
			if !(math.Abs(float64(x)) <= graph.MaxHalf) { // NaN is not either
				return fault.New(fault.Unsupported, "weight %s of model %s holds %g, which half precision cannot", name, n.m.Name, x).
					WithHint("train with --precision fp32")
			}
		}
	}
	return nil
}
