package adapterhub

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/peft"
	"loradex/adapters/safetensors"
	"loradex/adapters/torchfile"
	"loradex/internal/fault"
)

// Folder is an open folder of AdapterHub.
type Folder struct {
	Config  *Config
	Updates map[string]delta.Update // by site
	Bytes   int64                   // of the weights file
	file    weights
}

// weights is a file of tensors, of either kind.
type weights interface {
	Names() []string
	Float32(name string) ([]float32, []int, error)
	Size() int64
	Close() error
}

// Open reads the folder under root; name stands in messages. Tensors stay in the mapped file until they are used, but for
// those that are not fp32, which are converted.
//
// Errors: NotFound without the files, Corrupt for damage and for tensors that contradict the configuration, Unsupported for
// what is valid in AdapterHub but not served here.
func Open(root *os.Root, name string) (*Folder, error) {
	f, err := openFile(root, name, ConfigFile)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s/%s: cannot read", name, ConfigFile)
	}
	config, err := ParseConfig(name+"/"+ConfigFile, text)
	if err != nil {
		return nil, err
	}
	file, path, err := openWeights(root, name)
	if err != nil {
		return nil, err
	}
	d := &Folder{Config: config, Updates: map[string]delta.Update{}, Bytes: file.Size(), file: file}
	if err := d.read(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return d, nil
}

// Close unmaps the weights; the updates' slices are invalid afterwards.
func (d *Folder) Close() error { return d.file.Close() }

// Targets says whether the configuration adapts a site of a model.
func (d *Folder) Targets(s delta.Site) bool {
	path, point, _ := strings.Cut(s.Path, "@")
	p, ok := placeOf(path)
	return ok && point == d.Config.method.point() && d.Config.method.adapts(p)
}

func openFile(root *os.Root, name, file string) (*os.File, error) {
	f, err := root.Open(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(fault.NotFound, err, "%s: no %s", name, file)
	case err != nil:
		// os.Root reports a link that leaves the folder without a sentinel, so the hint covers both causes.
		return nil, fault.Wrap(fault.Unavailable, err, "%s/%s: cannot open", name, file).
			WithHint("the file must be readable and must not be a link out of the folder; copy the folder with `cp -rL`")
	}
	return f, nil
}

// openWeights opens the file of tensors that the folder has.
func openWeights(root *os.Root, name string) (weights, string, error) {
	f, err := openFile(root, name, WeightsFile)
	pickle := fault.CodeOf(err) == fault.NotFound
	if pickle {
		f, err = openFile(root, name, PickleFile)
	}
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	if pickle {
		path := name + "/" + PickleFile
		file, err := torchfile.FromFile(f, path)
		return file, path, err
	}
	path := name + "/" + WeightsFile
	file, err := safetensors.FromFile(f, path)
	return file, path, err
}

// formerNames are the holders of older versions (loading.py, legacy_weights_mapping).
var formerNames = strings.NewReplacer(
	".attention_text_task_adapters.", ".adapters.", ".attention_text_lang_adapters.", ".adapters.",
	".layer_text_task_adapters.", ".adapters.", ".layer_text_lang_adapters.", ".adapters.",
)

// read sorts the tensors by place and makes updates of them.
func (d *Folder) read(path string) error {
	c := d.Config
	modules := map[string]*module{}
	for _, name := range d.file.Names() {
		key, part, ok := strings.Cut(formerNames.Replace(name), "."+c.form.holder+"."+c.name+".")
		dimensions, known := c.form.parts[part]
		_, site := peft.Normalise(key)
		p, placed := placeOf(site)
		if !ok || !known || !placed {
			return fault.New(fault.Unsupported, "%s: tensor %.160q is no part of a %s that is known", path, name, c.Method)
		}
		if !c.method.adapts(p) {
			// The library would drop these tensors; a user would think that they act.
			return fault.New(fault.Corrupt, "%s: tensor %.160q is at a place that the configuration leaves out", path, name)
		}
		m := modules[site]
		if m == nil {
			m = &module{file: path, place: p, tensors: map[string]tensor{}}
			modules[site] = m
		}
		if _, twice := m.tensors[part]; twice {
			return m.corrupt("has two tensors " + part)
		}
		values, shape, err := d.file.Float32(name)
		if err != nil {
			return err
		}
		if len(shape) != dimensions || len(values) == 0 {
			return fault.New(fault.Corrupt, "%s: tensor %.160q has shape %v, not %d dimensions", path, name, shape, dimensions)
		}
		m.tensors[part] = tensor{shape, values}
	}
	if len(modules) == 0 {
		return fault.New(fault.Invalid, "%s: no tensor of adapter %q", path, c.name)
	}
	for _, m := range modules {
		u, err := c.method.read(m)
		if err != nil {
			return err
		}
		if why := u.Malformed(); why != "" {
			return m.corrupt(why)
		}
		d.Updates[u.Site] = u
	}
	return nil
}
