package torchfile_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/adapters/torchfile"
	"loradex/internal/fault"
)

// The files of embed/model/testdata are made by its gen/make.py.
const testdata = "../../embed/model/testdata"

func read(t testing.TB, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{testdata}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pickle is an assembler for test programs: strings are pushed as they are, the rest by the helpers below.
func pickle(parts ...string) []byte { return []byte("\x80\x02" + strings.Join(parts, "") + ".") }

func str(s string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s //nolint:gosec // short
}

func num(n int64) string {
	return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // two's complement
}

func nums(list ...int64) string {
	out := "("
	for _, n := range list {
		out += num(n)
	}
	return out + "t"
}

// storageOf pushes a storage; tensorOf one item of a state dict.
func storageOf(kind, key string, numel int64) string {
	return "(" + str("storage") + "ctorch\n" + kind + "\n" + str(key) + str("cpu") + num(numel) + "tQ"
}

func tensorOf(name, storage string, offset int64, size, stride string) string {
	return str(name) + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + num(offset) + size + stride +
		"\x89ccollections\nOrderedDict\n)RtR" + "s"
}

// archive is the zip container around a pickle and its storages.
func archive(t testing.TB, program []byte, storages map[string][]byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	add := func(name string, data []byte) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("m/data.pkl", program)
	for key, data := range storages {
		add("m/data/"+key, data)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func floats(values ...float32) []byte {
	var out []byte
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

func TestViews(t *testing.T) {
	s := storageOf("FloatStorage", "0", 6)
	file := archive(t, pickle("}",
		tensorOf("whole", s, 0, nums(2, 3), nums(3, 1)),
		tensorOf("transposed", s, 0, nums(3, 2), nums(1, 3)),
		tensorOf("column", s, 1, nums(2), nums(3)),
		tensorOf("scalar", s, 5, nums(), nums()),
		tensorOf("none", s, 6, nums(0, 4), nums(4, 1)),
		tensorOf("repeated", s, 2, nums(6), nums(0)),
		tensorOf("tail", s, 4, nums(1, 2), nums(77, 1)),
	), map[string][]byte{"0": floats(0, 1, 2, 3, 4, 5)})
	f, err := torchfile.Decode("views", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		shape []int
		want  []float32
	}{
		{"whole", []int{2, 3}, []float32{0, 1, 2, 3, 4, 5}},
		{"transposed", []int{3, 2}, []float32{0, 3, 1, 4, 2, 5}},
		{"column", []int{2}, []float32{1, 4}},
		{"scalar", []int{}, []float32{5}},
		{"none", []int{0, 4}, []float32{}},
		{"repeated", []int{6}, []float32{2, 2, 2, 2, 2, 2}},
		{"tail", []int{1, 2}, []float32{4, 5}},
	} {
		got, shape, err := f.Float32(tc.name)
		if err != nil || !slices.Equal(got, tc.want) || !slices.Equal(shape, tc.shape) {
			t.Errorf("%s: %v %v %v, want %v %v", tc.name, got, shape, err, tc.want, tc.shape)
		}
	}
	if _, _, err := f.Float32("nothing"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown tensor: %v", err)
	}
	if len(f.Names()) != 7 || f.Names()[0] != "column" {
		t.Errorf("names %v", f.Names())
	}
}

// TestTypes reads every type, and compares each bit pattern of fp16 with the safetensors reader.
func TestTypes(t *testing.T) {
	half := make([]byte, 2<<16)
	for i := range 1 << 16 {
		binary.LittleEndian.PutUint16(half[2*i:], uint16(i)) //nolint:gosec // fits
	}
	for kind, dtype := range map[string]safetensors.DType{"HalfStorage": safetensors.F16, "BFloat16Storage": safetensors.BF16} {
		f, err := torchfile.Decode(kind, archive(t, pickle("}", tensorOf("x", storageOf(kind, "k", 1<<16), 0, nums(1<<16), nums(1))),
			map[string][]byte{"k": half}))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := safetensors.Write(path, []safetensors.Tensor{{Name: "x", DType: dtype, Shape: []int{1 << 16}, Data: half}}, nil); err != nil {
			t.Fatal(err)
		}
		other, err := safetensors.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err1 := f.Float32("x")
		want, _, err2 := other.Float32("x")
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		for i := range want {
			if got[i] != want[i] && !(math.IsNaN(float64(got[i])) && math.IsNaN(float64(want[i]))) ||
				math.Signbit(float64(got[i])) != math.Signbit(float64(want[i])) {
				t.Fatalf("%s %04x is %g, want %g", dtype, i, got[i], want[i])
			}
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
	double := binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.1))
	f, err := torchfile.Decode("types", archive(t, pickle("}",
		tensorOf("double", storageOf("DoubleStorage", "d", 1), 0, nums(1), nums(1)),
		tensorOf("long", storageOf("LongStorage", "l", 1), 0, nums(1), nums(1)),
	), map[string][]byte{"d": double, "l": double}))
	if err != nil {
		t.Fatal(err)
	}
	if v, _, err := f.Float32("double"); err != nil || v[0] != 0.1 {
		t.Errorf("double %v %v", v, err)
	}
	if _, _, err := f.Float32("long"); fault.CodeOf(err) != fault.Unsupported || !strings.Contains(err.Error(), "I64") {
		t.Errorf("long: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	data := map[string][]byte{"0": floats(0, 1, 2, 3)}
	view := func(kind, key string, numel, offset int64, size, stride string) []byte {
		return archive(t, pickle("}", tensorOf("x", storageOf(kind, key, numel), offset, size, stride)), data)
	}
	program := func(parts ...string) []byte { return archive(t, pickle(parts...), data) }
	compressed := func() []byte {
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		f, err := w.Create("m/data.pkl") // deflated
		if err == nil {
			_, err = f.Write(make([]byte, 1<<20))
		}
		if err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	for _, tc := range []struct {
		name string
		file []byte
		code fault.Code
		want string
	}{
		{"system", read(t, "evil", "call.bin"), fault.Unsupported, "posix.system"},
		{"system in the old container", read(t, "evil", "call-legacy.bin"), fault.Unsupported, "posix.system"},
		{"expanded", read(t, "evil", "expanded.bin"), fault.Corrupt, "storage of 1"},
		{"eval", program("cbuiltins\neval\n(" + str("1") + "tR"), fault.Unsupported, "builtins.eval"},
		{"eval by stack", program(str("builtins") + str("eval") + "\x93"), fault.Unsupported, "builtins.eval"},
		{"dotted name", program("ccollections\nOrderedDict.__init__\n"), fault.Unsupported, "OrderedDict.__init__"},
		{"torch.load", program("ctorch\nload\n"), fault.Unsupported, "torch.load"},
		{"instance", program("(ios\nsystem\n"), fault.Unsupported, "opcode 'i'"},
		{"new object", program("ccollections\nOrderedDict\n)\x81"), fault.Unsupported, "0x81"},
		{"storage type called", program("ctorch\nFloatStorage\n)R"), fault.Unsupported, "torch.FloatStorage"},
		{"text called", program(str("os.system") + ")R"), fault.Unsupported, "calls"},
		{"attributes of a tuple", program("()" + "}b"), fault.Unsupported, "attributes"},
		{"extension", program("\x82\x01"), fault.Unsupported, "0x82"},
		{"not a dict", program("]"), fault.Corrupt, "a list"},
		{"empty stack", program(), fault.Corrupt, "stack"},
		{"mark as a value", program("("), fault.Corrupt, "stack"},
		{"no stop", archive(t, []byte("\x80\x02}"), data), fault.Corrupt, "middle"},
		{"text past the end", archive(t, []byte("\x80\x02X\xff\xff\xff\xff"), data), fault.Corrupt, "middle"},
		{"unknown memo", program("h\x07"), fault.Corrupt, "recalls"},
		{"long number", program("\x8a\xff" + strings.Repeat("\x01", 255)), fault.Corrupt, "integer"},
		{"too many operations", program("}" + strings.Repeat("0}", 1<<20)), fault.Corrupt, "operations"},
		{"storage missing", view("FloatStorage", "9", 4, 0, nums(4), nums(1)), fault.Corrupt, "data/9"},
		{"storage climbs", view("FloatStorage", "../data.pkl", 4, 0, nums(4), nums(1)), fault.Corrupt, "missing"},
		{"storage short", view("FloatStorage", "0", 5, 0, nums(4), nums(1)), fault.Corrupt, "20 are wanted"},
		{"storage huge", view("FloatStorage", "0", 1<<62, 0, nums(4), nums(1)), fault.Corrupt, "sensible"},
		{"storage negative", view("FloatStorage", "0", -4, 0, nums(4), nums(1)), fault.Corrupt, "sensible"},
		{"size too large", view("FloatStorage", "0", 4, 0, nums(5), nums(1)), fault.Corrupt, "storage of 4"},
		{"size overflows", view("FloatStorage", "0", 4, 0, nums(1<<32, 1<<32), nums(0, 0)), fault.Corrupt, "storage of 4"},
		{"size negative", view("FloatStorage", "0", 4, 0, nums(-1), nums(1)), fault.Corrupt, "sensible"},
		{"stride leaves", view("FloatStorage", "0", 4, 0, nums(2), nums(4)), fault.Corrupt, "leaves"},
		{"stride overflows", view("FloatStorage", "0", 4, 0, nums(3), nums(1<<40)), fault.Corrupt, "stride"},
		{"stride of another rank", view("FloatStorage", "0", 4, 0, nums(2), nums(1, 1)), fault.Corrupt, "lengths"},
		{"offset leaves", view("FloatStorage", "0", 4, 1, nums(4), nums(1)), fault.Corrupt, "leaves"},
		{"offset negative", view("FloatStorage", "0", 4, -1, nums(1), nums(1)), fault.Corrupt, "offset"},
		{"two sizes", program("}", tensorOf("a", storageOf("FloatStorage", "0", 4), 0, nums(4), nums(1)),
			tensorOf("b", storageOf("FloatStorage", "0", 3), 0, nums(3), nums(1))), fault.Corrupt, "two types"},
		{"quantised storage", view("QInt8Storage", "0", 4, 0, nums(4), nums(1)), fault.Unsupported, "torch.QInt8Storage"},
		{"compressed", compressed(), fault.Unsupported, "compressed"},
		{"big endian", bytes.Replace(read(t, "models", "bert-bin", "pytorch_model.bin"), []byte("little"), []byte("larger"), 1), fault.Unsupported, "larger"},
		{"no zip", []byte("PK\x03\x04 nothing"), fault.Corrupt, "zip"},
		{"other pickle", pickle("}"), fault.Corrupt, "not one of torch.save"},
		{"text", []byte("hello"), fault.Corrupt, "neither"},
		{"empty", nil, fault.Corrupt, "neither"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := torchfile.Decode("evil.bin", tc.file)
			if err == nil {
				t.Fatal("was read")
			}
			if fault.CodeOf(err) != tc.code || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "evil.bin") {
				t.Errorf("%s: %v; want %s with %q", fault.CodeOf(err), err, tc.code, tc.want)
			}
		})
	}
}

// TestCutShort cuts real files at many places: every one is refused, none panics.
func TestCutShort(t *testing.T) {
	for _, name := range []string{"bert-bin", "bert-legacy"} {
		data := read(t, "models", name, "pytorch_model.bin")
		step := max(1, len(data)/500)
		for n := 0; n < len(data); n += step {
			if _, err := torchfile.Decode("cut", data[:n]); err == nil {
				t.Errorf("%s cut to %d bytes was read", name, n)
			}
		}
	}
}

// TestSelfContaining: a list may hold itself; nothing walks it for ever.
func TestSelfContaining(t *testing.T) {
	file := archive(t, pickle("}", str("loop"), "]q\x00h\x00as", str("dict"), "}q\x01", str("self"), "h\x01ss"), nil)
	if f, err := torchfile.Decode("loop", file); err != nil || len(f.Names()) != 0 {
		t.Errorf("%v", err)
	}
}

func TestOpen(t *testing.T) {
	if _, err := safetensors.Format(torchfile.Decode).Open(filepath.Join(t.TempDir(), "none.bin")); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no file: %v", err)
	}
	if _, err := safetensors.Format(torchfile.Decode).Open(t.TempDir()); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("folder: %v", err)
	}
	f, err := safetensors.Format(torchfile.Decode).Open(filepath.Join(testdata, "models", "bert-bin", "pytorch_model.bin"))
	if err != nil {
		t.Fatal(err)
	}
	tensor, ok := f.Tensor("embeddings.position_ids")
	if !ok || tensor.DType != safetensors.I64 || !slices.Equal(tensor.Shape, []int{1, 40}) {
		t.Errorf("position ids: %v %v", tensor.DType, tensor.Shape)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// FuzzDecode feeds whole files. What is read must then be readable: every view lies in its storage.
func FuzzDecode(f *testing.F) {
	s := storageOf("FloatStorage", "0", 4)
	f.Add(archive(f, pickle("}", tensorOf("x", s, 0, nums(2, 2), nums(1, 2))), map[string][]byte{"0": floats(0, 1, 2, 3)}))
	f.Add(read(f, "evil", "call.bin"))
	f.Add(read(f, "evil", "call-legacy.bin"))
	f.Add(read(f, "evil", "expanded.bin"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data) })
}

// FuzzPickle feeds programs, with a valid container around each: a fuzzer seldom gets past a zip's checksums.
func FuzzPickle(f *testing.F) {
	s := storageOf("FloatStorage", "0", 4)
	f.Add(pickle("}", tensorOf("x", s, 0, nums(2, 2), nums(1, 2))))
	f.Add(pickle("}", tensorOf("x", s, 3, nums(), nums()), tensorOf("y", s, 0, nums(4), nums(0))))
	f.Add(pickle("ccollections\nOrderedDict\n)R(", str("a"), "Nu}b"))
	f.Add(pickle("(I01\nL5L\nF1.5\nS'a'\nVb\nK\x01M\x01\x00J\x01\x00\x00\x00tq\x000]2h\x00a}(NNd1"))
	f.Fuzz(func(t *testing.T, program []byte) {
		check(t, archive(t, program, map[string][]byte{"0": floats(0, 1, 2, 3)}))
	})
}

func check(t *testing.T, data []byte) {
	f, err := torchfile.Decode("fuzz", data)
	if err != nil {
		if code := fault.CodeOf(err); code != fault.Corrupt && code != fault.Unsupported {
			t.Fatalf("code %s: %v", code, err)
		}
		return
	}
	for _, name := range f.Names() {
		tensor, ok := f.Tensor(name)
		if !ok || len(tensor.Data) != tensor.Len()*tensor.DType.Size() || len(tensor.Data) > 64*len(data) {
			t.Fatalf("%q: %v with %d bytes of a file of %d", name, tensor.Shape, len(tensor.Data), len(data))
		}
	}
}
