package graph

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"loradex/internal/fault"
)

// field is one decoded field of a message.
type field struct {
	number protowire.Number
	bytes  []byte
	varint uint64
}

// decode reads a message without knowing its type; it fails where lengths do not add up.
func decode(t *testing.T, b []byte) []field {
	t.Helper()
	var out []field
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatalf("bad tag: %v", protowire.ParseError(n))
		}
		b = b[n:]
		f := field{number: num}
		switch typ {
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			f.varint, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			_, n = protowire.ConsumeFixed32(b)
		default:
			t.Fatalf("field %d has wire type %d", num, typ)
		}
		if n < 0 {
			t.Fatalf("field %d: %v", num, protowire.ParseError(n))
		}
		b = b[n:]
		out = append(out, f)
	}
	return out
}

func all(fields []field, n protowire.Number) [][]byte {
	var out [][]byte
	for _, f := range fields {
		if f.number == n {
			out = append(out, f.bytes)
		}
	}
	return out
}

func TestMarshal(t *testing.T) {
	weights := bytes.Repeat([]byte{1, 2, 3, 4}, 300) // longer than one length byte can say
	m := Model{
		Name: "g",
		Nodes: []node{
			{Op: "Slice", Inputs: []string{"x", "", "y"}, Outputs: []string{"z"}},
			{Op: "FusedMatMul", Domain: "com.microsoft", Inputs: []string{"z", "w"}, Outputs: []string{"out"}, Attributes: []attribute{
				{"transB", int64(1)}, {"alpha", float32(0.5)}, {"perm", []int64{0, 2, 1}}, {"mode", "none"},
			}},
		},
		Initializers: []initializer{{Name: "w", Type: Float, Dims: []int64{30, 10}, Raw: weights}, {Name: "s", Type: Float, Raw: []byte{0, 0, 0, 0}}},
		Inputs:       []ValueInfo{{Name: "x", Type: Int64, Dims: []Dim{{Name: "rows"}, {Size: 3}}}},
		Outputs:      []ValueInfo{{Name: "out", Type: Float}},
	}
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if len(data) != cap(data) {
		t.Errorf("%d bytes in a buffer of %d: the size was not known before", len(data), cap(data))
	}
	model := decode(t, data)
	if model[0].number != modelIR || model[0].varint != irVersion || len(all(model, modelOpset)) != 2 {
		t.Errorf("head %+v", model[:3])
	}
	graph := decode(t, all(model, modelGraph)[0])
	nodes := all(graph, graphNode)
	slice, matmul := decode(t, nodes[0]), decode(t, nodes[1])
	if in := all(slice, nodeInput); len(in) != 3 || len(in[1]) != 0 || string(in[2]) != "y" {
		t.Errorf("an input left out lost its place: %q", in)
	}
	if len(all(matmul, nodeAttr)) != 4 || string(all(matmul, nodeDomain)[0]) != "com.microsoft" {
		t.Errorf("node %+v", matmul)
	}
	tensors := all(graph, graphInit)
	w, s := decode(t, tensors[0]), decode(t, tensors[1])
	if string(all(w, tensorName)[0]) != "w" || !bytes.Equal(all(w, tensorRaw)[0], weights) || len(all(w, tensorDims)) != 2 || len(all(s, tensorDims)) != 0 {
		t.Error("an initializer did not come back")
	}
}

func TestMarshalRefuses(t *testing.T) {
	defer fault.ExpectBugs()()
	short := Model{Initializers: []initializer{{Name: "w", Type: Float, Dims: []int64{2}, Raw: make([]byte, 4)}}}
	kind := Model{Nodes: []node{{Op: "A", Attributes: []attribute{{"a", 1.5}}}}}
	for name, m := range map[string]Model{"short initializer": short, "unknown attribute": kind} {
		if _, err := m.Marshal(); fault.CodeOf(err) != fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}
