package onnxfile_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"loradex/embed/onnxfile"
	"loradex/internal/fault"
)

// message is a protocol buffer that is being written.
type message []byte

func (m message) bytes(field protowire.Number, b []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), b)
}

func (m message) text(field protowire.Number, s string) message { return m.bytes(field, []byte(s)) }

func (m message) int(field protowire.Number, v uint64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), v)
}

// initializer writes a float tensor with the values 0, 1, 2 … .
func initializer(name string, dims ...uint64) message {
	var m message
	n := uint64(1)
	for _, d := range dims {
		m, n = m.int(1, d), n*d
	}
	var raw []byte
	for i := range n {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(i)))
	}
	return m.int(2, 1).text(8, name).bytes(9, raw)
}

func node(op, name, domain string, in []string, out string) message {
	var m message
	for _, s := range in {
		m = m.text(1, s)
	}
	return m.text(2, out).text(3, name).text(4, op).text(7, domain)
}

// model writes a graph of nodes and tensors.
func model(nodes, tensors []message) []byte {
	var graph message
	for _, n := range nodes {
		graph = graph.bytes(1, n)
	}
	for _, t := range tensors {
		graph = graph.bytes(5, t)
	}
	return message(nil).int(1, 8).bytes(7, graph)
}

func small() []byte {
	return model(
		[]message{
			node("MatMul", "/layer/query/MatMul", "", []string{"x", "onnx::MatMul_1"}, "product"),
			node("MatMul", "MatMul_7", "", []string{"x", "9"}, "other"),
			node("Add", "", "", []string{"layer.key.bias", "other"}, "y"),
		},
		[]message{initializer("onnx::MatMul_1", 2, 3), initializer("9", 1, 2), initializer("layer.key.bias", 2), initializer("embeddings.weight", 2, 2)},
	)
}

// TestDecode: weights are told by the name of the product or by the bias, and turned; the rest is as it is.
func TestDecode(t *testing.T) {
	data := small()
	f, err := onnxfile.Decode("small", data)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.Names(), []string{"embeddings.weight", "layer.key.bias", "layer.key.weight", "layer.query.weight"}; !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for name, want := range map[string]struct {
		values []float32
		shape  []int
	}{
		"embeddings.weight":  {[]float32{0, 1, 2, 3}, []int{2, 2}},
		"layer.key.bias":     {[]float32{0, 1}, []int{2}},
		"layer.key.weight":   {[]float32{0, 1}, []int{2, 1}},
		"layer.query.weight": {[]float32{0, 3, 1, 4, 2, 5}, []int{3, 2}},
	} {
		values, shape, err := f.Float32(name)
		if err != nil || !slices.Equal(values, want.values) || !slices.Equal(shape, want.shape) {
			t.Errorf("%s: %v %v (%v), want %v", name, values, shape, err, want)
		}
	}
	if !bytes.Equal(data, small()) {
		t.Error("the file's bytes were changed")
	}
}

// TestDecodeUnpacked: numbers and data in the other ways that the format allows.
func TestDecodeUnpacked(t *testing.T) {
	floats := binary.LittleEndian.AppendUint32(nil, math.Float32bits(7))
	loose := message(nil).bytes(1, []byte{2, 1}).int(2, 1).text(8, "w") // a packed shape of 2 × 1
	for range 2 {
		loose = append(protowire.AppendTag(loose, 4, protowire.Fixed32Type), floats...)
	}
	f, err := onnxfile.Decode("loose", model(nil, []message{loose}))
	if err != nil {
		t.Fatal(err)
	}
	if v, shape, err := f.Float32("w"); err != nil || !slices.Equal(v, []float32{7, 7}) || !slices.Equal(shape, []int{2, 1}) {
		t.Errorf("%v %v %v", v, shape, err)
	}
}

func testModel(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "onnx", "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestConfig(t *testing.T) {
	got, err := onnxfile.Config("model.onnx", testModel(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"architectures": []string{"BertModel"}, "model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
		"intermediate_size": 64, "hidden_act": "gelu", "layer_norm_eps": 1e-7, "max_position_embeddings": 64, "type_vocab_size": 2, "vocab_size": 700,
		"position_embedding_type": "absolute", "pad_token_id": 0,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if _, err := onnxfile.Config("small", small()); fault.CodeOf(err) != fault.Unsupported || !strings.Contains(fault.HintOf(err), "config.json") {
		t.Errorf("a graph without embeddings: %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	weight := initializer("w", 2)
	for name, tt := range map[string]struct {
		data  []byte
		code  fault.Code
		words string
	}{
		"nothing":             {nil, fault.Corrupt, "no graph"},
		"text":                {[]byte("this is no protocol buffer at all"), fault.Corrupt, ""},
		"two graphs":          {append(small(), small()...), fault.Corrupt, "two graphs"},
		"quantised":           {model([]message{node("DynamicQuantizeLinear", "", "", []string{"x"}, "y")}, []message{weight}), fault.Unsupported, "quantised"},
		"quantised in blocks": {model([]message{node("MatMulNBits", "", "com.microsoft", []string{"x"}, "y")}, []message{weight}), fault.Unsupported, "quantised"},
		"rewritten":           {model([]message{node("Attention", "", "com.microsoft", []string{"x"}, "y")}, []message{weight}), fault.Unsupported, "com.microsoft"},
		"data elsewhere":      {model(nil, []message{message(nil).int(1, 2).int(2, 1).text(8, "w").int(14, 1)}), fault.Unsupported, "another file"},
		"a tensor twice":      {model(nil, []message{weight, weight}), fault.Corrupt, "twice"},
		"too little data":     {model(nil, []message{message(nil).int(1, 2).int(1, 1<<30).int(2, 1).text(8, "w").bytes(9, make([]byte, 8))}), fault.Corrupt, "needs"},
		"an endless shape":    {model(nil, []message{message(nil).bytes(1, make([]byte, 99)).int(2, 1).text(8, "w")}), fault.Corrupt, "dimensions"},
		"an overflow": {
			model(nil, []message{message(nil).int(1, math.MaxInt32).int(1, math.MaxInt32).int(1, math.MaxInt32).int(2, 1).text(8, "w")}),
			fault.Corrupt, "overflows",
		},
		"a huge name": {model(nil, []message{message(nil).text(8, strings.Repeat("n", 5000))}), fault.Corrupt, "name of 5000"},
		"two weights of a layer": {model(
			[]message{node("MatMul", "/a/MatMul", "", []string{"x", "1"}, "p"), node("MatMul", "/a/MatMul", "", []string{"x", "2"}, "q")},
			[]message{initializer("1", 1, 1), initializer("2", 1, 1)}), fault.Corrupt, "two weights"},
	} {
		if _, err := onnxfile.Decode(name, tt.data); fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s: %v, want %s with %q", name, err, tt.code, tt.words)
		}
	}
	whole := testModel(t)
	for cut := 1; cut < len(whole); cut += 997 {
		if _, err := onnxfile.Decode("cut", whole[:cut]); fault.CodeOf(err) != fault.Corrupt {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

// FuzzDecode: any bytes are refused with a code, or give tensors whose data fit their shapes, without being written to.
func FuzzDecode(f *testing.F) {
	f.Add(small())
	f.Add(model([]message{node("Constant", "/encoder/layer.0/attention/self/Constant", "", nil, "c").bytes(5, message(nil).text(1, "value").bytes(5, initializer("", 1)))}, nil))
	f.Add(model(nil, []message{message(nil).bytes(1, []byte{2, 1}).int(2, 10).text(8, "half").bytes(4, []byte{1, 2}).bytes(4, []byte{3, 4})}))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		file, err := onnxfile.Decode("fuzz", data)
		if err != nil {
			if code := fault.CodeOf(err); code != fault.Corrupt && code != fault.Unsupported {
				t.Fatalf("%s: %v", code, err)
			}
			return
		}
		for _, name := range file.Names() {
			tensor, ok := file.Tensor(name)
			if !ok || len(tensor.Data) != tensor.Len()*tensor.DType.Size() {
				t.Fatalf("%q: shape %v of %s has %d bytes", name, tensor.Shape, tensor.DType, len(tensor.Data))
			}
		}
		if _, err := onnxfile.Config("fuzz", data); err != nil && fault.CodeOf(err) == fault.Internal {
			t.Fatal(err)
		}
		if !bytes.Equal(data, before) {
			t.Fatal("the file was written to")
		}
	})
}
