package embed

import (
	"math/bits"
	"slices"
	"strings"

	"loradex/adapters/delta"
	"loradex/embed/graph"
)

// This file defines the ports: the kinds of inputs through which a graph takes what adapters do at a site. The graph,
// the choice of a graph, packing and its bounds are loops over this one table.

// port is one kind of input.
type port struct {
	name string // behind the site's path in the input's name
	act  string // of the branches that it is for
	// branch says that the port exists once for the branches of each activation, with their rank R as one of its sizes;
	// columns, that it is a B, behind whose columns the constant part can ride.
	branch, columns bool
	// shape is what one row of a batch takes: rows × columns, or a vector, where rows is 0.
	shape func(s delta.Site, n sizes) (rows, columns int)
	// neutral is the number that leaves a site as it is, and fills what a mix lacks.
	neutral float32
	// needs says whether a mix has something for the port; nil for those of branches, which are needed by their rank.
	needs func(u *siteUpdate) bool
	// fill writes the share of a mix, joining its parts: side by side, as a sum, or as a product. dst holds anything before.
	fill func(dst []float32, p *packed, u *siteUpdate)
}

// sizes are what depends on the mixes of a batch.
type sizes struct {
	rank  int // R of the branches of the port's activation
	gates int // K: adapters that a router chooses among
}

// activations are those that branches may have. Branches of one activation lie side by side; those of another one are
// products of their own.
var activations = []string{"", delta.GELU, delta.GELUTanh, delta.ReLU, delta.SiLU, delta.Tanh, delta.Sigmoid}

// ports is the table, in the order of a site's inputs. At a site with weight W and bias b, which is 0 where it has none, and
// with x for what is read, a graph computes
//
//	y = scale∘(W (in∘x)) + Σ_σ B_σ (σ(A_σ x + a_σ), 1) + shift
//
// where the last column of the first B, or shift where there is no B, is all that is constant, the bias included.
var ports = makePorts()

// portSet is a set of ports: bit i stands for ports[i].
type portSet uint32

func makePorts() []port {
	var table []port
	for _, act := range activations {
		end := ""
		if act != "" {
			end = "." + act
		}
		table = append(table, port{name: ".A" + end, act: act, branch: true, fill: fillA, shape: func(s delta.Site, n sizes) (int, int) { return n.rank, s.In }})
		if act != "" { // elsewhere it would only be another part of the last column of B
			table = append(table, port{name: ".a" + end, act: act, branch: true, fill: fillABias, shape: func(_ delta.Site, n sizes) (int, int) { return 0, n.rank }})
		}
		table = append(table,
			port{name: ".B" + end, act: act, branch: true, columns: true, fill: fillB, shape: func(s delta.Site, n sizes) (int, int) { return s.Out, n.rank + 1 }})
	}
	vector := func(s delta.Site, _ sizes) (int, int) { return 0, s.Out }
	return append(table,
		port{
			name: ".scale", neutral: 1, shape: vector, needs: func(u *siteUpdate) bool { return u.scale != nil },
			fill: func(dst []float32, p *packed, u *siteUpdate) { copyOr(dst, u.scale, p.port.neutral) },
		},
		port{name: ".shift", shape: vector, needs: func(u *siteUpdate) bool { return u.shift != nil }, fill: fillShift},
		port{
			name: ".in", neutral: 1, shape: func(s delta.Site, _ sizes) (int, int) { return 0, s.In },
			needs: func(u *siteUpdate) bool { return u.in != nil }, fill: func(dst []float32, p *packed, u *siteUpdate) { copyOr(dst, u.in, p.port.neutral) },
		},
		port{name: ".route", needs: routed, fill: fillRoute, shape: func(s delta.Site, n sizes) (int, int) { return n.gates, s.In }},
		port{name: ".seats", needs: routed, fill: fillSeats, shape: func(_ delta.Site, n sizes) (int, int) { return 0, n.gates }},
		port{name: ".top", needs: routed, fill: fillTop, shape: func(delta.Site, sizes) (int, int) { return 0, 1 }},
		port{name: ".owner", needs: routed, fill: fillOwner, shape: func(_ delta.Site, n sizes) (int, int) { return n.gates, n.rank }},
		port{name: ".open", needs: routed, fill: fillOpen, shape: func(_ delta.Site, n sizes) (int, int) { return 0, n.rank }},
	)
}

// portNamed is the set of one port.
func portNamed(name string) portSet {
	return 1 << slices.IndexFunc(ports, func(p port) bool { return p.name == name })
}

// The ports that the graph treats in a way of their own.
var (
	portScale = portNamed(".scale")
	portShift = portNamed(".shift")
	portIn    = portNamed(".in")
	portRoute = portNamed(".route")
	branches  = func() (set portSet) {
		for i, p := range ports {
			if p.branch {
				set |= 1 << i
			}
		}
		return set
	}()
)

func (s portSet) has(some portSet) bool { return s&some != 0 }

// each calls f with the ports of the set, in order.
func (s portSet) each(f func(i int, p *port)) {
	for rest := s; rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros32(uint32(rest))
		f(i, &ports[i])
	}
}

// String lists the names.
func (s portSet) String() string {
	var names []string
	s.each(func(_ int, p *port) { names = append(names, p.name[1:]) })
	return strings.Join(names, "+")
}

// whole says that the graph leaves the layer's own bias to its inputs.
func (s portSet) whole() bool { return s.has(branches | portScale) }

// settled is the set with what follows from it: the constant part rides in a B where there is one, and has an input of its
// own where W x is scaled, because the bias is not.
func (s portSet) settled() portSet {
	switch {
	case s.has(branches):
		return s &^ portShift
	case s.has(portScale):
		return s | portShift
	}
	return s
}

// serves says whether a site with these ports computes what one with the wanted ones does, the others being neutral.
func (s portSet) serves(want portSet) bool {
	if s.has(branches) {
		want &^= portShift
	}
	return want&^s == 0
}

// dims are the dimensions of a port's input at a site: with the rows of the batch in front, where each brings its own.
func (p *port) dims(s delta.Site, perRow bool) []graph.Dim {
	rows, columns := p.shape(s, sizes{})
	dims := []graph.Dim{graph.Fix(rows), graph.Fix(columns)}
	// Each site may have sizes of its own.
	for _, free := range []struct {
		name string
		n    sizes
	}{{"rank." + s.Path + "." + p.act, sizes{rank: 1}}, {"gates." + s.Path, sizes{gates: 1}}} {
		r, c := p.shape(s, free.n)
		if r != rows {
			dims[0] = graph.Dyn(free.name)
		}
		if c != columns {
			dims[1] = graph.Dyn("columns." + s.Path + p.name)
		}
	}
	return leading(dims, p.vector(s), perRow, graph.Dyn(dimRows), graph.Fix(1))
}

// vector says that a row takes no matrix.
func (p *port) vector(s delta.Site) bool {
	rows, _ := p.shape(s, sizes{1, 1})
	return rows == 0
}

// leading puts the batch's rows in front of a matrix's dimensions; a vector gets another one, over the tokens.
func leading[T any](matrix []T, vector, perRow bool, rows, one T) []T {
	switch {
	case vector && perRow:
		return []T{rows, one, matrix[1]}
	case vector:
		return matrix[1:]
	case perRow:
		return append([]T{rows}, matrix...)
	}
	return matrix
}
