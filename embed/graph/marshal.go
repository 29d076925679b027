package graph

// This file writes models as protocol buffer bytes, in the wire format of onnx.proto3
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).

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
	kindFloat, kindInt, kindString, kindInts          = 1, 2, 3, 7 // AttributeProto.AttributeType

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
	head = appendString(head, modelProducer, "loradex")
	head = appendMessage(head, modelOpset, appendInt(nil, opsetVersion, opset))
	head = appendMessage(head, modelOpset, appendInt(appendString(nil, opsetDomain, contrib), opsetVersion, 1))
	small, err := m.appendSmall()
	if err != nil {
		return nil, err
	}
	// The graph's length must be known before its first byte: add up the initializers without copying them.
	size := len(small)
	headers := make([][]byte, len(m.Initializers))
	for i := range m.Initializers {
		t := &m.Initializers[i]
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
	for i := range m.Initializers {
		t := &m.Initializers[i]
		out = protowire.AppendTag(out, graphInit, protowire.BytesType)
		out = protowire.AppendVarint(out, uint64(t.size(headers[i]))) //nolint:gosec // a length, checked above
		out = t.append(out, headers[i])
	}
	return out, nil
}

// appendSmall writes everything of a graph but its initializers.
func (m *Model) appendSmall() (b []byte, err error) {
	for i := range m.Nodes {
		n, err := m.Nodes[i].marshal()
		if err != nil {
			return nil, err
		}
		b = appendMessage(b, graphNode, n)
	}
	b = appendString(b, graphName, m.Name)
	for i := range m.Inputs {
		b = appendMessage(b, graphInput, m.Inputs[i].marshal())
	}
	for i := range m.Outputs {
		b = appendMessage(b, graphOutput, m.Outputs[i].marshal())
	}
	return b, nil
}

func (n *node) marshal() ([]byte, error) {
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

func (a *attribute) marshal() ([]byte, error) {
	b := appendString(nil, attrName, a.Name)
	var kind int64
	switch v := a.Value.(type) {
	case float32:
		kind = kindFloat
		b = protowire.AppendTag(b, attrF, protowire.Fixed32Type)
		b = protowire.AppendFixed32(b, math.Float32bits(v))
	case int64:
		kind = kindInt
		b = appendInt(b, attrI, v)
	case string:
		kind = kindString
		b = protowire.AppendTag(b, attrS, protowire.BytesType)
		b = protowire.AppendString(b, v)
	case []int64:
		kind = kindInts
		for _, n := range v {
			b = appendInt(b, attrInts, n)
		}
	default:
		return nil, fault.New(fault.Internal, "onnx: attribute %q is a %T", a.Name, v)
	}
	return appendInt(b, attrType, kind), nil
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
func (t *initializer) header() ([]byte, error) {
	n := int64(t.Type.size())
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

func (t *initializer) size(header []byte) int {
	return len(header) + protowire.SizeTag(tensorRaw) + protowire.SizeBytes(len(t.Raw))
}

func (t *initializer) append(b, header []byte) []byte {
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
