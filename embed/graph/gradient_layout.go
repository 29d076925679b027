package graph

// This file defines the gradients of matrix products and of what moves values.

// gradMatMul is for y = α·X Y with either operand transposed: with X and Y as they enter the product, dX = α·dy Yᵀ and
// dY = α·Xᵀ dy. An operand without the batch's axes, such as a weight, sums over them: one large product of flattened
// rows does that.
func gradMatMul(b *Builder, e *entry, dy Value, want []bool) []Value {
	x, y := e.in[0], e.in[1]
	alpha := attr(e, "alpha", float32(1))
	transA, transB := e.int("transA") == 1, e.int("transB") == 1
	out := make([]Value, 2)
	if want[0] {
		switch {
		case transA && transB:
			out[0] = b.Transpose(b.scaledMatMul(dy, y, alpha), swapLast(len(dy.dims))...)
		case transA:
			out[0] = b.MatMulT(y, dy, alpha)
		case transB:
			out[0] = b.scaledMatMul(dy, y, alpha)
		default:
			out[0] = b.MatMulT(dy, y, alpha)
		}
		out[0] = b.sumTo(out[0], x)
	}
	if !want[1] {
		return out
	}
	rows, d := x, dy
	if len(y.dims) == 2 && len(x.dims) > 2 && !transA {
		rows, d = b.Flatten(x), b.Flatten(dy)
	}
	switch {
	case transA && transB:
		out[1] = b.Transpose(b.scaledMatMul(rows, d, alpha), swapLast(len(d.dims))...)
	case transA:
		out[1] = b.scaledMatMul(rows, d, alpha)
	case transB:
		out[1] = b.TMatMul(d, rows, alpha)
	default:
		out[1] = b.TMatMul(rows, d, alpha)
	}
	out[1] = b.sumTo(out[1], y)
	return out
}

// swapLast is the permutation that exchanges the last two axes.
func swapLast(rank int) []int64 {
	perm := make([]int64, rank)
	for i := range perm {
		perm[i] = int64(i)
	}
	perm[rank-1], perm[rank-2] = perm[rank-2], perm[rank-1]
	return perm
}

// gradGather adds each row's gradient to the table's row that it came from.
func gradGather(b *Builder, e *entry, dy Value, _ []bool) []Value {
	table, ids := e.in[0], e.in[1]
	index := b.Unsqueeze(ids, int64(len(ids.dims)))
	return []Value{b.shaped("ScatterND", "", table.dtype, table.dims, []Value{b.zerosLike(table), index, dy},
		attribute{"reduction", "add"}), {}}
}

// gradSlice puts dy back where it was cut out, between zeros.
func gradSlice(b *Builder, e *entry, dy Value, _ []bool) []Value {
	x, from, to, axes := e.in[0], e.in[1], e.in[2], e.in[3]
	after := b.shaped("Sub", "", Int64, []Dim{one}, []Value{b.DimOf(x, e.axis), to})
	pads := b.Concat(0, from, after)
	return []Value{b.shaped("Pad", "", x.dtype, x.dims, []Value{dy, pads, b.Scalar(0), axes}), {}, {}, {}}
}

// gradConcat cuts dy at the borders of the parts.
func gradConcat(b *Builder, e *entry, dy Value, want []bool) []Value {
	axis := e.int("axis")
	out := make([]Value, len(e.in))
	from := b.Ints(0)
	for i, v := range e.in {
		to := b.shaped("Add", "", Int64, []Dim{one}, []Value{from, b.DimOf(v, axis)})
		if want[i] {
			out[i] = b.sliceAs(dy, axis, from, to, v.at(axis))
		}
		from = to
	}
	return out
}

// gradCast is for float types: rounding counts as the identity, as in all mixed precision training. No gradient flows
// through integers.
func gradCast(b *Builder, e *entry, dy Value, _ []bool) []Value {
	return []Value{b.Cast(dy, e.in[0].dtype)}
}

func gradReshape(b *Builder, e *entry, dy Value, _ []bool) []Value {
	return []Value{b.reshapeLike(dy, e.in[0]), {}}
}

func gradExpand(b *Builder, e *entry, dy Value, _ []bool) []Value {
	return []Value{b.sumTo(dy, e.in[0]), {}}
}

func gradTranspose(b *Builder, e *entry, dy Value, _ []bool) []Value {
	perm := attr(e, "perm", []int64(nil))
	back := make([]int64, len(perm))
	for i, p := range perm {
		back[p] = int64(i)
	}
	return []Value{b.Transpose(dy, back...)}
}
