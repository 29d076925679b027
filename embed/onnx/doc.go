// Package onnx writes ONNX models: graphs, nodes, attributes and initializers as protocol buffer bytes.
//
// It knows the wire format of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, IR version 10) and
// nothing of neural networks; package graph builds on it. A model is written once, front to back, into one buffer of
// exactly the right size, so that large weights are copied once:
//
//	m := onnx.Model{Opsets: []onnx.Opset{{Version: 20}}, Graph: onnx.Graph{
//		Name:    "add",
//		Nodes:   []onnx.Node{{Op: "Add", Inputs: []string{"a", "b"}, Outputs: []string{"c"}}},
//		Inputs:  []onnx.ValueInfo{{Name: "a", Type: onnx.Float, Dims: []onnx.Dim{{Name: "n"}}}, …},
//		Outputs: …,
//	}}
//	data, err := m.Marshal()
package onnx
