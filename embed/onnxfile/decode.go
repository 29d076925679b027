package onnxfile

// This file gives an encoder's tensors their names back.

import (
	"fmt"
	"slices"
	"strings"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// Decode is the [safetensors.Format] of ONNX: the float tensors of the graph, by their names in the model that was exported.
// Weights of linear layers are copied, transposed, when they are asked for; all others are views of data.
//
// Errors: Corrupt for a damaged file; Unsupported for one that holds no plain weights: quantised, rewritten with fused operations,
// or with its data in another file.
func Decode(name string, data []byte) (*safetensors.File, error) {
	f, err := read(name, data)
	if err != nil {
		return nil, err
	}
	named, err := f.named()
	if err != nil {
		return nil, broken(err, name)
	}
	tensors := make(map[string]func() safetensors.Tensor, len(named))
	for called, from := range named {
		t := f.tensors[from.initializer]
		tensors[called] = func() safetensors.Tensor {
			out := safetensors.Tensor{Name: called, DType: t.dtype(), Shape: slices.Clone(t.dims), Data: t.data}
			if from.transposed {
				slices.Reverse(out.Shape)
				out.Data = transpose(t.data, t.dims[0], t.dims[1], t.dtype().Size())
			}
			return out
		}
	}
	return safetensors.NewFile(name, len(data), tensors), nil
}

// read parses a file and refuses what holds no plain weights.
func read(name string, data []byte) (*file, error) {
	f, err := parse(data)
	if err != nil {
		return nil, broken(err, name)
	}
	for _, n := range f.nodes {
		switch {
		case strings.Contains(n.op, "Quantize") || strings.HasPrefix(n.op, "QLinear") || n.op == "MatMulInteger" || n.op == "MatMulNBits":
			return nil, fault.New(fault.Unsupported, "%s: is quantised (it uses %s)", name, n.op).WithHint("take the file in fp32 or fp16, model.onnx")
		case n.domain != "" && n.domain != "ai.onnx":
			return nil, fault.New(fault.Unsupported, "%s: was rewritten with operations of its own (%s of %s)", name, n.op, n.domain).
				WithHint("take the file as it was exported, model.onnx")
		}
	}
	for called, t := range f.tensors {
		if t.external {
			return nil, fault.New(fault.Unsupported, "%s: the data of tensor %.80q lie in another file", name, called).
				WithHint("save the model as one file, or take its safetensors")
		}
	}
	return f, nil
}

func broken(err error, name string) error {
	return fault.Wrap(fault.Corrupt, err, "%s: not an ONNX file that can be read", name).
		WithHint("copy or download the file again; it may be cut short")
}

// origin says where the tensor of a name lies.
type origin struct {
	initializer string
	transposed  bool
}

// named maps the names of the exported model to initializers. What a MatMul multiplies with is [in, out], whatever its name.
func (f *file) named() (map[string]origin, error) {
	biases := map[string]string{} // the output of a product, to the bias that is added to it
	for _, n := range f.nodes {
		if n.op != "Add" || len(n.in) != 2 {
			continue
		}
		for i, in := range n.in {
			if _, ok := f.tensors[in]; ok && strings.HasSuffix(in, ".bias") {
				biases[n.in[1-i]] = in
			}
		}
	}
	named, multiplied := map[string]origin{}, map[string]bool{}
	for _, n := range f.nodes {
		if n.op != "MatMul" || len(n.in) != 2 || len(n.out) != 1 {
			continue
		}
		t, ok := f.tensors[n.in[1]]
		if !ok || len(t.dims) != 2 || t.dtype() == "" {
			continue
		}
		layer, ok := strings.CutSuffix(biases[n.out[0]], ".bias")
		if !ok {
			if layer, ok = strings.CutSuffix(strings.ReplaceAll(strings.Trim(n.name, "/"), "/", "."), ".MatMul"); !ok {
				continue // an export without names
			}
		}
		called := layer + ".weight"
		if other, twice := named[called]; twice && other.initializer != n.in[1] {
			return nil, fmt.Errorf("layer %.80q has two weights", layer)
		}
		named[called], multiplied[n.in[1]] = origin{n.in[1], true}, true
	}
	for called, t := range f.tensors {
		if t.dtype() == "" || multiplied[called] {
			continue
		}
		if _, twice := named[called]; twice {
			return nil, fmt.Errorf("tensor %.80q is there twice", called)
		}
		named[called] = origin{initializer: called}
	}
	return named, nil
}

// transpose copies a matrix of rows × columns elements of size bytes, column by column.
func transpose(data []byte, rows, columns, size int) []byte {
	out := make([]byte, len(data))
	at := 0
	for c := range columns {
		for r := range rows {
			from := (r*columns + c) * size
			copy(out[at:at+size], data[from:from+size])
			at += size
		}
	}
	return out
}
