package graph

import (
	"strconv"
	"strings"
)

// This file defines how shapes are followed while a graph is recorded.

var one = Dim{Size: 1}

// at is the dimension of an axis; negative axes count from the end.
func (v Value) at(axis int64) Dim {
	if axis < 0 {
		axis += int64(len(v.dims))
	}
	return v.dims[axis]
}

// axis makes a negative axis positive.
func (v Value) axis(axis int64) int64 {
	if axis < 0 {
		return axis + int64(len(v.dims))
	}
	return axis
}

// broadcast is the shape of an element-wise result. Sizes that are unknown are taken to agree, as they must.
func broadcast(x, y []Dim) []Dim {
	n := max(len(x), len(y))
	out := make([]Dim, n)
	for i := range out {
		dx, dy := one, one
		if j := i - n + len(x); j >= 0 {
			dx = x[j]
		}
		if j := i - n + len(y); j >= 0 {
			dy = y[j]
		}
		out[i] = dx
		if dx == one {
			out[i] = dy
		}
	}
	return out
}

// product is the shape of a matrix product whose last axes have already been picked: rows by columns.
func product(x, y []Dim, rows, columns Dim) []Dim {
	lead := broadcast(x[:len(x)-2], y[:len(y)-2])
	return append(lead[:len(lead):len(lead)], rows, columns)
}

// times is the product of dimensions: a number where all are known, else a name such as "rows*width", which SizeOf
// understands.
func times(dims []Dim) Dim {
	size := int64(1)
	var names []string
	for _, d := range dims {
		if d.Name != "" {
			names = append(names, d.Name)
		} else {
			size *= d.Size
		}
	}
	if len(names) == 0 {
		return Dim{Size: size}
	}
	if size != 1 {
		names = append(names, strconv.FormatInt(size, 10))
	}
	return Dim{Name: strings.Join(names, "*")}
}

// SizeOf is the size of a dimension where those that a graph's inputs name are known; false where it follows from
// something else.
func SizeOf(d Dim, known map[string]int64) (int64, bool) {
	if d.Name == "" {
		return d.Size, true
	}
	size := int64(1)
	for _, name := range strings.Split(d.Name, "*") {
		n, ok := known[name]
		if !ok {
			var err error
			if n, err = strconv.ParseInt(name, 10, 64); err != nil {
				return 0, false
			}
		}
		size *= n
	}
	return size, true
}

// without is dims with one axis dropped, or of size 1 where it is kept.
func without(dims []Dim, axis int64, keep bool) []Dim {
	out := append([]Dim(nil), dims[:axis]...)
	if keep {
		out = append(out, one)
	}
	return append(out, dims[axis+1:]...)
}

// sameDims compares shapes by name and size.
func sameDims(x, y []Dim) bool {
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}

// sumTo adds up the gradient g of a broadcast result over the axes in which the operand v was repeated.
func (b *Builder) sumTo(g, v Value) Value {
	for len(g.dims) > len(v.dims) {
		g = b.Sum(g, 0, false)
	}
	for i := range v.dims {
		if v.dims[i] == one && g.dims[i] != one {
			g = b.Sum(g, int64(i), true)
		}
	}
	return g
}
