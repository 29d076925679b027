package graph

// DataType is TensorProto.DataType of onnx.proto3.
type DataType int32

// The element types that Loradex uses.
const (
	Float   DataType = 1
	Uint8   DataType = 2
	int8s   DataType = 3
	Int64   DataType = 7
	Bool    DataType = 9
	Float16 DataType = 10
)

// size is the number of bytes of one element.
func (t DataType) size() int {
	return map[DataType]int{Float: 4, Int64: 8, Bool: 1, Uint8: 1, int8s: 1, Float16: 2}[t]
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

// Model is a list of nodes in topological order, with what they read and give.
type Model struct {
	Name            string
	Nodes           []node
	Initializers    []initializer
	Inputs, Outputs []ValueInfo
}

// node is one operation. An empty input name stands for an optional input that is left out.
type node struct {
	Op, Domain      string
	Inputs, Outputs []string
	Attributes      []attribute
}

// attribute is one attribute of a node: a float32, an int64, a string, or some int64.
type attribute struct {
	Name  string
	Value any
}

// initializer is a constant: Raw holds its elements, little-endian, row-major.
type initializer struct {
	Name string
	Type DataType
	Dims []int64
	Raw  []byte
}
