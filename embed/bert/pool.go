package bert

import (
	"loradex/embed/graph"
	"loradex/embed/model"
	"loradex/embed/onnx"
	"loradex/internal/fault"
)

// Smallest divisors, as sentence-transformers and torch clamp them.
const (
	minTokens = 1e-9
	minNorm   = 1e-12
)

// pool makes one vector [N,H] of the token vectors x [N,S,H]; mask is [N,S], 1 for tokens.
func (b *builder) pool(x, mask graph.Value) graph.Value {
	m := b.Unsqueeze(mask, 2) // [N,S,1]
	switch b.m.Pooling.Mode {
	case model.PoolMean:
		return b.Div(b.Sum(b.Mul(x, m), 1, false), b.Max(b.Sum(m, 1, false), b.Scalar(minTokens)))
	case model.PoolMeanSqrtLen:
		return b.Div(b.Sum(b.Mul(x, m), 1, false), b.Sqrt(b.Max(b.Sum(m, 1, false), b.Scalar(minTokens))))
	case model.PoolWeightedMean:
		w := b.Mul(b.CumSum(m, 1), m) // 1, 2, 3, … over the tokens
		return b.Div(b.Sum(b.Mul(x, w), 1, false), b.Max(b.Sum(w, 1, false), b.Scalar(minTokens)))
	case model.PoolCLS:
		return b.Reshape(b.Slice(x, 1, 0, b.Ints(1)), 0, int64(b.m.Config.HiddenSize))
	case model.PoolLastToken:
		// The last token is where the running count of tokens reaches the row's number of tokens.
		last := b.Mul(b.Cast(b.Equal(b.CumSum(m, 1), b.Sum(m, 1, true)), onnx.Float), m)
		return b.Sum(b.Mul(x, last), 1, false)
	case model.PoolMax:
		hidden := b.Mul(b.Sub(b.Scalar(1), m), b.Scalar(maskedScore))
		return b.MaxOver(b.Add(b.Mul(x, m), hidden), 1, false)
	}
	b.fail(fault.New(fault.Unsupported, "model %s: pooling mode %q is not supported", b.m.Name, b.m.Pooling.Mode))
	return x
}

// unit scales rows to length 1.
func (b *builder) unit(x graph.Value) graph.Value {
	return b.Div(x, b.Max(b.Sqrt(b.Sum(b.Mul(x, x), 1, true)), b.Scalar(minNorm)))
}
