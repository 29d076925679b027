package adapterhub

import (
	"errors"
	"os"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/adapters/peft"
	"loradex/adapters/safetensors"
	"loradex/adapters/torchfile"
	"loradex/internal/fault"
)

// Open reads the folder under root; name stands in messages. Tensors stay in the mapped file until they are used, but for
// those that are not fp32, which are converted.
//
// Errors: NotFound without the files, Corrupt for damage and for tensors that contradict the configuration, Unsupported for
// what is valid in AdapterHub but not served here.
func Open(root *os.Root, name string) (*folder.Folder, error) {
	text, err := folder.ReadConfig(root, name)
	if err != nil {
		return nil, err
	}
	c, err := parseConfig(name+"/"+folder.ConfigFile, text)
	if err != nil {
		return nil, err
	}
	decode, weights := safetensors.Format(safetensors.Decode), WeightsFile
	f, err := folder.Open(root, name, weights)
	if fault.CodeOf(err) == fault.NotFound {
		decode, weights = torchfile.Decode, PickleFile
		f, err = folder.Open(root, name, weights)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	path := name + "/" + weights
	file, err := decode.FromFile(f, path)
	if err != nil {
		return nil, err
	}
	updates, err := c.read(file, path)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &folder.Folder{
		Method: c.form.method, BaseModel: c.BaseModel, Updates: updates, Bytes: file.Size(), Targets: c.targets, Close: file.Close,
	}, nil
}

// targets says whether the configuration adapts a site of a model.
func (c *config) targets(s delta.Site) bool {
	path, point, _ := strings.Cut(s.Path, "@")
	p, ok := placeOf(path)
	return ok && point == c.method.point() && c.method.adapts(p)
}

// formerNames are the holders of older versions (loading.py, legacy_weights_mapping).
var formerNames = strings.NewReplacer(
	".attention_text_task_adapters.", ".adapters.", ".attention_text_lang_adapters.", ".adapters.",
	".layer_text_task_adapters.", ".adapters.", ".layer_text_lang_adapters.", ".adapters.",
)

// read sorts the tensors by place and makes updates of them.
func (c *config) read(file *safetensors.File, path string) (map[string]delta.Update, error) {
	modules := map[string]*module{}
	for _, name := range file.Names() {
		key, part, ok := strings.Cut(formerNames.Replace(name), "."+c.form.holder+"."+c.name+".")
		dimensions, known := c.form.parts[part]
		_, site := peft.Normalise(key)
		p, placed := placeOf(site)
		if !ok || !known || !placed {
			return nil, fault.New(fault.Unsupported, "%s: tensor %.160q is no part of a %s that is known", path, name, c.form.method)
		}
		if !c.method.adapts(p) {
			// The library would drop these tensors; a user would think that they act.
			return nil, fault.New(fault.Corrupt, "%s: tensor %.160q is at a place that the configuration leaves out", path, name)
		}
		m := modules[site]
		if m == nil {
			m = &module{file: path, place: p, tensors: map[string]tensor{}}
			modules[site] = m
		}
		if _, twice := m.tensors[part]; twice {
			return nil, m.corrupt("has two tensors " + part)
		}
		values, shape, err := file.Float32(name)
		if err != nil {
			return nil, err
		}
		if len(shape) != dimensions || len(values) == 0 {
			return nil, fault.New(fault.Corrupt, "%s: tensor %.160q has shape %v, not %d dimensions", path, name, shape, dimensions)
		}
		m.tensors[part] = tensor{shape, values}
	}
	if len(modules) == 0 {
		return nil, fault.New(fault.Invalid, "%s: no tensor of adapter %q", path, c.name)
	}
	updates := map[string]delta.Update{}
	for _, m := range modules {
		u, err := c.method.read(m)
		if err != nil {
			return nil, err
		}
		if why := u.Malformed(); why != "" {
			return nil, m.corrupt(why)
		}
		updates[u.Site] = u
	}
	return updates, nil
}
