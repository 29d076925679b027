package graph

import "loradex/embed/onnx"

// This file defines the operations of encoders.

// Add is a + b with broadcasting.
func (b *Builder) Add(x, y Value) Value { return b.op("Add", "", []Value{x, y}) }

// Sub is a - b with broadcasting.
func (b *Builder) Sub(x, y Value) Value { return b.op("Sub", "", []Value{x, y}) }

// Mul is the element-wise product with broadcasting.
func (b *Builder) Mul(x, y Value) Value { return b.op("Mul", "", []Value{x, y}) }

// Div is the element-wise quotient with broadcasting.
func (b *Builder) Div(x, y Value) Value { return b.op("Div", "", []Value{x, y}) }

// Max is the element-wise maximum with broadcasting.
func (b *Builder) Max(x, y Value) Value { return b.op("Max", "", []Value{x, y}) }

// Sqrt is the element-wise square root.
func (b *Builder) Sqrt(x Value) Value { return b.op("Sqrt", "", []Value{x}) }

// MatMulT is alpha · x yᵀ over the last two axes, batched over the ones before, which broadcast. With x [N,S,I] and a
// weight y [O,I], as torch and safetensors store it, the result is [N,S,O].
func (b *Builder) MatMulT(x, y Value, alpha float32) Value {
	return b.op("FusedMatMul", contrib, []Value{x, y}, onnx.IntAttr("transB", 1), onnx.FloatAttr("alpha", alpha))
}

// MatMul is x y over the last two axes, batched over the ones before.
func (b *Builder) MatMul(x, y Value) Value { return b.op("MatMul", "", []Value{x, y}) }

// Softmax is over the last axis.
func (b *Builder) Softmax(x Value) Value {
	return b.op("Softmax", "", []Value{x}, onnx.IntAttr("axis", -1))
}

// LayerNorm normalises over the last axis; scale and bias have its size.
func (b *Builder) LayerNorm(x, scale, bias Value, eps float32) Value {
	return b.op("LayerNormalization", "", []Value{x, scale, bias}, onnx.IntAttr("axis", -1), onnx.FloatAttr("epsilon", eps))
}

// GELU is x·Φ(x), exact, or its tanh approximation.
func (b *Builder) GELU(x Value, tanh bool) Value {
	approximate := "none"
	if tanh {
		approximate = "tanh"
	}
	return b.op("Gelu", "", []Value{x}, onnx.StringAttr("approximate", approximate))
}

// ReLU is max(x, 0).
func (b *Builder) ReLU(x Value) Value { return b.op("Relu", "", []Value{x}) }

// Tanh is the hyperbolic tangent.
func (b *Builder) Tanh(x Value) Value { return b.op("Tanh", "", []Value{x}) }

// Sigmoid is 1/(1+e⁻ˣ).
func (b *Builder) Sigmoid(x Value) Value { return b.op("Sigmoid", "", []Value{x}) }

// Gather picks rows of table [V,H] by ids [N,S]: the result is [N,S,H].
func (b *Builder) Gather(table, ids Value) Value { return b.op("Gather", "", []Value{table, ids}) }

// DimOf is the size of one axis of x, an int64 [1].
func (b *Builder) DimOf(x Value, axis int64) Value {
	v := b.op("Shape", "", []Value{x}, onnx.IntAttr("start", axis), onnx.IntAttr("end", axis+1))
	v.dtype = onnx.Int64
	return v
}

// Slice takes from..to (exclusive, an int64 [1]) of one axis of x.
func (b *Builder) Slice(x Value, axis, from int64, to Value) Value {
	return b.op("Slice", "", []Value{x, b.Ints(from), to, b.Ints(axis)})
}

// Reshape gives x another shape; 0 keeps the size of that axis, -1 takes what is left.
func (b *Builder) Reshape(x Value, shape ...int64) Value {
	return b.op("Reshape", "", []Value{x, b.Ints(shape...)})
}

// Transpose permutes the axes.
func (b *Builder) Transpose(x Value, perm ...int64) Value {
	return b.op("Transpose", "", []Value{x}, onnx.IntsAttr("perm", perm...))
}

// Unsqueeze inserts axes of size 1.
func (b *Builder) Unsqueeze(x Value, axes ...int64) Value {
	return b.op("Unsqueeze", "", []Value{x, b.Ints(axes...)})
}

// AppendOne puts a 1 behind every vector of the last axis of x: [N,S,R] to [N,S,R+1].
func (b *Builder) AppendOne(x Value) Value {
	return b.op("Pad", "", []Value{x, b.Ints(0, 1), b.Scalar(1), b.Ints(-1)})
}

// Cast converts the element type.
func (b *Builder) Cast(x Value, t onnx.DataType) Value {
	v := b.op("Cast", "", []Value{x}, onnx.IntAttr("to", int64(t)))
	v.dtype = t
	return v
}

// Sum adds up over an axis; keep leaves the axis with size 1.
func (b *Builder) Sum(x Value, axis int64, keep bool) Value {
	return b.reduce("ReduceSum", x, axis, keep)
}

// MaxOver is the maximum over an axis.
func (b *Builder) MaxOver(x Value, axis int64, keep bool) Value {
	return b.reduce("ReduceMax", x, axis, keep)
}

func (b *Builder) reduce(op string, x Value, axis int64, keep bool) Value {
	k := int64(0)
	if keep {
		k = 1
	}
	return b.op(op, "", []Value{x, b.Ints(axis)}, onnx.IntAttr("keepdims", k))
}

// CumSum is the running sum over an axis.
func (b *Builder) CumSum(x Value, axis int64) Value {
	return b.op("CumSum", "", []Value{x, b.Ints(axis)})
}

// Equal compares element by element; the result is boolean.
func (b *Builder) Equal(x, y Value) Value {
	v := b.op("Equal", "", []Value{x, y})
	v.dtype = onnx.Bool
	return v
}

// Not negates a boolean.
func (b *Builder) Not(x Value) Value { return b.op("Not", "", []Value{x}) }
