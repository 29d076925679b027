package graph

import (
	"strconv"
	"unsafe"
)

// opset is the version of the standard operators: 20 is the first with Gelu.
const opset = 20

// contrib is the domain of ONNX Runtime's own operators.
const contrib = "com.microsoft"

// Value is the result of an operation, an input or a constant. The zero Value stands for an input left out.
type Value struct {
	name  string
	dtype DataType
	dims  []Dim // what is known when the graph is built; sizes that are not known have names
}

// Name is the value's name in the graph.
func (v Value) Name() string { return v.name }

// Dims are the value's dimensions. Equal names stand for equal sizes.
func (v Value) Dims() []Dim { return v.dims }

// Builder records a graph. It is not safe for concurrent use. Its methods do not check shapes: ONNX Runtime does, when
// it loads the model. They follow them as far as gradients need it: which axes of an operand are broadcast.
type Builder struct {
	g      *Model
	count  int
	ints   map[string]Value // constants by content, so that equal axes are stored once
	consts map[string]Value // float constants by name: a weight that is used twice is stored once
	tape   []entry          // what gradients walk backwards
	types  map[string]Value // results of operations by name
	inputs map[string]int   // how many nodes there were when an input was declared

	products Products
	narrow   map[string]Value // half precision of values by name
}

// entry is one recorded operation.
type entry struct {
	op      string
	node    int // position in the graph's nodes
	in, out []Value
	attrs   []attribute
	axis    int64 // the one axis that a reduction or a slice works on
	rule    rule  // in place of the operation's own, where not nil
}

// New starts an empty graph.
func New(name string) *Builder {
	return &Builder{
		g: &Model{Name: name}, ints: map[string]Value{}, consts: map[string]Value{}, types: map[string]Value{}, inputs: map[string]int{},
		narrow: map[string]Value{},
	}
}

// Dyn is a dimension that is known only when the graph runs.
func Dyn(name string) Dim { return Dim{Name: name} }

// Fix is a dimension of fixed size.
func Fix(n int) Dim { return Dim{Size: int64(n)} }

// Model returns the recorded graph as a model, without constants that no operation uses.
func (b *Builder) Model() *Model {
	g, used := *b.g, map[string]bool{}
	for _, n := range g.Nodes {
		for _, name := range n.Inputs {
			used[name] = true
		}
	}
	g.Initializers = keepUsed(g.Initializers, used)
	return &g
}

// keepUsed copies the constants with the given names.
func keepUsed(all []initializer, used map[string]bool) []initializer {
	var out []initializer
	for _, t := range all {
		if used[t.Name] {
			out = append(out, t)
		}
	}
	return out
}

// Nodes is how many operations are recorded.
func (b *Builder) Nodes() int { return len(b.g.Nodes) }

// Input declares an input of the graph.
func (b *Builder) Input(name string, t DataType, dims ...Dim) Value {
	b.g.Inputs = append(b.g.Inputs, ValueInfo{Name: name, Type: t, Dims: dims})
	b.inputs[name] = len(b.g.Nodes)
	return Value{name: name, dtype: t, dims: dims}
}

// Output makes v an output of the graph under the given name.
func (b *Builder) Output(name string, v Value, dims ...Dim) {
	b.g.Nodes = append(b.g.Nodes, node{Op: "Identity", Inputs: []string{v.name}, Outputs: []string{name}})
	b.g.Outputs = append(b.g.Outputs, ValueInfo{Name: name, Type: v.dtype, Dims: dims})
}

// Const stores a float32 constant under a name. The data is not copied before the model is marshalled. A name that is
// known gives the constant stored under it before.
func (b *Builder) Const(name string, data []float32, dims ...int) Value {
	if v, ok := b.consts[name]; ok {
		return v
	}
	shape := make([]int64, len(dims))
	v := Value{name: name, dtype: Float, dims: make([]Dim, len(dims))}
	for i, d := range dims {
		shape[i], v.dims[i] = int64(d), Fix(d)
	}
	b.g.Initializers = append(b.g.Initializers, initializer{Name: name, Type: Float, Dims: shape, Raw: floatBytes(data)})
	b.consts[name] = v
	return v
}

// Scalar stores a float32 constant of rank 0.
func (b *Builder) Scalar(v float32) Value { return b.Const(b.fresh("scalar"), []float32{v}) }

// Ints stores a list of int64: axes, shapes, sizes. Equal lists are stored once.
func (b *Builder) Ints(v ...int64) Value {
	key := ""
	for _, x := range v {
		key += strconv.FormatInt(x, 10) + ","
	}
	if c, ok := b.ints[key]; ok {
		return c
	}
	raw := make([]byte, 0, 8*len(v))
	for _, x := range v {
		for s := 0; s < 64; s += 8 {
			raw = append(raw, byte(x>>s)) //nolint:gosec // the low byte is what is wanted
		}
	}
	name := b.fresh("ints")
	b.g.Initializers = append(b.g.Initializers, initializer{Name: name, Type: Int64, Dims: []int64{int64(len(v))}, Raw: raw})
	c := Value{name: name, dtype: Int64, dims: []Dim{Fix(len(v))}}
	b.ints[key] = c
	return c
}

// op records one standard operation with one result of the same type and shape as its first input.
func (b *Builder) op(name string, inputs []Value, attrs ...attribute) Value {
	return b.shaped(name, "", inputs[0].dtype, inputs[0].dims, inputs, attrs...)
}

// shaped records one node with one result of the given type and shape.
func (b *Builder) shaped(name, domain string, t DataType, dims []Dim, inputs []Value, attrs ...attribute) Value {
	out := Value{name: b.fresh(name), dtype: t, dims: dims}
	n := node{Op: name, Domain: domain, Outputs: []string{out.name}, Attributes: attrs}
	for _, v := range inputs {
		n.Inputs = append(n.Inputs, v.name)
	}
	b.tape = append(b.tape, entry{op: name, node: len(b.g.Nodes), in: inputs, out: []Value{out}, attrs: attrs})
	b.g.Nodes = append(b.g.Nodes, n)
	b.types[out.name] = out
	return out
}

// fresh makes a name that no other value of the graph has.
func (b *Builder) fresh(prefix string) string {
	b.count++
	return prefix + "_" + strconv.Itoa(b.count)
}

// floatBytes views float32 values as bytes. ONNX wants little-endian, which every platform of Loradex is.
func floatBytes(v []float32) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v))
}
