package onnx

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"loradex/internal/fault"
)

// irVersion is the version of the container format; 10 is what opset 20 came with.
const irVersion = 10

// Field numbers of onnx.proto3, by message.
const (
	modelIR, modelProducer, modelGraph, modelOpset = 1, 2, 7, 8

	opsetDomain, opsetVersion = 1, 2

	graphNode, graphName, graphInit, graphInput, graphOutput = 1, 2, 5, 11, 12

	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttr, nodeDomain = 1, 2, 3, 4, 5, 7

	attrName, attrF, attrI, attrS, attrInts, attrType = 1, 2, 3, 4, 8, 20

	tensorDims, tensorType, tensorName, tensorRaw = 1, 2, 8, 9

	valueName, valueType            = 1, 2
	typeTensor                      = 1
	tensorTypeElem, tensorTypeShape = 1, 2
	shapeDim, dimValue, dimParam    = 1, 1, 2
)

// Marshal returns the model as protocol buffer bytes. Unsupported where it would pass the format's limit of 2 GiB;
// Internal where an initializer's bytes do not match its shape.
func (m *Model) Marshal() ([]byte, error) {
	head := protowire.AppendTag(nil, modelIR, protowire.VarintType)
	head = protowire.AppendVarint(head, irVersion)
	head = appendString(head, modelProducer, m.Producer)
	for _, o := range m.Opsets {
		var b []byte
		b = appendString(b, opsetDomain, o.Domain)
		b = appendInt(b, opsetVersion, o.Version)
		head = appendMessage(head, modelOpset, b)
	}
	small, err := m.Graph.appendSmall(nil)
	if err != nil {
		return nil, err
	}
	// The graph's length must be known before its first byte: add up the initializers without copying them.
	size := len(small)
	headers := make([][]byte, len(m.Graph.Initializers))
	for i := range m.Graph.Initializers {
		t := &m.Graph.Initializers[i]
		if headers[i], err = t.header(); err != nil {
			return nil, err
		}
		size += protowire.SizeTag(graphInit) + protowire.SizeBytes(t.size(headers[i]))
	}
	total := len(head) + protowire.SizeTag(modelGraph) + protowire.SizeBytes(size)
	if total > math.MaxInt32 {
		return nil, fault.New(fault.Unsupported, "the model's graph would take %d bytes, over the 2 GiB that ONNX allows in one file", total)
	}
	out := make([]byte, 0, total)
	out = append(out, head...)
	out = protowire.AppendTag(out, modelGraph, protowire.BytesType)
	out = protowire.AppendVarint(out, uint64(size))
	out = append(out, small...)
	for i := range m.Graph.Initializers {
		t := &m.Graph.Initializers[i]
		out = protowire.AppendTag(out, graphInit, protowire.BytesType)
		out = protowire.AppendVarint(out, uint64(t.size(headers[i]))) //nolint:gosec // a length, checked above
		out = t.append(out, headers[i])
	}
	return out, nil
}

// appendSmall writes everything of a graph but its initializers.
func (g *Graph) appendSmall(b []byte) ([]byte, error) {
	for i := range g.Nodes {
		n, err := g.Nodes[i].marshal()
		if err != nil {
			return nil, err
		}
		b = appendMessage(b, graphNode, n)
	}
	b = appendString(b, graphName, g.Name)
	for i := range g.Inputs {
		b = appendMessage(b, graphInput, g.Inputs[i].marshal())
	}
	for i := range g.Outputs {
		b = appendMessage(b, graphOutput, g.Outputs[i].marshal())
	}
	return b, nil
}

func (n *Node) marshal() ([]byte, error) {
	var b []byte
	for _, s := range n.Inputs { // empty names are written: they keep the later inputs in their places
		b = protowire.AppendTag(b, nodeInput, protowire.BytesType)
		b = protowire.AppendString(b, s)
	}
	for _, s := range n.Outputs {
		b = appendString(b, nodeOutput, s)
	}
	if len(n.Outputs) > 0 { // a node's name shows in errors and profiles
		b = appendString(b, nodeName, n.Outputs[0])
	}
	b = appendString(b, nodeOp, n.Op)
	for i := range n.Attributes {
		a, err := n.Attributes[i].marshal()
		if err != nil {
			return nil, err
		}
		b = appendMessage(b, nodeAttr, a)
	}
	return appendString(b, nodeDomain, n.Domain), nil
}

func (a *Attribute) marshal() ([]byte, error) {
	b := appendString(nil, attrName, a.Name)
	switch a.Kind {
	case KindFloat:
		b = protowire.AppendTag(b, attrF, protowire.Fixed32Type)
		b = protowire.AppendFixed32(b, math.Float32bits(a.Float))
	case KindInt:
		b = appendInt(b, attrI, a.Int)
	case KindString:
		b = protowire.AppendTag(b, attrS, protowire.BytesType)
		b = protowire.AppendString(b, a.String)
	case KindInts:
		for _, v := range a.Ints {
			b = appendInt(b, attrInts, v)
		}
	default:
		return nil, fault.New(fault.Internal, "onnx: attribute %q has unknown kind %d", a.Name, a.Kind)
	}
	return appendInt(b, attrType, int64(a.Kind)), nil
}

func (v *ValueInfo) marshal() []byte {
	var shape []byte
	for _, d := range v.Dims {
		var b []byte
		if d.Name != "" {
			b = appendString(b, dimParam, d.Name)
		} else {
			b = appendInt(b, dimValue, d.Size)
		}
		shape = appendMessage(shape, shapeDim, b)
	}
	tensor := appendInt(nil, tensorTypeElem, int64(v.Type))
	tensor = appendMessage(tensor, tensorTypeShape, shape)
	b := appendString(nil, valueName, v.Name)
	return appendMessage(b, valueType, appendMessage(nil, typeTensor, tensor))
}

// header is the tensor without its data.
func (t *Tensor) header() ([]byte, error) {
	n := int64(t.Type.Size())
	for _, d := range t.Dims {
		n *= d
	}
	if n != int64(len(t.Raw)) {
		return nil, fault.New(fault.Internal, "onnx: initializer %q of shape %v holds %d bytes, want %d", t.Name, t.Dims, len(t.Raw), n)
	}
	var b []byte
	for _, d := range t.Dims {
		b = appendInt(b, tensorDims, d)
	}
	b = appendInt(b, tensorType, int64(t.Type))
	return appendString(b, tensorName, t.Name), nil
}

func (t *Tensor) size(header []byte) int {
	return len(header) + protowire.SizeTag(tensorRaw) + protowire.SizeBytes(len(t.Raw))
}

func (t *Tensor) append(b, header []byte) []byte {
	b = append(b, header...)
	b = protowire.AppendTag(b, tensorRaw, protowire.BytesType)
	return protowire.AppendBytes(b, t.Raw)
}

func appendString(b []byte, field protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func appendInt(b []byte, field protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v)) //nolint:gosec // two's complement is what the format wants
}

func appendMessage(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}
