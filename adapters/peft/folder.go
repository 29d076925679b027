package peft

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// opened is an open PEFT folder.
type opened struct {
	folder.Folder
	config *config
	prefix string // what was stripped from the paths of layers that the configuration targets
	file   *safetensors.File
}

// Open reads the folder under root; name stands in messages. Only the header of the weights is read; the tensors
// stay in the mapped file until they are used, but for those that are not F32, which are converted.
//
// Errors: NotFound without the files, Corrupt for damage and for tensors that contradict the configuration,
// Unsupported for what is valid in PEFT but not served here.
func Open(root *os.Root, name string) (*folder.Folder, error) {
	d, err := openFolder(root, name)
	if err != nil {
		return nil, err
	}
	return &d.Folder, nil
}

func openFolder(root *os.Root, name string) (*opened, error) {
	text, err := folder.ReadConfig(root, name)
	if err != nil {
		return nil, err
	}
	config, err := parseConfig(name+"/"+ConfigFile, text)
	if err != nil {
		return nil, err
	}
	path := name + "/" + WeightsFile
	f, err := folder.Open(root, name, WeightsFile)
	if err != nil {
		if _, statErr := root.Stat(PickleFile); statErr == nil && fault.CodeOf(err) == fault.NotFound {
			err := Pickled()
			err.Message = name + ": " + err.Message
			return nil, err
		}
		return nil, err
	}
	defer f.Close()
	file, err := safetensors.Format(safetensors.Decode).FromFile(f, path)
	if err != nil {
		return nil, err
	}
	d := &opened{config: config, file: file, Folder: folder.Folder{
		Method: config.method(), BaseModel: config.BaseModel, RSLoRA: config.RSLoRA,
		Updates: map[string]delta.Update{}, Bytes: file.Size(), Close: file.Close,
	}}
	d.Targets = func(s delta.Site) bool { return s.Kind == config.format.kind && config.targets(d.prefix+s.Path) }
	if err := d.read(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return d, nil
}

// Pickled is the error for an adapter whose weights are a pickle.
func Pickled() *fault.Error {
	return fault.New(fault.Unsupported, "weights are in %s, a pickle file, which is not read for adapters", PickleFile).
		WithHint("load it with PEFT and save it with save_pretrained(dir, safe_serialization=True)")
}

// read sorts the tensors into layers and has the format make updates of those.
func (d *opened) read(path string) error {
	layers := map[string]*layer{}
	var named *string               // the adapter of the keys, "" where they name none
	prefixOf := map[string]string{} // of each module, for finding two keys of one module
	shared := map[string]tensor{}
	for _, name := range d.file.Names() {
		if slices.Contains(d.config.format.shared, name) {
			all := &layer{file: path, module: name, tensors: shared}
			if err := d.add(all, name, &part{name: name, dims: 2}); err != nil {
				return err
			}
			continue
		}
		key, p, adapter := splitKey(name, d.config.format.parts)
		if d.isHead(key, p) {
			continue
		}
		if p == nil {
			return unknownTensor(path, name)
		}
		if p.name != bias { // which PEFT keeps beside the adapters
			if named != nil && *named != adapter {
				return fault.New(fault.Unsupported, "%s: tensors of two adapters, %q and %q", path, *named, adapter).
					WithHint("save one with PEFT's save_pretrained(dir, selected_adapters=[NAME])")
			}
			named = &adapter
		}
		prefix, module := Normalise(key)
		if old, ok := prefixOf[module]; ok && old != prefix {
			return fault.New(fault.Corrupt, "%s: %q and %q are the same layer", path, old+module, key)
		}
		prefixOf[module] = prefix
		if layers[module] == nil {
			layers[module] = &layer{file: path, module: module, key: key, tensors: map[string]tensor{}, shared: shared}
		}
		if err := d.add(layers[module], name, p); err != nil {
			return err
		}
	}
	if len(layers) == 0 {
		return fault.New(fault.Invalid, "%s: no tensor of an adapter", path).WithHint("was the adapter saved with PEFT's save_pretrained?")
	}
	first := true
	for module, l := range layers {
		u, err := d.config.read(d.config, l)
		if err != nil {
			return err
		}
		d.Updates[module] = u
		if !d.config.targets(l.key) {
			continue
		}
		if !first && prefixOf[module] != d.prefix {
			return fault.New(fault.Unsupported, "%s: layers of two models (prefixes %q and %q) in one file", path, d.prefix, prefixOf[module])
		}
		first, d.prefix = false, prefixOf[module]
	}
	return nil
}

// isHead says whether a tensor belongs to a task head that is saved beside the LoRA and never run here:
// one that modules_to_save lists, or a bias that `bias: all` saved with the rest.
func (d *opened) isHead(key string, p *part) bool {
	if d.config.toIgnore.match(key) {
		return true
	}
	_, module := Normalise(key)
	first, _, _ := strings.Cut(module, ".")
	for _, h := range heads {
		if p != nil && p.name == bias && d.config.Bias == BiasAll && first == h {
			return true
		}
	}
	return false
}

// add puts a tensor into its layer.
func (d *opened) add(l *layer, name string, p *part) error {
	if l.at(p.name) != nil {
		return fault.New(fault.Corrupt, "%s: layer %s has two %s, the second is %q", l.file, l.module, p.many, name)
	}
	if t, _ := d.file.Tensor(name); len(t.Shape) != p.dims {
		return fault.New(fault.Unsupported, "%s: tensor %q has shape %v; only linear layers can be adapted", l.file, name, t.Shape)
	}
	values, shape, err := d.file.Float32(name)
	if err != nil {
		return err
	}
	if len(values) == 0 {
		return fault.New(fault.Corrupt, "%s: tensor %q is empty", l.file, name)
	}
	l.tensors[p.name] = tensor{shape, values}
	return nil
}

func unknownTensor(path, name string) error {
	why := "it is no part of an adapter of this type"
	for _, k := range []struct{ part, why string }{
		{"lora_embedding_", "it adapts an embedding table"},
		{"lora_B.bias", "it is a bias of the low-rank branch (lora_bias)"},
	} {
		if strings.Contains(name, k.part) {
			why = k.why
		}
	}
	return fault.New(fault.Unsupported, "%s: tensor %q: %s, which is not supported", path, fmt.Sprintf("%.120s", name), why)
}
