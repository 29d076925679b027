package model

// This file makes a model folder of an ONNX file: its weights as safetensors, and the configuration that it shows.

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"loradex/adapters/safetensors"
	"loradex/embed/onnxfile"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
	"loradex/internal/mapped"
)

// The ONNX files that weights are read from, in a model's folder: as it is saved, and where the Hugging Face hub has it.
const (
	onnxWeights = "model.onnx"
	hubONNX     = "onnx/model.onnx"
)

// IsONNX tells an ONNX file by its name.
func IsONNX(path string) bool { return filepath.Ext(path) == ".onnx" && isFile(path) }

// gather copies an ONNX file and what makes it a model to a folder. That lies beside it or, where the file lies in a folder `onnx` as on
// the hub, above; a tokenizer may also be called after the file, NAME-tokenizer.json.
func gather(path, dir string) error {
	folders := []string{filepath.Dir(path)}
	if filepath.Base(folders[0]) == filepath.Dir(hubONNX) {
		folders = append(folders, filepath.Dir(folders[0]))
	}
	for _, name := range append(texts(), "1_Pooling/config.json") {
		at := slices.IndexFunc(folders, func(folder string) bool { return isFile(filepath.Join(folder, name)) })
		if at < 0 {
			continue
		}
		if err := copyFile(folders[at], dir, name, 0o750, 0o640); err != nil {
			return err
		}
	}
	own, tokenizer := strings.TrimSuffix(path, ".onnx")+"-tokenizer.json", filepath.Join(dir, "tokenizer.json")
	err := os.MkdirAll(dir, 0o750)
	if err == nil {
		err = copyBytes(path, filepath.Join(dir, onnxWeights), 0o640)
	}
	if err == nil && isFile(own) && !isFile(tokenizer) {
		err = copyBytes(own, tokenizer, 0o640)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "copying %s", path)
	}
	for _, name := range []string{tokenizer, filepath.Join(dir, "vocab.txt"), filepath.Join(dir, "vocab.json")} {
		if isFile(name) {
			return nil
		}
	}
	return fault.New(fault.NotFound, "%s: no tokenizer lies beside it", path).WithHint("put the model's tokenizer.json there, or its vocab.txt")
}

// describe writes the config.json of a folder that lacks it and has an ONNX file.
func describe(dir string) error {
	path, config := filepath.Join(dir, onnxWeights), filepath.Join(dir, "config.json")
	if isFile(config) || !isFile(path) {
		return nil
	}
	f, err := os.Open(path) //nolint:gosec // in a folder of ours
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s: cannot be opened", path)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, unmap, err := mapped.Bytes(f, path)
	if err != nil {
		return err
	}
	values, err := onnxfile.Config(filepath.Base(path), data)
	if unmap != nil {
		err = errors.Join(err, unmap())
	}
	if err != nil {
		return err
	}
	return writeJSON(config, values)
}

// convert replaces the ONNX file of a folder by safetensors, which can be mapped as they are.
func convert(dir string) (err error) {
	m, err := Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	from := m.weights.sources[m.Config.Table().Words+".weight"].path
	if filepath.Ext(from) != ".onnx" {
		return nil
	}
	var tensors []safetensors.Tensor
	for _, spec := range m.Config.Tensors() {
		src := m.weights.sources[spec.Name]
		t, _ := src.file.Tensor(src.name)
		t.Name = spec.Name
		tensors = append(tensors, t)
	}
	if err := safetensors.Write(filepath.Join(m.transformer, "model.safetensors"), tensors, map[string]string{"format": "pt"}); err != nil {
		return err
	}
	if err := os.Remove(from); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be removed", from)
	}
	_ = os.Remove(filepath.Dir(from)) // `onnx`, where nothing else is in it
	return nil
}

// Frame says of a model what its folder lacks: how vectors are made of tokens, and what is put before texts.
type Frame struct {
	Pooling         string  // a pooling mode: cls, mean, max, …; "" leaves the folder's own, which is mean where it has none
	Query, Document *string // prompts; nil leaves the folder's own
}

// write puts the frame into a model's folder.
func (f Frame) write(dir string) error {
	modules := filepath.Join(dir, "modules.json")
	if f.Pooling != "" {
		at := slices.IndexFunc(poolingFlags, func(flag struct{ key, mode string }) bool { return flag.mode == f.Pooling })
		if at < 0 {
			var modes []string
			for _, flag := range poolingFlags {
				modes = append(modes, flag.mode)
			}
			return fault.Usagef("give one of "+strings.Join(modes, ", "), "%q is no way to pool", f.Pooling)
		}
		if isFile(modules) {
			return fault.New(fault.Conflict, "the folder says itself how its vectors are pooled (modules.json)").WithHint("leave --pooling out, or edit a copy of the folder")
		}
		list := []map[string]any{}
		for i, kind := range []string{"Transformer", "Pooling", "Normalize"} {
			path := []string{"", "1_Pooling", "2_Normalize"}[i]
			list = append(list, map[string]any{"idx": i, "name": strconv.Itoa(i), "path": path, "type": "sentence_transformers.models." + kind})
		}
		if err := errors.Join(writeJSON(modules, list), writeJSON(filepath.Join(dir, "1_Pooling", "config.json"), map[string]any{poolingFlags[at].key: true})); err != nil {
			return err
		}
	}
	if f.Query == nil && f.Document == nil {
		return nil
	}
	path := filepath.Join(dir, "config_sentence_transformers.json")
	config := map[string]any{}
	if _, err := readJSON(path, &config); err != nil {
		return err
	}
	prompts, _ := config["prompts"].(map[string]any)
	if prompts == nil {
		prompts = map[string]any{}
	}
	for role, text := range map[string]*string{"query": f.Query, "document": f.Document} {
		if text != nil {
			prompts[role] = *text
		}
	}
	config["prompts"] = prompts
	return writeJSON(path, config)
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "%s", path)
	}
	if err = os.MkdirAll(filepath.Dir(path), 0o750); err == nil {
		err = atomicfile.WriteBytes(path, 0o644, append(text, '\n'))
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", path)
	}
	return nil
}
