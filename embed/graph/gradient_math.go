package graph

import (
	"math"
)

// This file defines the gradients of arithmetic: of element-wise operations, sums and normalisations. In the comments y
// is the result, dy its gradient, and ∘ the element-wise product.

func gradAdd(b *Builder, e *entry, dy Value, want []bool) []Value {
	out := make([]Value, 2)
	for i := range out {
		if want[i] {
			out[i] = b.sumTo(dy, e.in[i])
		}
	}
	return out
}

func gradSub(b *Builder, e *entry, dy Value, want []bool) []Value {
	out := gradAdd(b, e, dy, want)
	if want[1] {
		out[1] = b.Neg(out[1])
	}
	return out
}

func gradMul(b *Builder, e *entry, dy Value, want []bool) []Value {
	out := make([]Value, 2)
	for i := range out {
		if want[i] {
			out[i] = b.sumTo(b.Mul(dy, e.in[1-i]), e.in[i])
		}
	}
	return out
}

// gradDiv: dx = dy/d, dd = -dy∘y/d.
func gradDiv(b *Builder, e *entry, dy Value, want []bool) []Value {
	q := b.Div(dy, e.in[1])
	out := make([]Value, 2)
	if want[0] {
		out[0] = b.sumTo(q, e.in[0])
	}
	if want[1] {
		out[1] = b.Neg(b.sumTo(b.Mul(q, e.out[0]), e.in[1]))
	}
	return out
}

// gradMax sends dy to the larger operand, to the first where they are equal.
func gradMax(b *Builder, e *entry, dy Value, want []bool) []Value {
	second := b.greater(e.in[1], e.in[0])
	out := make([]Value, 2)
	for i, chosen := range []Value{b.Not(second), second} {
		if want[i] {
			out[i] = b.sumTo(b.Mul(dy, b.Cast(chosen, Float)), e.in[i])
		}
	}
	return out
}

// gradSqrt: dx = dy/(2y).
func gradSqrt(b *Builder, e *entry, dy Value, _ []bool) []Value {
	return []Value{b.Div(dy, b.Mul(e.out[0], b.Scalar(2)))}
}

func gradExp(b *Builder, e *entry, dy Value, _ []bool) []Value { return []Value{b.Mul(dy, e.out[0])} }

func gradNeg(b *Builder, _ *entry, dy Value, _ []bool) []Value { return []Value{b.Neg(dy)} }

// gradSoftmax: dx = y∘dy - y·Σ(y∘dy).
func gradSoftmax(b *Builder, e *entry, dy Value, _ []bool) []Value {
	y := e.out[0]
	t := b.Mul(dy, y)
	return []Value{b.Sub(t, b.Mul(y, b.Sum(t, -1, true)))}
}

// gradLogSoftmax: dx = dy - eʸ·Σdy.
func gradLogSoftmax(b *Builder, e *entry, dy Value, _ []bool) []Value {
	return []Value{b.Sub(dy, b.Mul(b.Exp(e.out[0]), b.Sum(dy, -1, true)))}
}

// gradLayerNorm: with x̂ the normalised x, t = dy∘scale and inverse = 1/σ,
//
//	dx = inverse·(t - mean t - x̂·mean(t∘x̂)), dscale = Σ dy∘x̂ and dbias = Σ dy over all rows.
//
// Written out with x = x̂/inverse + mean(x) and t∘x̂ = dy∘(y - bias), dx is inverse·t - c·x + d with two numbers c and d for
// each row: three passes over the values fewer, and the sums over dy are one narrow product. The forward node gives mean
// and inverse as outputs of its own.
func gradLayerNorm(b *Builder, e *entry, dy Value, want []bool) []Value {
	x, scale, bias := e.in[0], e.in[1], e.in[2]
	stats := without(x.dims, int64(len(x.dims)-1), true)
	mean, inverse := Value{name: b.fresh("mean"), dtype: x.dtype, dims: stats}, Value{name: b.fresh("inverse"), dtype: x.dtype, dims: stats}
	b.g.Nodes[e.node].Outputs = append(b.g.Nodes[e.node].Outputs[:1:1], mean.name, inverse.name)
	b.types[mean.name], b.types[inverse.name] = mean, inverse
	out := make([]Value, 3)
	if want[0] {
		size := b.Cast(b.DimOf(x, -1), Float)
		weights := b.Concat(1, b.Unsqueeze(scale, 1), b.Unsqueeze(bias, 1)) // [H,2]
		sums := b.Div(b.matMul(dy, weights), size)
		last := int64(len(x.dims) - 1)
		meanT := b.sliceAs(sums, last, b.Ints(0), b.Ints(1), one)
		meanB := b.sliceAs(sums, last, b.Ints(1), b.Ints(2), one)
		meanTX := b.Sub(b.Mean(b.Mul(dy, e.out[0]), -1, true), meanB)
		c := b.Mul(b.Mul(inverse, inverse), meanTX)
		d := b.Sub(b.Mul(mean, c), b.Mul(inverse, meanT))
		out[0] = b.Add(b.Sub(b.Mul(b.Mul(dy, scale), inverse), b.Mul(x, c)), d)
	}
	if want[1] {
		out[1] = b.sumTo(b.Mul(dy, b.Mul(b.Sub(x, mean), inverse)), scale)
	}
	if want[2] {
		out[2] = b.sumTo(dy, bias)
	}
	return out
}

// gradGELU: dx = dy∘(Φ(x) + x·φ(x)); of the tanh approximation y = x/2·(1 + tanh u) with u = √(2/π)(x + 0.044715x³),
// dx = dy∘((1 + tanh u)/2 + x/2·(1 - tanh² u)·u').
func gradGELU(b *Builder, e *entry, dy Value, _ []bool) []Value {
	x := e.in[0]
	half, unit := b.Scalar(0.5), b.Scalar(1)
	if attr(e, "approximate", "") == "tanh" {
		c, k := b.Scalar(float32(math.Sqrt(2/math.Pi))), b.Scalar(0.044715)
		square := b.Mul(x, x)
		t := b.Tanh(b.Mul(b.Mul(c, x), b.Add(b.Mul(k, square), unit)))
		du := b.Mul(c, b.Add(b.Mul(b.Scalar(3*0.044715), square), unit))
		inner := b.Mul(b.Mul(x, b.Sub(unit, b.Mul(t, t))), du)
		return []Value{b.Mul(dy, b.Mul(half, b.Add(b.Add(t, unit), inner)))}
	}
	cdf := b.Mul(b.Add(b.erf(b.Mul(x, b.Scalar(math.Sqrt2/2))), unit), half)
	pdf := b.Mul(b.Exp(b.Mul(b.Mul(x, x), b.Scalar(-0.5))), b.Scalar(float32(1/math.Sqrt(2*math.Pi))))
	return []Value{b.Mul(dy, b.Add(cdf, b.Mul(x, pdf)))}
}

func gradReLU(b *Builder, e *entry, dy Value, _ []bool) []Value {
	return []Value{b.Mul(dy, b.Cast(b.greater(e.in[0], b.Scalar(0)), Float))}
}

// gradTanh: dx = dy∘(1 - y²).
func gradTanh(b *Builder, e *entry, dy Value, _ []bool) []Value {
	return []Value{b.Mul(dy, b.Sub(b.Scalar(1), b.Mul(e.out[0], e.out[0])))}
}

// gradSigmoid: dx = dy∘y∘(1 - y).
func gradSigmoid(b *Builder, e *entry, dy Value, _ []bool) []Value {
	y := e.out[0]
	return []Value{b.Mul(dy, b.Mul(y, b.Sub(b.Scalar(1), y)))}
}

// keepAxis gives the result of a reduction, or its gradient, the reduced axis back, with size 1.
func (b *Builder) keepAxis(e *entry, v Value) Value {
	if e.int("keepdims") == 1 {
		return v
	}
	return b.Unsqueeze(v, e.axis)
}

func gradSum(b *Builder, e *entry, dy Value, _ []bool) []Value {
	return []Value{b.expandLike(b.keepAxis(e, dy), e.in[0]), {}}
}

func gradMean(b *Builder, e *entry, dy Value, _ []bool) []Value {
	x := e.in[0]
	count := b.Div(b.Cast(b.sizeOf(x), Float), b.Cast(b.sizeOf(e.out[0]), Float))
	return []Value{b.expandLike(b.Div(b.keepAxis(e, dy), count), x), {}}
}

// gradMaxOver shares dy among the elements that equal the maximum, as torch's amax does.
func gradMaxOver(b *Builder, e *entry, dy Value, _ []bool) []Value {
	x := e.in[0]
	hit := b.Cast(b.Equal(x, b.expandLike(b.keepAxis(e, e.out[0]), x)), Float)
	return []Value{b.Mul(b.Div(b.keepAxis(e, dy), b.Sum(hit, e.axis, true)), hit), {}}
}
