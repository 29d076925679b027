package graph

import (
	"encoding/binary"
	"math"

	"github.com/x448/float16"
)

// This file defines mixed precision (Micikevicius et al. 2018, arXiv:1710.03740): products in half precision between values
// in float32.

// MaxHalf is the largest number of half precision (IEEE 754 binary16); what is rounded to more becomes infinite.
const MaxHalf = 65504

// Products says how matrix products are computed.
type Products int

// Products are in the precision of their operands unless something else is asked for.
const (
	InFull Products = iota
	// InHalf is mixed precision: a product of float32 values rounds them to half precision and gives its result in it; the
	// result is made float32 for whatever comes next. Every other operation stays in float32.
	InHalf
	// InHalfRounded is InHalf for the CPU. ONNX Runtime computes such a product in float32 there, from rounded operands,
	// and takes out the rounding of the result where it is widened at once: then a number that has no place in half
	// precision would not overflow as it does on a GPU. A maximum of one operand, between the casts, keeps them.
	InHalfRounded
)

// SetProducts says how the matrix products that are recorded from now on are computed. The gradients of a product in half
// precision are products of the same kind, and rounding counts as the identity.
//
// A value is rounded once, however many products use it. A constant is stored in half precision, and in float32 only where
// something else than a product uses it; rows that are gathered from a constant come from half precision, too. That its
// numbers fit, up to [MaxHalf], is up to the caller.
func (b *Builder) SetProducts(p Products) { b.products = p }

// product records a matrix product of float32 values. To gradients it is one operation of them, whatever its precision.
func (b *Builder) product(op, domain string, dims []Dim, x, y Value, attrs ...attribute) Value {
	if b.products == InFull || x.dtype != Float || y.dtype != Float {
		return b.shaped(op, domain, x.dtype, dims, []Value{x, y}, attrs...)
	}
	from := len(b.tape)
	p := b.shaped(op, domain, Float16, dims, []Value{b.halfOf(x), b.halfOf(y)}, attrs...)
	if b.products == InHalfRounded {
		p = b.Cast(b.op("Max", []Value{b.Cast(p, Float)}), Float16)
	}
	out := b.Cast(p, Float)
	b.narrow[out.name] = p
	b.tape = append(b.tape[:from:from], entry{op: op, in: []Value{x, y}, out: []Value{out}, attrs: attrs})
	return out
}

// halfOf is a float32 value rounded to half precision, to nearest, ties to even.
func (b *Builder) halfOf(x Value) Value {
	if v, ok := b.narrow[x.name]; ok {
		return v
	}
	var v Value
	if _, constant := b.consts[x.name]; constant {
		v = b.halfConst(x)
	} else {
		v = b.Cast(x, Float16)
	}
	b.narrow[x.name] = v
	return v
}

// halfConst stores a constant's numbers again. The first copy is left out of the model where nothing uses it.
func (b *Builder) halfConst(x Value) Value {
	v := Value{name: b.fresh("half"), dtype: Float16, dims: x.dims}
	for _, t := range b.g.Initializers {
		if t.Name != x.name {
			continue
		}
		raw := make([]byte, 0, len(t.Raw)/2)
		for i := 0; i < len(t.Raw); i += 4 {
			f := math.Float32frombits(binary.LittleEndian.Uint32(t.Raw[i:]))
			raw = binary.LittleEndian.AppendUint16(raw, float16.Fromfloat32(f).Bits())
		}
		b.g.Initializers = append(b.g.Initializers, initializer{Name: v.name, Type: Float16, Dims: t.Dims, Raw: raw})
		break
	}
	return v
}
