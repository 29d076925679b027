package graph

import "strconv"

// This file defines products of integers of 8 bits, with the scales that bring their results back. No scale is computed over
// more than one row: a row's result does not depend on the others.

// Codes are a value in integers of 8 bits: value = step·(code − zero).
type Codes struct {
	codes, zero Value
	step        Value // one number, or one for each row
	rows        Value // what was rounded where each row has a step of its own; else the zero Value
}

// MaxCode is the largest code.
const MaxCode = 255

// Round rounds x to codes with one step that is known beforehand; what is outside of them is cut off.
func (b *Builder) Round(x Value, step float32, zero uint8) Codes {
	s, z := b.Scalar(step), b.code(zero)
	return Codes{codes: b.shaped("QuantizeLinear", "", Uint8, x.dims, []Value{x, s, z}), step: s, zero: z}
}

// RoundRows rounds x [..., n] to codes with a step for each row, which is that of its largest number, or of least where that is
// larger: largest/(MaxCode − zero). Above, what is below zero is no further from it than least·zero/(MaxCode − zero), and only
// what is above counts; otherwise, numbers count by their size.
func (b *Builder) RoundRows(x Value, zero uint8, least float32, above bool) Codes {
	flat := b.Flatten(x)
	largest := b.MaxOver(flat, -1, false)
	if !above {
		largest = b.Max(largest, b.Neg(b.minOver(flat, -1)))
	}
	step := b.Mul(b.Max(largest, b.Scalar(least)), b.Scalar(1/float32(MaxCode-int(zero))))
	z := b.code(zero)
	zeros := b.shaped("Expand", "", Uint8, step.dims, []Value{z, b.shapeOf(step)})
	codes := b.shaped("QuantizeLinear", "", Uint8, flat.dims, []Value{flat, step, zeros}, attribute{"axis", int64(0)})
	return Codes{codes: codes, step: step, zero: z, rows: x}
}

// MatMulCodes is x w + bias, where x [..., in] is in codes, and w [in,out], of [Builder.Int8], stands for w∘scales, one number for
// each column. The sum of a result is exact in integers; bias [out] may be left out.
func (b *Builder) MatMulCodes(x Codes, w, scales, bias Value) Value {
	dims := append(append([]Dim(nil), x.codes.dims[:len(x.codes.dims)-1]...), w.at(-1))
	if x.rows.name == "" {
		return b.shaped("MatMulIntegerToFloat", contrib, Float, dims, []Value{x.codes, w, x.step, scales, x.zero, {}, bias})
	}
	y := b.shaped("MatMulIntegerToFloat", contrib, Float, dims, []Value{x.codes, w, b.Scalar(1), scales, x.zero})
	y = b.Mul(y, b.Unsqueeze(x.step, 1))
	if lead := x.rows.dims[:len(x.rows.dims)-1]; len(lead) > 1 {
		shape := b.shaped("Shape", "", Int64, []Dim{Fix(len(lead))}, []Value{x.rows}, attribute{"end", int64(len(lead))})
		y = b.shaped("Reshape", "", Float, append(append([]Dim(nil), lead...), w.at(-1)), []Value{y, b.Concat(0, shape, b.Ints(-1))})
	}
	if bias.name != "" {
		y = b.Add(y, bias)
	}
	return y
}

// Int8 stores signed integers of 8 bits under a name, as bytes. They are not copied before the model is marshalled.
func (b *Builder) Int8(name string, raw []byte, dims ...int) Value {
	return b.bytes(name, int8s, raw, dims...)
}

// code stores one code; equal ones are stored once.
func (b *Builder) code(c uint8) Value { return b.bytes("code."+strconv.Itoa(int(c)), Uint8, []byte{c}) }

// bytes stores a constant of one byte an element. A name that is known gives the constant stored under it before.
func (b *Builder) bytes(name string, t DataType, raw []byte, dims ...int) Value {
	if v, ok := b.types[name]; ok {
		return v
	}
	shape := make([]int64, len(dims))
	v := Value{name: name, dtype: t, dims: make([]Dim, len(dims))}
	for i, d := range dims {
		shape[i], v.dims[i] = int64(d), Fix(d)
	}
	b.g.Initializers = append(b.g.Initializers, initializer{Name: name, Type: t, Dims: shape, Raw: raw})
	b.types[name] = v
	return v
}
