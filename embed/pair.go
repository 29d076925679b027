package embed

import "loradex/embed/model"

// pair is a query and a text as the tokens of one row.
type pair struct {
	ids, types []int32
	row        int // of the request
}

// pairs makes them by a model's template.
type pairs struct {
	parts   []model.PairPart
	special int // tokens that are of neither text
}

func newPairs(parts []model.PairPart) pairs {
	p := pairs{parts: parts}
	for _, part := range parts {
		p.special += len(part.Special)
	}
	return p
}

// join cuts two texts to what fits beside the special tokens and puts all of them in their places.
func (p pairs) join(first, second []int32, maxTokens int) *pair {
	n1, n2 := longestFirst(len(first), len(second), maxTokens-p.special)
	texts := [3][]int32{1: first[:n1], 2: second[:n2]}
	out := &pair{ids: make([]int32, 0, n1+n2+p.special), types: make([]int32, 0, n1+n2+p.special)}
	for _, part := range p.parts {
		tokens := part.Special
		if part.Text > 0 {
			tokens = texts[part.Text]
		}
		out.ids = append(out.ids, tokens...)
		for range tokens {
			out.types = append(out.types, int32(part.Type)) //nolint:gosec // checked against the model's types
		}
	}
	return out
}

// longestFirst says how many tokens of each of two texts fit into room: the longer one is cut to what the shorter leaves,
// and both to the half where that does not do. It is the strategy of that name of the tokenizers library, whose result is
// not always that of cutting single tokens off the longer text.
func longestFirst(n1, n2, room int) (int, int) {
	if n1+n2 <= room {
		return n1, n2
	}
	short := min(n1, n2)
	long := max(short, room-short)
	if short > room {
		long = short
	}
	if short+long > room {
		short = room / 2
		long = short + room%2
	}
	if n1 > n2 {
		return long, short
	}
	return short, long
}
