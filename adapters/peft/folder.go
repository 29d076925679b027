package peft

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// Site is what the file holds for one layer: a low-rank update, a bias, or both.
// A and B may alias the mapped file: never write to them.
type Site struct {
	Module        string    // path in the encoder, wrappers stripped
	Key           string    // path as PEFT saw it: what the configuration's patterns match
	In, Out, Rank int       // In and Rank are 0 for a bias alone
	A             []float32 // [Rank, In]
	B             []float32 // [Out, Rank]
	Scale         float64
	Bias          []float32 // [Out], whole; nil where the file has none
	Magnitude     []float32 // [Out], DoRA's; nil for LoRA
}

// Folder is an open PEFT folder.
type Folder struct {
	Config *Config
	Sites  map[string]*Site // by Site.Module
	Prefix string           // what was stripped from the paths of layers that have a LoRA
	Bytes  int64            // of the weights file
	file   *safetensors.File
}

// Open reads the folder under root; name stands in messages. Only the header of the weights is read; the tensors
// stay in the mapped file until they are used, but for those that are not F32, which are converted.
//
// Errors: NotFound without the files, Corrupt for damage and for tensors that contradict the configuration,
// Unsupported for what is valid in PEFT but not served here.
func Open(root *os.Root, name string) (*Folder, error) {
	text, err := ReadConfig(root, name)
	if err != nil {
		return nil, err
	}
	config, err := ParseConfig(name+"/"+ConfigFile, text)
	if err != nil {
		return nil, err
	}
	path := name + "/" + WeightsFile
	f, err := root.Open(WeightsFile)
	if err != nil {
		return nil, openError(root, err, name, WeightsFile)
	}
	defer f.Close()
	file, err := safetensors.FromFile(f, path)
	if err != nil {
		return nil, err
	}
	d := &Folder{Config: config, Sites: map[string]*Site{}, Bytes: file.Size(), file: file}
	if err := d.read(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return d, nil
}

// Close unmaps the weights; the sites' slices are invalid afterwards.
func (d *Folder) Close() error { return d.file.Close() }

// ReadConfig returns the bytes of a folder's adapter_config.json.
func ReadConfig(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(ConfigFile)
	if err != nil {
		return nil, openError(root, err, name, ConfigFile)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s/%s: cannot read", name, ConfigFile)
	}
	return text, nil
}

func openError(root *os.Root, err error, name, file string) error {
	if !errors.Is(err, fs.ErrNotExist) {
		// os.Root reports a link that leaves the folder without a sentinel, so the hint covers both causes.
		return fault.Wrap(fault.Unavailable, err, "%s/%s: cannot open", name, file).
			WithHint("the file must be readable and must not be a link out of the folder; copy the folder with `cp -rL`")
	}
	if _, statErr := root.Stat(pickleFile); file == WeightsFile && statErr == nil {
		return fault.New(fault.Unsupported, "%s: weights are in %s, a pickle file, which is not read for adapters", name, pickleFile).
			WithHint("load it with PEFT and save it with save_pretrained(dir, safe_serialization=True)")
	}
	return fault.Wrap(fault.NotFound, err, "%s: no %s", name, file)
}

// read sorts the tensors into sites and checks them against each other and the configuration.
func (d *Folder) read(path string) error {
	prefixOf := map[string]string{} // of each module, for finding two keys of one module
	for _, name := range d.file.Names() {
		key, p := splitKey(name)
		if d.isHead(key, p) {
			continue
		}
		if p == partUnknown {
			return unknownTensor(path, name)
		}
		prefix, module := Normalise(key)
		if old, ok := prefixOf[module]; ok && old != prefix {
			return fault.New(fault.Corrupt, "%s: %q and %q are the same layer", path, old+module, key)
		}
		prefixOf[module] = prefix
		site := d.Sites[module]
		if site == nil {
			site = &Site{Module: module, Key: key}
			d.Sites[module] = site
		}
		if err := d.add(path, name, site, p); err != nil {
			return err
		}
	}
	if len(d.Sites) == 0 {
		return fault.New(fault.Invalid, "%s: no tensor of a LoRA", path).WithHint("was the adapter saved with PEFT's save_pretrained?")
	}
	first := true
	for _, site := range d.Sites {
		if err := d.finish(path, site); err != nil {
			return err
		}
		if site.Rank == 0 {
			continue
		}
		if !first && prefixOf[site.Module] != d.Prefix {
			return fault.New(fault.Unsupported, "%s: layers of two models (prefixes %q and %q) in one file", path, d.Prefix, prefixOf[site.Module])
		}
		first, d.Prefix = false, prefixOf[site.Module]
	}
	return nil
}

// isHead says whether a tensor belongs to a task head that is saved beside the LoRA and never run here:
// one that modules_to_save lists, or a bias that `bias: all` saved with the rest.
func (d *Folder) isHead(key string, p part) bool {
	if d.Config.toIgnore.match(key) {
		return true
	}
	_, module := Normalise(key)
	first, _, _ := strings.Cut(module, ".")
	for _, h := range heads {
		if p == partBias && d.Config.Bias == BiasAll && first == h {
			return true
		}
	}
	return false
}

func (d *Folder) add(path, name string, site *Site, p part) error {
	want := 2
	switch p {
	case partMagnitude:
		want = 1
		if site.Magnitude != nil {
			return fault.New(fault.Corrupt, "%s: layer %s has two magnitude vectors", path, site.Module)
		}
	case partBias:
		want = 1
		if d.Config.Bias == BiasNone {
			return fault.New(fault.Corrupt, "%s: tensor %q is a bias, but field bias is none", path, name)
		}
		if site.Bias != nil {
			return fault.New(fault.Corrupt, "%s: layer %s has two biases", path, site.Module)
		}
	}
	if t, _ := d.file.Tensor(name); len(t.Shape) != want {
		return fault.New(fault.Unsupported, "%s: tensor %q has shape %v; only linear layers can be adapted", path, name, t.Shape)
	}
	values, shape, err := d.file.Float32(name)
	if err != nil {
		return err
	}
	if len(values) == 0 {
		return fault.New(fault.Corrupt, "%s: tensor %q is empty", path, name)
	}
	// A's rows and B's columns are both the rank; a difference is noticed by whichever comes second.
	setRank := func(r int) error {
		if site.Rank != 0 && site.Rank != r {
			return fault.New(fault.Corrupt, "%s: layer %s: lora_A has %d rows, lora_B another number of columns", path, site.Module, min(r, site.Rank))
		}
		site.Rank = r
		return nil
	}
	setOut := func(out int) error {
		if site.Out != 0 && site.Out != out {
			return fault.New(fault.Corrupt, "%s: layer %s: lora_B, bias and lora_magnitude_vector have different lengths, %d and %d", path, site.Module, site.Out, out)
		}
		site.Out = out
		return nil
	}
	switch p {
	case partA:
		site.A, site.In = values, shape[1]
		return setRank(shape[0])
	case partB:
		site.B = values
		return errors.Join(setRank(shape[1]), setOut(shape[0]))
	case partMagnitude:
		site.Magnitude = values
		return setOut(shape[0])
	default:
		site.Bias = values
		return setOut(shape[0])
	}
}

// finish checks a whole site against the configuration and sets its scale.
func (d *Folder) finish(path string, site *Site) error {
	if (site.A == nil) != (site.B == nil) {
		return fault.New(fault.Corrupt, "%s: layer %s has lora_A or lora_B, not both", path, site.Module)
	}
	if err := d.checkMagnitude(path, site); err != nil {
		return err
	}
	targeted := d.Config.Targets(site.Key)
	if site.A == nil {
		if d.Config.Bias == BiasLoraOnly {
			return fault.New(fault.Corrupt, "%s: layer %s has a bias and no LoRA, but field bias is lora_only", path, site.Module)
		}
		return nil
	}
	if !targeted {
		// PEFT would drop these tensors with a warning; a user would think that they act.
		return fault.New(fault.Corrupt, "%s: layer %s has a LoRA, but field target_modules (or exclude_modules, layers_to_transform) leaves it out", path, site.Key)
	}
	if r := d.Config.Rank(site.Key); r != site.Rank {
		return fault.New(fault.Corrupt, "%s: layer %s has rank %d, but fields r and rank_pattern give %d", path, site.Key, site.Rank, r)
	}
	site.Scale = d.Config.Scale(site.Key)
	return nil
}

// checkMagnitude compares the field use_dora with the tensors. A LoRA that is read without its magnitudes, or a DoRA with
// them missing, would give other vectors.
func (d *Folder) checkMagnitude(path string, site *Site) error {
	switch {
	case site.Magnitude != nil && !d.Config.DoRA:
		return fault.New(fault.Corrupt, "%s: layer %s has a lora_magnitude_vector, but field use_dora is off", path, site.Module)
	case site.Magnitude != nil && site.A == nil:
		return fault.New(fault.Corrupt, "%s: layer %s has a lora_magnitude_vector and no LoRA", path, site.Module)
	case site.Magnitude == nil && site.A != nil && d.Config.DoRA:
		return fault.New(fault.Corrupt, "%s: field use_dora is on, but layer %s has no lora_magnitude_vector", path, site.Module)
	}
	return nil
}

func unknownTensor(path, name string) error {
	why := "it is no part of a LoRA"
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
