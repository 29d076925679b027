package onnxfile

// This file reads the protocol buffer.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of onnx.proto3, by message, and the kinds of elements.
const (
	modelGraph = 7

	graphNode, graphInit = 1, 5

	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttr, nodeDomain = 1, 2, 3, 4, 5, 7

	attrName, attrF, attrTensor = 1, 2, 5

	tensorDims, tensorType, tensorFloats, tensorInts, tensorName, tensorRaw, tensorExternal, tensorPlace = 1, 2, 4, 7, 8, 9, 13, 14

	kindInt64 = 7
)

// Bounds of a file. The largest encoder that is served here has some thousands of nodes and tensors.
const (
	maxNodes = 1 << 18
	maxText  = 4096 // bytes of a name
	maxPorts = 4096 // inputs and outputs of a node
	maxDims  = 16
)

// file is what is read of an ONNX file.
type file struct {
	nodes   []node
	tensors map[string]tensor
}

// node is one operation.
type node struct {
	name, op, domain string
	in, out          []string
	constant         *tensor // of a Constant
	epsilon          float64 // of a LayerNormalization; 0 for none
}

// each calls visit for every field of a message: value holds bytes or fixed32; number holds a varint.
func each(message []byte, visit func(field protowire.Number, kind protowire.Type, value []byte, number uint64) error) error {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		var value []byte
		var number uint64
		switch kind { //nolint:exhaustive // the others are passed over
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			if n = min(4, len(message)); n < 4 {
				return errors.New("a number is cut short")
			}
			value = message[:n]
		default:
			n = protowire.ConsumeFieldValue(field, kind, message)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := visit(field, kind, value, number); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// parse reads a whole file.
func parse(data []byte) (*file, error) {
	var graph []byte
	err := each(data, func(field protowire.Number, kind protowire.Type, value []byte, _ uint64) error {
		if field != modelGraph || kind != protowire.BytesType {
			return nil
		}
		if graph != nil {
			return errors.New("it holds two graphs")
		}
		graph = value
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(graph) == 0 {
		return nil, errors.New("it holds no graph")
	}
	f := &file{tensors: map[string]tensor{}}
	return f, each(graph, func(field protowire.Number, kind protowire.Type, value []byte, _ uint64) error {
		if kind != protowire.BytesType {
			return nil
		}
		switch field {
		case graphNode:
			n, err := parseNode(value)
			if err != nil {
				return fmt.Errorf("node %d: %w", len(f.nodes), err)
			}
			if len(f.nodes) == maxNodes {
				return fmt.Errorf("more than %d nodes", maxNodes)
			}
			f.nodes = append(f.nodes, n)
		case graphInit:
			name, t, err := parseTensor(value)
			if err != nil {
				return fmt.Errorf("tensor %.80q: %w", name, err)
			}
			if _, twice := f.tensors[name]; twice {
				return fmt.Errorf("tensor %.80q is there twice", name)
			}
			f.tensors[name] = t
		}
		return nil
	})
}

// text is a name.
func text(value []byte) (string, error) {
	if len(value) > maxText {
		return "", fmt.Errorf("a name of %d bytes, more than %d", len(value), maxText)
	}
	return string(value), nil
}

func parseNode(message []byte) (n node, err error) {
	return n, each(message, func(field protowire.Number, kind protowire.Type, value []byte, _ uint64) error {
		if kind != protowire.BytesType {
			return nil
		}
		switch field {
		case nodeInput, nodeOutput:
			ports := &n.in
			if field == nodeOutput {
				ports = &n.out
			}
			s, err := text(value)
			if err == nil && len(*ports) == maxPorts {
				err = fmt.Errorf("more than %d inputs or outputs", maxPorts)
			}
			*ports = append(*ports, s)
			return err
		case nodeName:
			n.name, err = text(value)
		case nodeOp:
			n.op, err = text(value)
		case nodeDomain:
			n.domain, err = text(value)
		case nodeAttr:
			err = n.attribute(value)
		}
		return err
	})
}

// attribute keeps the attributes that [Config] asks for.
func (n *node) attribute(message []byte) error {
	var name string
	var float float64
	var value []byte
	err := each(message, func(field protowire.Number, kind protowire.Type, v []byte, _ uint64) (err error) {
		switch {
		case field == attrName && kind == protowire.BytesType:
			name, err = text(v)
		case field == attrF && kind == protowire.Fixed32Type:
			float = float64(math.Float32frombits(binary.LittleEndian.Uint32(v)))
		case field == attrTensor && kind == protowire.BytesType:
			value = v
		}
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case name == "epsilon":
		n.epsilon = float
	case name == "value" && value != nil:
		_, t, err := parseTensor(value)
		if err != nil {
			return err
		}
		n.constant = &t
	}
	return nil
}
