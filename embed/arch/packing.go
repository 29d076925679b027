package arch

import "loradex/embed/graph"

// Packing lays tokens out without padding: T tokens of N texts, of which the longest has S. Linear layers, normalisations
// and activations, four fifths of the work, compute on tokens only; attention alone sees texts as rows of a grid [N,S].
// In a batch of random texts a third to a half of the grid is padding.
type Packing struct {
	Positions graph.Value // int64 [T]: row of the position table
	Grid      graph.Value // int64 [N,S]: which token stands there; any for padding
	Tokens    graph.Value // int64 [T]: where in the grid, row by row, each token stands
	Mask      graph.Value // float [N,S]: 1 for tokens
	// Full says that there is no padding: tokens and grid are the same numbers, and only shapes differ. Grid and Tokens are
	// not used.
	Full bool
}

// pad lays tokens [T,H] out as the grid [N,S,H]. Padding shows a copy of some token: attention does not look at it, and no
// gradient comes from it, so that the gradient is what stands at the tokens' places.
func (e *Encoder) pad(x graph.Value) graph.Value {
	p := e.Packed
	if p == nil {
		return x
	}
	if p.Full {
		return e.Fold(x, p.Mask)
	}
	return e.WithGradient([]graph.Value{x}, func() graph.Value { return e.Gather(x, p.Grid) },
		func(dy graph.Value, _ []bool) []graph.Value { return []graph.Value{e.Gather(e.Flatten(dy), p.Tokens)} })
}

// unpad takes the tokens [T,H] out of the grid [N,S,H]. The gradient of padding is zero.
func (e *Encoder) unpad(x graph.Value) graph.Value {
	p := e.Packed
	if p == nil {
		return x
	}
	if p.Full {
		return e.Flatten(x)
	}
	return e.WithGradient([]graph.Value{x}, func() graph.Value { return e.Gather(e.Flatten(x), p.Tokens) },
		func(dy graph.Value, _ []bool) []graph.Value {
			return []graph.Value{e.Mul(e.Gather(dy, p.Grid), e.Unsqueeze(p.Mask, 2))}
		})
}
