package quantize

import (
	"context"
	"math"
	"os"
	"slices"

	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/model"
	"loradex/internal/fault"
	"loradex/internal/parallel"
)

// Form is how a layer computes.
type Form string

// The forms, the fastest first.
const (
	Fixed Form = "fixed" // integers; the step of its input is fixed
	Rows  Form = "rows"  // integers; each row of its input has a step of its own
	Float Form = "float" // fp32
)

// Choice is a form for each kind of layer.
type Choice map[arch.Reads]Form

// smoothed is what of the extent of a channel goes into the weight, as an exponent: α of SmoothQuant, equation 4.
const smoothed = 0.5

// smallest bounds divisors: a channel that no text has used.
const smallest = 1e-5

// rowZero is the code of 0 behind an activation that is bounded below: the bound is little beside what is above.
const rowZero = 20

// lowerBounds are those of activations.
var lowerBounds = map[string]float32{delta.GELU: 0.17, delta.GELUTanh: 0.171, delta.SiLU: 0.279, delta.ReLU: 0}

// round makes codes of the weights of all layers: they are the same in every form that is in integers.
func (e *extent) round(m *model.Model) error {
	weights := make([][]float32, len(e.layers))
	for i, l := range e.layers {
		w, _, err := m.Weight(l.Path + ".weight")
		if err != nil {
			return err
		}
		weights[i] = w
	}
	// Normalisations make channels of very different extents, and little else does.
	if e.layers[0].Reads == arch.ReadsNorm {
		e.smooth = e.smoothing(weights)
	}
	spread, err := e.spreader()
	if err != nil {
		return err
	}
	for i, l := range e.layers {
		e.rounded = append(e.rounded, roundWeight(weights[i], l.In, l.Out, e.smooth, spread))
	}
	return nil
}

// layersOf are the layers that are in integers by a choice.
func layersOf(m *model.Model, extents []extent, c Choice) map[string]*arch.Int8 {
	out := map[string]*arch.Int8{}
	for _, e := range extents {
		form := c[e.layers[0].Reads]
		if form == Float {
			continue
		}
		for i, l := range e.layers {
			q := *e.rounded[i]
			q.Input = e.input(m, form)
			out[l.Path] = &q
		}
	}
	return out
}

// smoothing is what each channel is divided by: √(extent of the channel / extent of its weights), scaled to a geometric mean of 1.
func (e *extent) smoothing(weights [][]float32) []float32 {
	in := len(e.high)
	widest := make([]float64, in)
	for _, w := range weights {
		for i, v := range w {
			widest[i%in] = max(widest[i%in], math.Abs(float64(v)))
		}
	}
	logs, mean := make([]float64, in), 0.0
	for i := range logs {
		reach := max(float64(e.high[i]), -float64(e.low[i]), smallest)
		logs[i] = smoothed*math.Log(reach) - (1-smoothed)*math.Log(max(widest[i], smallest))
		mean += logs[i] / float64(in)
	}
	s := make([]float32, in)
	for i, l := range logs {
		s[i] = float32(math.Exp(l - mean))
	}
	return s
}

// input is how the layers that read the extent round it.
func (e *extent) input(m *model.Model, form Form) arch.Int8Input {
	bound, bounded := lowerBounds[m.Config.Activation]
	switch {
	case form == Rows && e.layers[0].Reads == arch.ReadsActivation && bounded:
		const above = 255 - rowZero
		return arch.Int8Input{Zero: rowZero, Least: max(smallest, bound*above/rowZero)}
	case form == Rows:
		return arch.Int8Input{Zero: 128}
	}
	low, high := float32(0), float32(smallest)
	for i := range e.high {
		s := float32(1)
		if e.smooth != nil {
			s = e.smooth[i]
		}
		low, high = min(low, e.low[i]/s), max(high, e.high[i]/s)
	}
	// 254 steps, so that the rounding of 0 cuts nothing off. Numbers below 0 have half the codes at most.
	step := max((high-low)/254, -low/128)
	return arch.Int8Input{Step: step, Zero: uint8(math.Round(float64(-low / step)))}
}

// roundWeight makes codes of a weight [out,in] whose columns are multiplied by the smoothing, with a scale for each row. What is
// lost at a column is made up for by the columns behind it.
func roundWeight(w []float32, in, out int, smoothing []float32, spread []float32) *arch.Int8 {
	q := &arch.Int8{Codes: make([]byte, len(w)), Scales: make([]float32, out), Norms: make([]float32, out), Smoothing: smoothing}
	_ = parallel.Each(context.Background(), out, 16, func(o int) error { // nothing fails
		row := slices.Clone(w[o*in:][:in])
		square := 0.0
		for i, v := range row {
			square += float64(v) * float64(v)
			if smoothing != nil {
				row[i] *= smoothing[i]
			}
		}
		q.Norms[o] = max(smallest, float32(math.Sqrt(square)))
		scale := max(slices.Max(row), -slices.Min(row), smallest*smallest) / arch.MaxWeightCode
		q.Scales[o] = scale
		for i := range row {
			code := min(arch.MaxWeightCode, max(-arch.MaxWeightCode, math.RoundToEven(float64(row[i]/scale))))
			q.Codes[i*out+o] = byte(int8(code))
			lost := row[i] - float32(code)*scale
			for j, f := range spread[i*in+i+1:][:in-i-1] {
				row[i+1+j] -= lost * f
			}
		}
		return nil
	})
	return q
}

// writeFolder makes a folder of the model in integers.
func writeFolder(m *model.Model, dir string, layers map[string]*arch.Int8, made any) error {
	if err := os.Mkdir(dir, 0o750); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be made", dir)
	}
	return m.WriteInt8(dir, layers, made)
}
