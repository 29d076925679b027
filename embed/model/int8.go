package model

// This file reads and writes the folder of a model in integers of 8 bits. It is the folder of its twin in floats with two
// differences: config.json says so in quantization_config, so that other programs refuse it, and the tensors of a rounded layer's
// weight take the place of the weight.

import (
	"encoding/json"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"loradex/adapters/safetensors"
	"loradex/embed/arch"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// int8Method is quant_method of such a config.json.
const int8Method = "loradex-int8"

// int8Version is the version of the format.
const int8Version = 1

// Int8Settings are the field quantization_config of a model in integers.
type Int8Settings struct {
	Method  string `json:"quant_method"` // int8Method
	Version int    `json:"version"`
	Twin    Twin   `json:"twin"`
	// Layers are those that compute in integers, by path. The others are in floats.
	Layers map[string]Int8Layer `json:"layers"`
	// Made says how the choice was made; nothing reads it but people.
	Made json.RawMessage `json:"made,omitempty"`
}

// Twin is the model in floats that a model in integers was made of.
type Twin struct {
	Name   string `json:"name"`
	Digest string `json:"digest"` // [Model.BaseDigest]
}

// Int8Layer is a layer of the settings.
type Int8Layer struct {
	arch.Int8Input
	Smooth bool `json:"smooth,omitempty"` // its inputs are divided by a tensor first
}

// The tensors of a layer in integers, by what stands behind its path.
const (
	codesTensor     = ".int8.codes"     // I8 [in,out]
	scalesTensor    = ".int8.scales"    // F32 [out]
	normsTensor     = ".int8.norms"     // F32 [out]
	smoothingTensor = ".int8.smoothing" // F32 [in]
)

// int8Tensors names the tensors of a layer.
func int8Tensors(path string, smooth bool) []string {
	names := []string{path + codesTensor, path + scalesTensor, path + normsTensor}
	if smooth {
		names = append(names, path+smoothingTensor)
	}
	return names
}

// layer tells whether a tensor is the weight of a layer in integers, and gives the layer's path.
func (s *Int8Settings) layer(tensor string) (path string, rounded bool) {
	path, isWeight := strings.CutSuffix(tensor, ".weight")
	if s == nil || !isWeight {
		return "", false
	}
	_, rounded = s.Layers[path]
	return path, rounded
}

// AdapterBase is the name and the digest of the model that adapters for this one are made for: its twin in floats, where it is in
// integers, or the model itself.
func (m *Model) AdapterBase() (name, digest string) {
	if m.Quantized != nil {
		return m.Quantized.Twin.Name, m.Quantized.Twin.Digest
	}
	return m.Name, m.BaseDigest()
}

// Precision is what the products of the layers are computed in: "fp32", or "int8".
func (m *Model) Precision() string {
	if m.Quantized != nil {
		return "int8"
	}
	return "fp32"
}

// isInt8 tells whether a quantization_config is ours.
func isInt8(config json.RawMessage) bool {
	var s Int8Settings
	return json.Unmarshal(config, &s) == nil && s.Method == int8Method
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// int8Settings reads and checks the settings of a model in integers; nil for one in floats. Errors are Corrupt and name the field;
// Unsupported for another version, and for a classifier.
func int8Settings(dir string, c arch.Config, classifier bool) (*Int8Settings, error) {
	path := filepath.Join(dir, "config.json")
	var config struct {
		Settings *Int8Settings `json:"quantization_config"`
	}
	if _, err := readJSON(path, &config); err != nil || config.Settings == nil {
		return nil, err
	}
	s := config.Settings
	bad := func(format string, args ...any) error {
		return fault.New(fault.Corrupt, "%s: quantization_config: "+format, append([]any{path}, args...)...).
			WithHint("make the model again with `loradex model quantize`")
	}
	switch {
	case classifier:
		return nil, fault.New(fault.Unsupported, "%s: a cross-encoder in integers is not supported", path)
	case s.Version != int8Version:
		return nil, fault.New(fault.Unsupported, "%s: quantization_config has version %d; this build reads %d", path, s.Version, int8Version).
			WithHint("make the model again with `loradex model quantize`")
	case !hexDigest.MatchString(s.Twin.Digest) || s.Twin.Name == "":
		return nil, bad("twin names no model: its name is %.80q and its digest %.80q", s.Twin.Name, s.Twin.Digest)
	case len(s.Layers) == 0:
		return nil, bad("no layer is in integers")
	}
	sites := c.Linears()
	for layer, in := range s.Layers {
		if !slices.ContainsFunc(sites, func(l arch.Linear) bool { return l.Path == layer }) {
			return nil, bad("the encoder has no linear layer %.200q", layer)
		}
		fixed := float64(in.Step)
		if !(fixed >= 0) || math.IsInf(fixed, 0) || !(in.Least >= 0) || in.Zero > 128 || in.Step > 0 && in.Least > 0 {
			return nil, bad("layer %s: step %g, zero %d, least %g: no rounding has them", layer, in.Step, in.Zero, in.Least)
		}
	}
	return s, nil
}

// readInt8 reads the layers in integers and checks their numbers. Errors are Corrupt and name the tensor.
func (w *weights) readInt8(s *Int8Settings, c arch.Config) (map[string]*arch.Int8, error) {
	if s == nil {
		return nil, nil
	}
	layers := map[string]*arch.Int8{}
	for _, site := range c.Linears() {
		set, ok := s.Layers[site.Path]
		if !ok {
			continue
		}
		q := &arch.Int8{Input: set.Int8Input}
		codes, err := w.typed(site.Path+codesTensor, safetensors.I8, site.In, site.Out)
		if err != nil {
			return nil, err
		}
		q.Codes = codes.Data
		for i, v := range q.Codes {
			if n := int8(v); n > arch.MaxWeightCode || n < -arch.MaxWeightCode { //nolint:gosec // a signed byte
				return nil, w.badTensor(site.Path+codesTensor, "number %d is %d, which is beyond ±%d", i, n, arch.MaxWeightCode)
			}
		}
		if q.Scales, err = w.positive(site.Path+scalesTensor, site.Out); err != nil {
			return nil, err
		}
		if q.Norms, err = w.positive(site.Path+normsTensor, site.Out); err != nil {
			return nil, err
		}
		if set.Smooth {
			if q.Smoothing, err = w.positive(site.Path+smoothingTensor, site.In); err != nil {
				return nil, err
			}
		}
		layers[site.Path] = q
	}
	return layers, nil
}

// typed is a tensor of a type and shape.
func (w *weights) typed(name string, t safetensors.DType, shape ...int) (safetensors.Tensor, error) {
	src, ok := w.sources[name]
	if !ok {
		return safetensors.Tensor{}, w.badTensor(name, "is missing")
	}
	tensor, _ := src.file.Tensor(src.name)
	if tensor.DType != t || !slices.Equal(tensor.Shape, shape) {
		return tensor, w.badTensor(name, "is %s %s, want %s %s", tensor.DType, shapeText(tensor.Shape), t, shapeText(shape))
	}
	return tensor, nil
}

// positive is a list of finite numbers above 0.
func (w *weights) positive(name string, n int) ([]float32, error) {
	if _, err := w.typed(name, safetensors.F32, n); err != nil {
		return nil, err
	}
	src := w.sources[name]
	list, _, err := src.file.Float32(src.name)
	if err != nil {
		return nil, err
	}
	for i, v := range list {
		if !(v > 0) || math.IsInf(float64(v), 0) {
			return nil, w.badTensor(name, "number %d is %g", i, v)
		}
	}
	return list, nil
}

// badTensor says what is wrong with a tensor of a layer in integers.
func (w *weights) badTensor(name, format string, args ...any) error {
	return fault.New(fault.Corrupt, "%s: tensor %q "+format, append([]any{w.files[0].Path(), name}, args...)...).
		WithHint("make the model again with `loradex model quantize`")
}

// WriteInt8 makes the folder of a model in integers: the frame of m, its twin, with what layers compute with in place of their
// weights. dir must exist and be empty.
func (m *Model) WriteInt8(dir string, layers map[string]*arch.Int8, made any) error {
	transformer, err := m.CopyFrame(dir)
	if err != nil {
		return err
	}
	s := Int8Settings{Method: int8Method, Version: int8Version, Twin: Twin{m.Name, m.BaseDigest()}, Layers: map[string]Int8Layer{}}
	if s.Made, err = json.Marshal(made); err != nil {
		return fault.Wrap(fault.Internal, err, "how the model was made")
	}
	var tensors []safetensors.Tensor
	for _, spec := range m.Config.Tensors() {
		path, isWeight := strings.CutSuffix(spec.Name, ".weight")
		q := layers[path]
		if !isWeight || q == nil {
			src := m.weights.sources[spec.Name]
			t, _ := src.file.Tensor(src.name)
			t.Name = spec.Name
			tensors = append(tensors, t)
			continue
		}
		s.Layers[path] = Int8Layer{q.Input, q.Smoothing != nil}
		out := len(q.Scales)
		tensors = append(tensors,
			safetensors.Tensor{Name: path + codesTensor, DType: safetensors.I8, Shape: []int{len(q.Codes) / out, out}, Data: q.Codes},
			safetensors.FromFloat32(path+scalesTensor, []int{out}, q.Scales), safetensors.FromFloat32(path+normsTensor, []int{out}, q.Norms))
		if q.Smoothing != nil {
			tensors = append(tensors, safetensors.FromFloat32(path+smoothingTensor, []int{len(q.Smoothing)}, q.Smoothing))
		}
	}
	config := map[string]json.RawMessage{}
	path := filepath.Join(transformer, "config.json")
	if _, err := readJSON(path, &config); err != nil {
		return err
	}
	if config["quantization_config"], err = json.Marshal(s); err != nil {
		return fault.Wrap(fault.Internal, err, "settings")
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "%s", path)
	}
	if err := atomicfile.WriteBytes(path, 0o644, append(text, '\n')); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", path)
	}
	return safetensors.Write(filepath.Join(transformer, "model.safetensors"), tensors, map[string]string{"format": "pt"})
}
