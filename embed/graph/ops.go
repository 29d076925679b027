package graph

import (
	"math"
)

// This file defines the operations of encoders.

// elementwise records an operation of two operands with broadcasting.
func (b *Builder) elementwise(op string, x, y Value) Value {
	return b.shaped(op, "", x.dtype, broadcast(x.dims, y.dims), []Value{x, y})
}

// Add is x + y with broadcasting.
func (b *Builder) Add(x, y Value) Value { return b.elementwise("Add", x, y) }

// Sub is x - y with broadcasting.
func (b *Builder) Sub(x, y Value) Value { return b.elementwise("Sub", x, y) }

// Mul is the element-wise product with broadcasting.
func (b *Builder) Mul(x, y Value) Value { return b.elementwise("Mul", x, y) }

// Div is the element-wise quotient with broadcasting.
func (b *Builder) Div(x, y Value) Value { return b.elementwise("Div", x, y) }

// Max is the element-wise maximum with broadcasting.
func (b *Builder) Max(x, y Value) Value { return b.elementwise("Max", x, y) }

// Sqrt is the element-wise square root.
func (b *Builder) Sqrt(x Value) Value { return b.op("Sqrt", []Value{x}) }

// Exp is the element-wise exponential.
func (b *Builder) Exp(x Value) Value { return b.op("Exp", []Value{x}) }

// erf is the element-wise error function.
func (b *Builder) erf(x Value) Value { return b.op("Erf", []Value{x}) }

// Neg is -x.
func (b *Builder) Neg(x Value) Value { return b.op("Neg", []Value{x}) }

// MatMulT is alpha · x yᵀ over the last two axes, batched over the ones before, which broadcast. With x [N,S,I] and a
// weight y [O,I], as torch and safetensors store it, the result is [N,S,O].
func (b *Builder) MatMulT(x, y Value, alpha float32) Value {
	return b.product("FusedMatMul", contrib, product(x.dims, y.dims, x.at(-2), y.at(-2)), x, y,
		attribute{"transB", int64(1)}, attribute{"alpha", alpha})
}

// TMatMul is alpha · xᵀ y over the last two axes, batched over the ones before.
func (b *Builder) TMatMul(x, y Value, alpha float32) Value {
	return b.product("FusedMatMul", contrib, product(x.dims, y.dims, x.at(-1), y.at(-1)), x, y,
		attribute{"transA", int64(1)}, attribute{"alpha", alpha})
}

// MatMul is x y over the last two axes, batched over the ones before.
func (b *Builder) MatMul(x, y Value) Value {
	return b.product("MatMul", "", product(x.dims, y.dims, x.at(-2), y.at(-1)), x, y)
}

// scaledMatMul is alpha · x y.
func (b *Builder) scaledMatMul(x, y Value, alpha float32) Value {
	if alpha == 1 {
		return b.MatMul(x, y)
	}
	return b.product("FusedMatMul", contrib, product(x.dims, y.dims, x.at(-2), y.at(-1)), x, y, attribute{"alpha", alpha})
}

// matMul is x y in the operands' own precision.
func (b *Builder) matMul(x, y Value) Value {
	return b.shaped("MatMul", "", x.dtype, product(x.dims, y.dims, x.at(-2), y.at(-1)), []Value{x, y})
}

// Softmax is over the last axis.
func (b *Builder) Softmax(x Value) Value {
	return b.op("Softmax", []Value{x}, attribute{"axis", int64(-1)})
}

// LogSoftmax is the logarithm of [Builder.Softmax], computed without overflow.
func (b *Builder) LogSoftmax(x Value) Value {
	return b.op("LogSoftmax", []Value{x}, attribute{"axis", int64(-1)})
}

// LayerNorm normalises over the last axis; scale and bias have its size.
func (b *Builder) LayerNorm(x, scale, bias Value, eps float32) Value {
	return b.op("LayerNormalization", []Value{x, scale, bias}, attribute{"axis", int64(-1)}, attribute{"epsilon", eps})
}

// GELU is x·Φ(x), exact, or its tanh approximation.
func (b *Builder) GELU(x Value, tanh bool) Value {
	approximate := "none"
	if tanh {
		approximate = "tanh"
	}
	return b.op("Gelu", []Value{x}, attribute{"approximate", approximate})
}

// ErfGate is u·(1 + erf u), which is GELU(√2·u)·√2: the form of GELU that leaves the least to compute in both directions,
// where the factors can be taken into the matrix products around it. Its gradient is dy∘(1 + erf u + u·2/√π·e^(-u²)).
func (b *Builder) ErfGate(u Value) Value {
	var gate Value
	return b.WithGradient([]Value{u}, func() Value {
		gate = b.Add(b.erf(u), b.Scalar(1))
		return b.Mul(u, gate)
	}, func(dy Value, _ []bool) []Value {
		bell := b.Exp(b.Sub(b.Scalar(float32(math.Log(2/math.Sqrt(math.Pi)))), b.Mul(u, u)))
		return []Value{b.Mul(dy, b.Add(gate, b.Mul(u, bell)))}
	})
}

// ReLU is max(x, 0).
func (b *Builder) ReLU(x Value) Value { return b.op("Relu", []Value{x}) }

// Tanh is the hyperbolic tangent.
func (b *Builder) Tanh(x Value) Value { return b.op("Tanh", []Value{x}) }

// Sigmoid is 1/(1+e⁻ˣ).
func (b *Builder) Sigmoid(x Value) Value { return b.op("Sigmoid", []Value{x}) }

// Gather picks rows of table [V,H] by ids [N,S]: the result is [N,S,H].
func (b *Builder) Gather(table, ids Value) Value {
	dims := append(append([]Dim(nil), ids.dims...), table.dims[1:]...)
	if _, constant := b.consts[table.name]; constant && b.products != InFull {
		return b.Cast(b.shaped("Gather", "", Float16, dims, []Value{b.halfOf(table), ids}), Float)
	}
	return b.shaped("Gather", "", table.dtype, dims, []Value{table, ids})
}

// Sum adds up over an axis; keep leaves the axis with size 1.
func (b *Builder) Sum(x Value, axis int64, keep bool) Value {
	return b.reduce("ReduceSum", x, axis, keep)
}

// Mean averages over an axis; keep leaves the axis with size 1.
func (b *Builder) Mean(x Value, axis int64, keep bool) Value {
	return b.reduce("ReduceMean", x, axis, keep)
}

// MaxOver is the maximum over an axis.
func (b *Builder) MaxOver(x Value, axis int64, keep bool) Value {
	return b.reduce("ReduceMax", x, axis, keep)
}

// minOver is the minimum over an axis.
func (b *Builder) minOver(x Value, axis int64) Value { return b.reduce("ReduceMin", x, axis, false) }

func (b *Builder) reduce(op string, x Value, axis int64, keep bool) Value {
	k := int64(0)
	if keep {
		k = 1
	}
	axis = x.axis(axis)
	y := b.shaped(op, "", x.dtype, without(x.dims, axis, keep), []Value{x, b.Ints(axis)}, attribute{"keepdims", k})
	b.tape[len(b.tape)-1].axis = axis
	return y
}

// TopSoftmax is the softmax over the last axis among its k largest, 0 elsewhere. k is [1] or broadcasts to x; equal ones at the
// limit all count. A value's place is counted by comparing it with each other one, which for few values costs less than to sort.
func (b *Builder) TopSoftmax(x, k Value) Value {
	last := int64(len(x.dims))
	own, other := b.Unsqueeze(x, last), b.Unsqueeze(x, last-1)
	place := b.Sum(b.Cast(b.greater(other, own), Float), -1, false)
	out := b.Cast(b.Not(b.greater(k, place)), Float)
	return b.Softmax(b.Add(x, b.Mul(out, b.Scalar(-1e30))))
}

// Abs is |x|.
func (b *Builder) Abs(x Value) Value { return b.op("Abs", []Value{x}) }

// CumSum is the running sum over an axis.
func (b *Builder) CumSum(x Value, axis int64) Value {
	return b.op("CumSum", []Value{x, b.Ints(axis)})
}

// Equal compares element by element; the result is boolean.
func (b *Builder) Equal(x, y Value) Value { return b.compare("Equal", x, y) }

// greater is x > y, element by element; the result is boolean.
func (b *Builder) greater(x, y Value) Value { return b.compare("Greater", x, y) }

func (b *Builder) compare(op string, x, y Value) Value {
	return b.shaped(op, "", Bool, broadcast(x.dims, y.dims), []Value{x, y})
}

// Not negates a boolean.
func (b *Builder) Not(x Value) Value { return b.op("Not", []Value{x}) }

// Detach is x, through which no gradient flows.
func (b *Builder) Detach(x Value) Value { return b.op("Identity", []Value{x}) }
