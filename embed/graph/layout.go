package graph

// This file defines the operations that move, view or convert values without computing on them.

// DimOf is the size of one axis of x, an int64 [1].
func (b *Builder) DimOf(x Value, axis int64) Value {
	if d := x.at(axis); d.Name == "" {
		return b.Ints(d.Size)
	}
	axis = x.axis(axis)
	return b.shaped("Shape", "", Int64, []Dim{one}, []Value{x}, attribute{"start", axis}, attribute{"end", axis + 1})
}

// shapeOf is all dimensions of x, an int64 [rank].
func (b *Builder) shapeOf(x Value) Value {
	return b.shaped("Shape", "", Int64, []Dim{Fix(len(x.dims))}, []Value{x})
}

// sizeOf is the number of elements of x, an int64 without axes.
func (b *Builder) sizeOf(x Value) Value { return b.shaped("Size", "", Int64, nil, []Value{x}) }

// Slice takes from..to (exclusive, an int64 [1]) of one axis of x.
func (b *Builder) Slice(x Value, axis, from int64, to Value) Value {
	return b.sliceAs(x, axis, b.Ints(from), to, Dim{Name: b.fresh("slice")})
}

// sliceAs takes from..to of an axis, whose size is then known as dim.
func (b *Builder) sliceAs(x Value, axis int64, from, to Value, dim Dim) Value {
	axis = x.axis(axis)
	dims := append([]Dim(nil), x.dims...)
	dims[axis] = dim
	y := b.shaped("Slice", "", x.dtype, dims, []Value{x, from, to, b.Ints(axis)})
	b.tape[len(b.tape)-1].axis = axis
	return y
}

// First takes the first n of one axis of x.
func (b *Builder) First(x Value, axis int64, n int) Value {
	return b.sliceAs(x, axis, b.Ints(0), b.Ints(int64(n)), Fix(n))
}

// Head takes as much of the front of an axis of x as that axis of like has.
func (b *Builder) Head(x, like Value, axis int64) Value {
	return b.sliceAs(x, axis, b.Ints(0), b.DimOf(like, axis), like.at(axis))
}

// Tail takes what Head leaves.
func (b *Builder) Tail(x, like Value, axis int64) Value {
	return b.sliceAs(x, axis, b.DimOf(like, axis), b.DimOf(x, axis), Dim{Name: b.fresh("tail")})
}

// Reshape gives x another shape; 0 keeps the size of that axis, -1 takes what is left.
func (b *Builder) Reshape(x Value, shape ...int64) Value {
	dims := make([]Dim, len(shape))
	for i, n := range shape {
		switch n {
		case 0:
			dims[i] = x.dims[i]
		case -1:
			dims[i] = Dim{Name: b.fresh("rest")}
		default:
			dims[i] = Dim{Size: n}
		}
	}
	return b.shaped("Reshape", "", x.dtype, dims, []Value{x, b.Ints(shape...)})
}

// reshapeLike gives x the shape of y.
func (b *Builder) reshapeLike(x, y Value) Value {
	return b.shaped("Reshape", "", x.dtype, y.dims, []Value{x, b.shapeOf(y)})
}

// Flatten views x [..., n] as [rest, n].
func (b *Builder) Flatten(x Value) Value {
	if len(x.dims) == 2 {
		return x
	}
	last := x.at(-1)
	shape := b.Concat(0, b.Ints(-1), b.DimOf(x, -1))
	if last.Name == "" {
		shape = b.Ints(-1, last.Size)
	}
	return b.shaped("Reshape", "", x.dtype, []Dim{times(x.dims[:len(x.dims)-1]), last}, []Value{x, shape})
}

// Fold views x [T,n] as rows of a grid: [N,S,n], where like is [N,S] and T is N·S.
func (b *Builder) Fold(x, like Value) Value {
	dims := append(append([]Dim(nil), like.dims...), x.at(-1))
	shape := b.Concat(0, b.shapeOf(like), b.DimOf(x, -1))
	return b.shaped("Reshape", "", x.dtype, dims, []Value{x, shape})
}

// expandLike repeats x to the shape of y.
func (b *Builder) expandLike(x, y Value) Value {
	if sameDims(x.dims, y.dims) {
		return x
	}
	return b.shaped("Expand", "", x.dtype, y.dims, []Value{x, b.shapeOf(y)})
}

// zerosLike is a tensor of zeros with the shape of x.
func (b *Builder) zerosLike(x Value) Value {
	return b.shaped("ConstantOfShape", "", Float, x.dims, []Value{b.shapeOf(x)}) // 0 is the default value
}

// Transpose permutes the axes.
func (b *Builder) Transpose(x Value, perm ...int64) Value {
	dims := make([]Dim, len(perm))
	for i, p := range perm {
		dims[i] = x.dims[p]
	}
	return b.shaped("Transpose", "", x.dtype, dims, []Value{x}, attribute{"perm", perm})
}

// Unsqueeze inserts axes of size 1, ascending and counted in the result.
func (b *Builder) Unsqueeze(x Value, axes ...int64) Value {
	dims := append([]Dim(nil), x.dims...)
	for _, a := range axes {
		dims = append(dims[:a:a], append([]Dim{one}, dims[a:]...)...)
	}
	return b.shaped("Unsqueeze", "", x.dtype, dims, []Value{x, b.Ints(axes...)})
}

// Concat joins values along an axis.
func (b *Builder) Concat(axis int64, values ...Value) Value {
	dims := append([]Dim(nil), values[0].dims...)
	axis = values[0].axis(axis)
	size, known := int64(0), true
	for _, v := range values {
		d := v.dims[axis]
		size, known = size+d.Size, known && d.Name == ""
	}
	dims[axis] = Dim{Size: size}
	if !known {
		dims[axis] = Dim{Name: b.fresh("joined")}
	}
	return b.shaped("Concat", "", values[0].dtype, dims, values, attribute{"axis", axis})
}

// AppendOne puts a 1 behind every vector of the last axis of x: [N,S,R] to [N,S,R+1].
func (b *Builder) AppendOne(x Value) Value {
	dims := append([]Dim(nil), x.dims...)
	last := &dims[len(dims)-1]
	if last.Name == "" {
		last.Size++
	} else {
		last.Name = b.fresh("plusone")
	}
	return b.shaped("Pad", "", x.dtype, dims, []Value{x, b.Ints(0, 1), b.Scalar(1), b.Ints(-1)})
}

// Cast converts the element type.
func (b *Builder) Cast(x Value, t DataType) Value {
	return b.shaped("Cast", "", t, x.dims, []Value{x}, attribute{"to", int64(t)})
}
