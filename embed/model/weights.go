package model

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"loradex/adapters/safetensors"
	"loradex/adapters/torchfile"
	"loradex/embed/arch"
	"loradex/embed/onnxfile"
	"loradex/internal/fault"
)

// source says where a canonical name is stored.
type source struct {
	file *safetensors.File
	path string // of the file, for messages
	name string // as stored
}

// weights maps canonical names to the weight files of one model.
type weights struct {
	files   []*safetensors.File
	sources map[string]source
}

// Weight file names, in the order in which they are looked for.
var weightFiles = []struct {
	name          string
	sharded, onnx bool
	format        safetensors.Format
}{
	{name: "model.safetensors", format: safetensors.Decode},
	{name: "model.safetensors.index.json", sharded: true, format: safetensors.Decode},
	{name: "pytorch_model.bin", format: torchfile.Decode},
	{name: "pytorch_model.bin.index.json", sharded: true, format: torchfile.Decode},
	{name: onnxWeights, onnx: true, format: onnxfile.Decode},
	{name: hubONNX, onnx: true, format: onnxfile.Decode},
}

// openWeights opens the first kind of weight file that the folder has, and maps its names.
func openWeights(dir string, c arch.Config) (*weights, error) {
	for _, kind := range weightFiles {
		path := filepath.Join(dir, kind.name)
		if !isFile(path) {
			continue
		}
		w := &weights{sources: map[string]source{}}
		var err error
		if kind.sharded {
			err = w.addShards(dir, path, kind.format)
		} else {
			err = w.addFile(path, nil, kind.format)
		}
		if err == nil {
			err = w.canonicalise(path, c.Table().Words+".weight")
		}
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
		return w, nil
	}
	return nil, noWeights(dir + ":")
}

// noWeights is the error for a folder, or a repository, without weights.
func noWeights(where string) error {
	return fault.New(fault.NotFound, "%s no weights", where).
		WithHint("the folder needs model.safetensors or pytorch_model.bin (sharded ones with their .index.json), or model.onnx")
}

// addFile opens one weight file and adds its names; with want, exactly those.
func (w *weights) addFile(path string, want []string, format safetensors.Format) error {
	if isPointer(path) { // a clone without LFS leaves it in place of the weights; it is no damaged file
		return fault.New(fault.Corrupt, "%s: is a Git LFS pointer, not the weights", path).
			WithHint("run `git lfs pull` in the model's folder")
	}
	f, err := format.Open(path)
	if err != nil {
		return err
	}
	w.files = append(w.files, f)
	if want == nil {
		want = f.Names()
	}
	for _, name := range want {
		if _, ok := f.Tensor(name); !ok {
			return fault.New(fault.Corrupt, "%s: tensor %q is not there, but the index says so", path, name)
		}
		w.sources[name] = source{file: f, path: path, name: name}
	}
	return nil
}

// maxShards is far above the hundred or so shards of the largest published models.
const maxShards = 4096

// addShards opens the files that an index names. Their names come from outside: only plain names of files beside the
// index are taken.
func (w *weights) addShards(dir, index string, format safetensors.Format) error {
	var raw struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if _, err := readJSON(index, &raw); err != nil {
		return err
	}
	if len(raw.WeightMap) == 0 {
		return fault.New(fault.Corrupt, "%s: weight_map is empty", index)
	}
	shards := map[string][]string{}
	for tensor, file := range raw.WeightMap {
		shards[file] = append(shards[file], tensor)
	}
	if len(shards) > maxShards {
		return fault.New(fault.Invalid, "%s: names %d files; at most %d are read", index, len(shards), maxShards)
	}
	files := make([]string, 0, len(shards))
	for file := range shards {
		if strings.ContainsAny(file, `/\`) || !filepath.IsLocal(file) || file == "." {
			return fault.New(fault.Invalid, "%s: shard %q is not the name of a file beside it", index, file)
		}
		files = append(files, file)
	}
	slices.Sort(files) // the error, if any, is the same every time
	for _, file := range files {
		path := filepath.Join(dir, file)
		if !isFile(path) {
			return fault.New(fault.NotFound, "%s: no such file, but %s names it", path, filepath.Base(index)).
				WithHint("download the missing shard")
		}
		slices.Sort(shards[file])
		if err := w.addFile(path, shards[file], format); err != nil {
			return err
		}
	}
	return nil
}

// canonicalise strips the prefix that a head model puts before the encoder's names ("bert.", "roberta.", "0.auto_model.")
// and maps the names of the first TensorFlow exports. The prefix is found, not listed: it is what stands before the word
// embeddings. Tensors without it (heads) keep their names.
func (w *weights) canonicalise(path, words string) error {
	var prefixes []string
	for name := range w.sources {
		if prefix, ok := strings.CutSuffix(name, words); ok && (prefix == "" || strings.HasSuffix(prefix, ".")) {
			prefixes = append(prefixes, prefix)
		}
	}
	slices.Sort(prefixes)
	switch {
	case len(prefixes) == 0:
		return fault.New(fault.Corrupt, "%s: tensor %q is missing", path, words)
	case len(prefixes) > 1 && prefixes[0] != "":
		return fault.New(fault.Unsupported, "%s: holds several encoders (%q); one is expected", path, prefixes)
	}
	prefix := prefixes[0]
	byName := make(map[string]source, len(w.sources))
	for name, src := range w.sources {
		canonical := strings.TrimPrefix(name, prefix)
		canonical = replaceSuffix(canonical, "LayerNorm.gamma", "LayerNorm.weight")
		canonical = replaceSuffix(canonical, "LayerNorm.beta", "LayerNorm.bias")
		if other, twice := byName[canonical]; twice {
			if !strings.HasPrefix(name, prefix) { // a head's tensor never hides one of the encoder
				continue
			}
			if strings.HasPrefix(other.name, prefix) {
				return fault.New(fault.Corrupt, "%s: tensors %q and %q are the same one", path, other.name, name)
			}
		}
		byName[canonical] = src
	}
	w.sources = byName
	return nil
}

func replaceSuffix(s, old, with string) string {
	if head, ok := strings.CutSuffix(s, old); ok {
		return head + with
	}
	return s
}

// check compares every tensor of the graph with the configuration, so that nothing later can meet a wrong size.
func (w *weights) check(c arch.Config, q *Int8Settings) error {
	for _, spec := range c.Tensors() {
		if _, rounded := q.layer(spec.Name); rounded {
			continue // [readInt8] checks it
		}
		src, ok := w.sources[spec.Name]
		if !ok {
			return fault.New(fault.Corrupt, "%s: tensor %q is missing", w.sources[c.Table().Words+".weight"].path, spec.Name)
		}
		t, _ := src.file.Tensor(src.name)
		if !slices.Equal(t.Shape, spec.Shape) {
			return fault.New(fault.Corrupt, "%s: tensor %q has shape %s, config.json wants %s",
				src.path, src.name, shapeText(t.Shape), shapeText(spec.Shape))
		}
		switch t.DType { //nolint:exhaustive // the others are not floats that weights come in
		case safetensors.F32, safetensors.F16, safetensors.BF16, safetensors.F64:
		default:
			return fault.New(fault.Unsupported, "%s: tensor %q is %s; want F32, F16 or BF16", src.path, src.name, t.DType)
		}
	}
	return nil
}

// close unmaps all files.
func (w *weights) close() error {
	var errs []error
	for _, f := range w.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
