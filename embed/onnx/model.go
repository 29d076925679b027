package onnx

// DataType is TensorProto.DataType of onnx.proto3.
type DataType int32

// The element types that Loradex uses.
const (
	Float   DataType = 1
	Uint8   DataType = 2
	Int32   DataType = 6
	Int64   DataType = 7
	Bool    DataType = 9
	Float16 DataType = 10
)

// Size is the number of bytes of one element; 0 for a type that this package does not know.
func (t DataType) Size() int {
	switch t {
	case Float, Int32:
		return 4
	case Int64:
		return 8
	case Bool, Uint8:
		return 1
	case Float16:
		return 2
	}
	return 0
}

// Opset is one operator set that a model imports. The empty domain is ai.onnx.
type Opset struct {
	Domain  string
	Version int64
}

// Dim is one dimension of a value: a symbolic Name, or a fixed Size where Name is empty.
type Dim struct {
	Name string
	Size int64
}

// ValueInfo describes an input or an output of a graph.
type ValueInfo struct {
	Name string
	Type DataType
	Dims []Dim
}

// Attribute is one attribute of a node. Exactly one of the fields besides Name holds its value, as Kind says.
type Attribute struct {
	Name   string
	Kind   AttributeKind
	Float  float32
	Int    int64
	Ints   []int64
	String string
}

// AttributeKind is AttributeProto.AttributeType of onnx.proto3.
type AttributeKind int32

// The kinds of attribute that Loradex uses.
const (
	KindFloat  AttributeKind = 1
	KindInt    AttributeKind = 2
	KindString AttributeKind = 3
	KindInts   AttributeKind = 7
)

// FloatAttr makes a float attribute.
func FloatAttr(name string, v float32) Attribute {
	return Attribute{Name: name, Kind: KindFloat, Float: v}
}

// IntAttr makes an integer attribute.
func IntAttr(name string, v int64) Attribute { return Attribute{Name: name, Kind: KindInt, Int: v} }

// IntsAttr makes an attribute that is a list of integers.
func IntsAttr(name string, v ...int64) Attribute {
	return Attribute{Name: name, Kind: KindInts, Ints: v}
}

// StringAttr makes a string attribute.
func StringAttr(name, v string) Attribute {
	return Attribute{Name: name, Kind: KindString, String: v}
}

// Node is one operation. An empty input name stands for an optional input that is left out.
type Node struct {
	Op, Domain      string
	Inputs, Outputs []string
	Attributes      []Attribute
}

// Tensor is an initializer: Raw holds its elements, little-endian, row-major.
type Tensor struct {
	Name string
	Type DataType
	Dims []int64
	Raw  []byte
}

// Graph is a list of nodes in topological order.
type Graph struct {
	Name            string
	Nodes           []Node
	Initializers    []Tensor
	Inputs, Outputs []ValueInfo
}

// Model is a graph with what it needs to be read.
type Model struct {
	Producer string
	Opsets   []Opset
	Graph    Graph
}
