package arch

import (
	"loradex/embed/graph"
	"loradex/internal/fault"
)

// Pooling modes, by the names of sentence-transformers' 1_Pooling/config.json.
const (
	PoolMean         = "mean"          // mean over the tokens of the mask
	PoolCLS          = "cls"           // the first token
	PoolMax          = "max"           // maximum over the tokens, per dimension
	PoolMeanSqrtLen  = "mean_sqrt_len" // sum divided by the square root of the number of tokens
	PoolWeightedMean = "weightedmean"  // mean weighted by 1, 2, 3, … from the first token on
	PoolLastToken    = "lasttoken"     // the last token of the mask
)

// Pooling makes one vector of a row's token vectors. A concatenation of several modes is refused.
type Pooling struct {
	Mode string `json:"mode"` // one of the Pool constants
	// IncludePrompt false takes the tokens of the prompt (with the special tokens before them) out of the pooling:
	// as many as the tokenizer makes of the prompt alone, less one for the closing special token.
	IncludePrompt bool `json:"include_prompt"`
}

// Smallest divisors, as sentence-transformers and torch clamp them.
const (
	minTokens = 1e-9
	minNorm   = 1e-12
)

// Pool makes one vector [N,H] of the token vectors x [N,S,H] or [T,H]; mask is [N,S], 1 for tokens. It has unit length where the
// model says so.
func (e *Encoder) Pool(x, mask graph.Value) graph.Value {
	v := e.pool(e.pad(x), mask)
	if e.m.Normalize {
		v = e.Unit(v)
	}
	return v
}

// pool makes one vector [N,H] of the token vectors x [N,S,H].
func (e *Encoder) pool(x, mask graph.Value) graph.Value {
	m := e.Unsqueeze(mask, 2) // [N,S,1]
	switch e.m.Pooling.Mode {
	case PoolMean:
		return e.Div(e.Sum(e.Mul(x, m), 1, false), e.Max(e.Sum(m, 1, false), e.Scalar(minTokens)))
	case PoolMeanSqrtLen:
		return e.Div(e.Sum(e.Mul(x, m), 1, false), e.Sqrt(e.Max(e.Sum(m, 1, false), e.Scalar(minTokens))))
	case PoolWeightedMean:
		w := e.Mul(e.CumSum(m, 1), m) // 1, 2, 3, … over the tokens
		return e.Div(e.Sum(e.Mul(x, w), 1, false), e.Max(e.Sum(w, 1, false), e.Scalar(minTokens)))
	case PoolCLS:
		return e.Reshape(e.Slice(x, 1, 0, e.Ints(1)), 0, int64(e.m.Config.HiddenSize))
	case PoolLastToken:
		// The last token is where the running count of tokens reaches the row's number of tokens.
		last := e.Mul(e.Cast(e.Equal(e.CumSum(m, 1), e.Sum(m, 1, true)), graph.Float), m)
		return e.Sum(e.Mul(x, last), 1, false)
	case PoolMax:
		hidden := e.Mul(e.Sub(e.Scalar(1), m), e.Scalar(maskedScore))
		return e.MaxOver(e.Add(e.Mul(x, m), hidden), 1, false)
	}
	e.Fail(fault.New(fault.Unsupported, "model %s: pooling mode %q is not supported", e.m.Name, e.m.Pooling.Mode))
	return x
}

// Unit scales rows to length 1.
func (e *Encoder) Unit(x graph.Value) graph.Value {
	return e.Div(x, e.Max(e.Sqrt(e.Sum(e.Mul(x, x), 1, true)), e.Scalar(minNorm)))
}
