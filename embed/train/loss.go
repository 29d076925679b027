package train

import (
	"strings"

	"loradex/embed/graph"
	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// loss is a function of a batch's vectors. To add one: a file, and a line in losses.
type loss struct {
	name string
	// build adds the loss, [1], of query vectors [B,H] and document vectors [M,H], both of unit length. The first B
	// documents are the queries' positives, in order; hard negatives and others follow.
	build func(s *sketch, q, d graph.Value) graph.Value
	// feeds gives the inputs that build declares.
	feeds func(o Options, r relation) map[string]runtime.Tensor
}

// relation says how the texts of a batch belong together.
type relation struct {
	queries, documents int
	// exclude marks query i and document j at i*documents+j where j answers i, too, and is not its positive: it must not
	// count as a negative.
	exclude []bool
	scores  []float32 // of the queries' examples
}

func losses() []loss {
	return []loss{
		{"infonce", infoNCE, infoNCEFeeds},
		{"triplet", triplet, tripletFeeds},
		{"cosine", cosineRegression, cosineFeeds},
	}
}

func lossNamed(name string) (loss, error) {
	return find("loss", name, losses(), func(l loss) string { return l.name })
}

// find picks a line of a table by its name. Invalid, naming those that there are, for another name.
func find[T any](what, name string, table []T, nameOf func(T) string) (line T, err error) {
	var names []string
	for _, l := range table {
		if nameOf(l) == name {
			return l, nil
		}
		names = append(names, nameOf(l))
	}
	return line, fault.New(fault.Invalid, "unknown %s %q", what, name).WithHint("one of %s", strings.Join(names, ", "))
}

// overPrefixes averages a loss over the prefixes of the vectors that the options name.
func overPrefixes(s *sketch, q, d graph.Value, one func(q, d graph.Value) graph.Value) graph.Value {
	dims := s.n.opts.Loss.Dims
	if len(dims) == 0 {
		return one(q, d)
	}
	var sum graph.Value
	t := s.tower()
	for i, k := range dims {
		l := one(t.Unit(s.First(q, 1, k)), t.Unit(s.First(d, 1, k)))
		if i == 0 {
			sum = l
			continue
		}
		sum = s.Add(sum, l)
	}
	return s.Div(sum, s.Scalar(float32(len(dims))))
}

// rowDot is the cosine of each row of x with the same row of y, [B].
func (s *sketch) rowDot(x, y graph.Value) graph.Value { return s.Sum(s.Mul(x, y), 1, false) }
