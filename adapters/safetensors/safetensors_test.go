package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/internal/fault"
)

// build joins a header and data into a file, whatever they say.
func build(head string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return append(append(out, head...), data...)
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "x.safetensors")
	var tensors []Tensor
	for i, dt := range []DType{Bool, F64, U8, F32, F16, I64, BF16, I32, I16, I8, u16, u32, u64, f8e4m3, f8e5m2} {
		shape := []int{1 + i%3, 1 + i%5}
		data := make([]byte, shape[0]*shape[1]*dt.Size())
		for j := range data {
			data[j] = byte(rng.Uint32())
		}
		tensors = append(tensors, Tensor{Name: fmt.Sprintf("t%d<&>é", i), DType: dt, Shape: shape, Data: data})
	}
	tensors = append(tensors,
		Tensor{Name: "scalar", DType: F32, Shape: []int{}, Data: []byte{0, 0, 128, 63}},
		Tensor{Name: "empty", DType: F32, Shape: []int{3, 0}, Data: []byte{}})
	meta := map[string]string{"format": "pt", "z": "<1>", "a": "é"}
	if err := Write(path, tensors, meta); err != nil {
		t.Fatal(err)
	}
	first, _ := os.ReadFile(path)
	rng.Shuffle(len(tensors), func(i, j int) { tensors[i], tensors[j] = tensors[j], tensors[i] })
	if err := Write(path, tensors, meta); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(path); !bytes.Equal(first, second) {
		t.Error("the file depends on the order of the tensors")
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.unmap == nil || f.Size() != int64(len(first)) || f.path != path {
		t.Errorf("mapped %v, Size %d, path %q", f.unmap != nil, f.Size(), f.path)
	}
	if !reflect.DeepEqual(f.Metadata(), meta) {
		t.Errorf("metadata %v", f.Metadata())
	}
	if len(f.Names()) != len(tensors) || !slices.IsSorted(f.Names()) {
		t.Errorf("names %v", f.Names())
	}
	for _, want := range tensors {
		got, ok := f.Tensor(want.Name)
		if !ok || !slices.Equal(got.Shape, want.Shape) || got.DType != want.DType || !bytes.Equal(got.Data, want.Data) {
			t.Errorf("%s: got %+v", want.Name, got)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".tmp*")); len(left) != 0 {
		t.Errorf("temporary files stay: %v", left)
	}
}

func TestFloat32(t *testing.T) {
	want := []float32{0, 1, -2, 0.5, float32(math.Inf(1)), 6.103515625e-05, 5.960464477539063e-08, 65504}
	half := []uint16{0, 0x3c00, 0xc000, 0x3800, 0x7c00, 0x0400, 0x0001, 0x7bff}
	var f16, bf16, f32, f64 []byte
	for i, v := range want {
		f16 = binary.LittleEndian.AppendUint16(f16, half[i])
		bf16 = binary.LittleEndian.AppendUint16(bf16, uint16(math.Float32bits(v)>>16))
		f32 = binary.LittleEndian.AppendUint32(f32, math.Float32bits(v))
		f64 = binary.LittleEndian.AppendUint64(f64, math.Float64bits(float64(v)))
	}
	n := len(want)
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := Write(path, []Tensor{
		{"f16", F16, []int{n}, f16},
		{"bf16", BF16, []int{n}, bf16},
		{"f32", F32, []int{n}, f32},
		{"f64", F64, []int{n}, f64},
		{"i32", I32, []int{n}, f32},
	}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{"f16", "bf16", "f32", "f64"} {
		got, shape, err := f.Float32(name)
		if err != nil || !slices.Equal(shape, []int{n}) {
			t.Fatalf("%s: %v %v", name, shape, err)
		}
		for i := range want {
			// BF16 keeps 8 bits of fraction; the values here need at most 8 but for 65504.
			if got[i] != want[i] && (name != "bf16" || math.Abs(float64(got[i]-want[i])) > 256) {
				t.Errorf("%s[%d] = %v, want %v", name, i, got[i], want[i])
			}
		}
	}
	if _, _, err := f.Float32("none"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown name: %v", err)
	}
	if _, _, err := f.Float32("i32"); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("integers: %v", err)
	}
}

// Every half must convert to the value that its bits define.
func TestHalfAll(t *testing.T) {
	for h := range 1 << 16 {
		sign := 1 - 2*float64(h>>15)
		exp, frac := h>>10&31, float64(h&1023)
		want := sign * math.Ldexp(1+frac/1024, exp-15)
		switch {
		case exp == 0:
			want = sign * math.Ldexp(frac/1024, -14)
		case exp == 31 && frac == 0:
			want = sign * math.Inf(1)
		case exp == 31:
			want = math.NaN()
		}
		got := float64(halfToFloat32(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != math.Signbit(want) && !math.IsNaN(want) {
			t.Fatalf("%#04x = %v, want %v", h, got, want)
		}
	}
}

// An unaligned tensor is copied, an aligned one is not.
func TestFloat32Alignment(t *testing.T) {
	for _, pad := range []int{0, 1, 2, 3} {
		head := `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
		head += strings.Repeat(" ", (8-len(head)%8)%8+pad)
		file := build(head, binary.LittleEndian.AppendUint64(nil, 0x400000003f800000))
		f, err := Decode("mem", file)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := f.Float32("a")
		if err != nil || !slices.Equal(got, []float32{1, 2}) {
			t.Errorf("pad %d: %v %v", pad, got, err)
		}
	}
}

var badFiles = map[string][]byte{
	"empty":            {},
	"short":            {1, 2, 3},
	"length beyond":    build("{}", nil)[:9],
	"length huge":      append(bytes.Repeat([]byte{0xff}, 8), "{}"...),
	"length over cap":  append(binary.LittleEndian.AppendUint64(nil, maxHeader+1), "{}"...),
	"length zero":      build("", []byte{1, 2, 3}),
	"not an object":    build("[]", nil),
	"not JSON":         build("{x}", nil),
	"unterminated":     build(`{"a":`, nil),
	"text after":       build(`{}{}`, nil),
	"list entry":       build(`{"a":[]}`, nil),
	"no dtype":         build(`{"a":{"shape":[],"data_offsets":[0,4]}}`, make([]byte, 4)),
	"no shape":         build(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, make([]byte, 4)),
	"null offsets":     build(`{"a":{"dtype":"F32","shape":[1],"data_offsets":null}}`, make([]byte, 4)),
	"unknown dtype":    build(`{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4)),
	"negative dim":     build(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, make([]byte, 4)),
	"fractional dim":   build(`{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}`, make([]byte, 4)),
	"huge dim":         build(`{"a":{"dtype":"F32","shape":[4294967296],"data_offsets":[0,4]}}`, make([]byte, 4)),
	"overflow":         build(`{"a":{"dtype":"F64","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}}`, make([]byte, 4)),
	"overflow to zero": build(`{"a":{"dtype":"U8","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}`, nil),
	"many dims":        build(`{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}`, []byte{1}),
	"one offset":       build(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}`, make([]byte, 4)),
	"negative offset":  build(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, make([]byte, 4)),
	"backwards":        build(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, make([]byte, 4)),
	"shape mismatch":   build(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, make([]byte, 4)),
	"past the end":     build(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, make([]byte, 4)),
	"data left over":   build(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 5)),
	"gap":              build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, make([]byte, 2)),
	"overlap":          build(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, make([]byte, 3)),
	"name twice":       build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, make([]byte, 2)),
	"metadata numbers": build(`{"__metadata__":{"a":1}}`, nil),
	"deep JSON":        build(`{"a":`+strings.Repeat("[", 20000), nil),
}

func TestOpenRefusesCorrupt(t *testing.T) {
	dir := t.TempDir()
	for name, data := range badFiles {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".safetensors")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if fault.CodeOf(err) != fault.Corrupt || !strings.Contains(fmt.Sprint(err), path) {
				t.Errorf("got %v, %v", f, err)
			}
		})
	}
}

// Cutting a good file anywhere is noticed.
func TestOpenRefusesTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := Write(path, []Tensor{FromFloat32("a", []int{2, 3}, make([]float32, 6))}, nil); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	for n := range data {
		if _, err := Decode("cut", data[:n]); fault.CodeOf(err) != fault.Corrupt {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none")); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("missing: %v", err)
	}
	if _, err := Open(dir); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("folder: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	one := Tensor{"a", U8, []int{1}, []byte{1}}
	for name, ts := range map[string][]Tensor{
		"wrong length": {{"a", F32, []int{2}, make([]byte, 4)}},
		"repeated":     {one, one},
		"reserved":     {{"__metadata__", U8, []int{1}, []byte{1}}},
		"unknown type": {{"a", "F7", []int{1}, []byte{1}}},
		"negative":     {{"a", U8, []int{-1}, []byte{1}}},
	} {
		if err := Write(path, ts, nil); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Write(filepath.Join(t.TempDir(), "no", "x"), []Tensor{one}, nil); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("no folder: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range badFiles {
		f.Add(data)
	}
	f.Add(build(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"__metadata__":{"k":"v"}}`, make([]byte, 4)))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Decode("fuzz", data)
		if err != nil {
			if fault.CodeOf(err) != fault.Corrupt {
				t.Fatalf("code %q: %v", fault.CodeOf(err), err)
			}
			return
		}
		total := 0
		for _, name := range file.Names() {
			tensor, ok := file.Tensor(name)
			if !ok || tensor.Len()*tensor.DType.Size() != len(tensor.Data) {
				t.Fatalf("%q: %+v", name, tensor)
			}
			total += len(tensor.Data)
			if v, _, err := file.Float32(name); err == nil && len(v) != tensor.Len() {
				t.Fatalf("%q: %d elements", name, len(v))
			}
		}
		if total > len(data) {
			t.Fatalf("tensors hold %d of %d bytes", total, len(data))
		}
	})
}
