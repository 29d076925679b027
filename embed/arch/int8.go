package arch

import (
	"slices"

	"loradex/adapters/delta"
	"loradex/embed/graph"
)

// Int8 is a linear layer in integers of 8 bits (Xiao et al. 2022, SmoothQuant, arXiv:2211.10438). With x what it reads, s the
// smoothing and c the codes,
//
//	y_o = scale_o · step · Σ_i (code(x_i/s_i) − zero) · c_io,    code(v) = round(v/step) + zero, from 0 to 255
//
// and the sum is exact.
type Int8 struct {
	Input Int8Input
	// Codes are the weight, [in,out] signed bytes from −MaxWeightCode to MaxWeightCode, and Scales what a column stands for, [out].
	Codes  []byte
	Scales []float32
	// Smoothing is what inputs are divided by, [in]; nil: nothing. The weight is multiplied by it.
	Smoothing []float32
	// Norms are the lengths of the rows of the weight before it was rounded, [out].
	Norms []float32
}

// MaxWeightCode is the largest code of a weight, of 7 bits and a sign. Processors without instructions for sums of four products
// (VNNI) add two of 8 bits in 16 and cut the sum off at 32,767: 2·255·64 is less, so all processors compute the same sums.
const MaxWeightCode = 64

// Int8Input is how a layer's input becomes codes.
type Int8Input struct {
	// Step is the number that a code stands for, fixed when the model was made; 0: that of the largest number of each row.
	Step float32 `json:"step,omitempty"`
	// Zero is the code of 0.
	Zero uint8 `json:"zero"`
	// Least, where rows have steps of their own, is the largest number that a row is taken to have at least, and says that only
	// numbers above 0 count: what is behind an activation that is bounded below. 0: numbers count by their size.
	Least float32 `json:"least,omitempty"`
}

// leastLargest is the largest number of a row of zeros.
const leastLargest = 1e-6

// evenZero is the code of 0 where numbers below it are as large as those above.
const evenZero = 128

// Dequantized is the weight that the codes stand for, [out,in].
func (q *Int8) Dequantized() []float32 {
	out := len(q.Scales)
	in := len(q.Codes) / out
	w := make([]float32, in*out)
	for i := range in {
		s := float32(1)
		if q.Smoothing != nil {
			s /= q.Smoothing[i]
		}
		for o, c := range q.Codes[i*out:][:out] {
			w[o*in+i] = float32(int8(c)) * q.Scales[o] * s //nolint:gosec // a signed byte
		}
	}
	return w
}

// Reads is the part of a block that a linear layer reads.
type Reads string

// What linear layers read.
const (
	ReadsNorm       Reads = "norm"       // a normalisation
	ReadsAttention  Reads = "attention"  // what attention gathered
	ReadsActivation Reads = "activation" // the activation between the two feed-forward layers
)

// Linear is a linear layer of a block.
type Linear struct {
	delta.Site // without its bias
	Reads      Reads
}

// Linears lists the linear layers of the blocks, in the order of the computation.
func (c Config) Linears() []Linear {
	var list []Linear
	f := c.Table()
	for _, s := range c.layers() {
		if s.Kind != delta.Linear {
			continue
		}
		l := Linear{s, ReadsNorm}
		switch s.Path {
		case f.path(s.Block, attentionOut):
			l.Reads = ReadsAttention
		case f.path(s.Block, feedOut):
			l.Reads = ReadsActivation
		}
		list = append(list, l)
	}
	return list
}

// Uncalibrated says of a value that linear layers read that it is not what the model was rounded with: where they compute in
// integers, they do not use the steps that were fixed for it. It returns the value.
func (e *Encoder) Uncalibrated(x graph.Value) graph.Value {
	if e.uncalibrated == nil {
		e.uncalibrated = map[string]bool{}
	}
	e.uncalibrated[x.Name()] = true
	return x
}

// integers is W x + bias of a layer in integers; bias may be the zero Value. Layers that read the same with the same smoothing
// and step share its codes.
func (e *Encoder) integers(x graph.Value, path string, q *Int8, bias graph.Value) graph.Value {
	w := e.Int8(path+".codes", q.Codes, len(q.Codes)/len(q.Scales), len(q.Scales))
	return e.MatMulCodes(e.codes(x, path, q), w, e.Const(path+".scales", q.Scales, len(q.Scales)), bias)
}

// codes rounds what a layer reads.
func (e *Encoder) codes(x graph.Value, path string, q *Int8) graph.Codes {
	for _, r := range e.rounded {
		if r.of == x.Name() && r.input == q.Input && slices.Equal(r.smoothing, q.Smoothing) {
			return r.codes
		}
	}
	smooth := x
	if q.Smoothing != nil {
		inverse := make([]float32, len(q.Smoothing))
		for i, s := range q.Smoothing {
			inverse[i] = 1 / s
		}
		smooth = e.Mul(x, e.Const(path+".smoothing", inverse, len(inverse)))
	}
	var codes graph.Codes
	switch in := q.Input; {
	case e.uncalibrated[x.Name()] || in.Step == 0 && in.Least == 0:
		codes = e.RoundRows(smooth, evenZero, leastLargest, false)
	case in.Step == 0:
		codes = e.RoundRows(smooth, in.Zero, in.Least, true)
	default:
		codes = e.Round(smooth, in.Step, in.Zero)
	}
	e.rounded = append(e.rounded, roundedValue{x.Name(), q.Input, q.Smoothing, codes})
	return codes
}

// roundedValue is a value that was rounded, how, and to what.
type roundedValue struct {
	of        string
	input     Int8Input
	smoothing []float32
	codes     graph.Codes
}
