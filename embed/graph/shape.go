package graph

import "loradex/embed/onnx"

// This file defines how shapes are followed while a graph is recorded.

var one = onnx.Dim{Size: 1}

// at is the dimension of an axis; negative axes count from the end.
func (v Value) at(axis int64) onnx.Dim {
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
func broadcast(x, y []onnx.Dim) []onnx.Dim {
	n := max(len(x), len(y))
	out := make([]onnx.Dim, n)
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
func product(x, y []onnx.Dim, rows, columns onnx.Dim) []onnx.Dim {
	lead := broadcast(x[:len(x)-2], y[:len(y)-2])
	return append(lead[:len(lead):len(lead)], rows, columns)
}

// without is dims with one axis dropped, or of size 1 where it is kept.
func without(dims []onnx.Dim, axis int64, keep bool) []onnx.Dim {
	out := append([]onnx.Dim(nil), dims[:axis]...)
	if keep {
		out = append(out, one)
	}
	return append(out, dims[axis+1:]...)
}

// sameDims compares shapes by name and size.
func sameDims(x, y []onnx.Dim) bool {
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
