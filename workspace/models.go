package workspace

// This file says which models are installed, and installs one.

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"loradex/embed/model"
	"loradex/internal/fault"
	"loradex/internal/home"
)

// ModelEntry is an installed model.
type ModelEntry struct {
	Name       string `json:"name"`
	Dir        string `json:"dir"`
	Default    bool   `json:"default"` // used without --model
	Family     string `json:"family,omitempty"`
	Dimensions int    `json:"dimensions,omitempty"`
	Layers     int    `json:"layers,omitempty"`
	MaxTokens  int    `json:"max_tokens,omitempty"`
	Pooling    string `json:"pooling,omitempty"`
	Bytes      int64  `json:"bytes"`
	Digest     string `json:"digest,omitempty"`  // of configuration and weights
	Twin       string `json:"twin,omitempty"`    // of a model in integers: the one in floats that it was made of
	Problem    string `json:"problem,omitempty"` // why it cannot be used; other fields may then be empty
}

// Models lists the installed models.
func (s *Session) Models() []ModelEntry {
	list := []ModelEntry{}
	for _, name := range s.Home.InstalledModels() {
		e := describeModel(filepath.Join(s.Home.Models(), name), name)
		e.Default = name == s.ModelName()
		list = append(list, e)
	}
	return list
}

// describeModel opens a model to say what it is. A broken one is listed with its problem.
func describeModel(dir, name string) ModelEntry {
	e := ModelEntry{Name: name, Dir: dir}
	var err error
	if e.Bytes, err = model.Bytes(dir); err != nil {
		e.Problem = err.Error()
		return e
	}
	m, err := model.Open(dir)
	if err != nil {
		e.Problem = err.Error()
		return e
	}
	defer m.Close() //nolint:errcheck // unmapping what was only read
	e.Family, e.Dimensions, e.Layers = m.Config.Family, m.Config.HiddenSize, m.Config.Layers
	e.MaxTokens, e.Pooling, e.Digest = m.MaxTokens, m.Pooling.Mode, m.BaseDigest()
	if m.Quantized != nil {
		e.Twin = m.Quantized.Twin.Name
	}
	return e
}

// DefaultModel is the model that set-up installs, where it is there.
func (s *Session) DefaultModel() (ModelEntry, error) {
	dir, err := s.Home.Model(home.DefaultModel)
	if err != nil {
		return ModelEntry{}, fault.Prefix(err, "the default model comes with set-up").WithHint("run `make setup`: it installs %s; or name a folder or OWNER/NAME of the hub", home.DefaultModel)
	}
	e := describeModel(dir, home.DefaultModel)
	if e.Problem != "" {
		return e, fault.New(fault.Corrupt, "%s is installed and cannot be used: %s", e.Name, e.Problem).
			WithHint("remove %s and run `make setup`", dir)
	}
	return e, nil
}

// Pull says what model is installed, and how.
type Pull struct {
	Source  string // a folder, an ONNX file, or OWNER/NAME[@REVISION] of the hub
	Name    string // what it is called; "" is its own name
	Offline bool   // of the hub only what its cache holds is taken
	model.InstallOptions
}

// PullModel installs a model.
func (s *Session) PullModel(ctx context.Context, p Pull) (ModelEntry, error) {
	src, err := s.located(ctx, p.Source, p.Offline, model.Needed)
	if err != nil {
		return ModelEntry{}, err
	}
	abs, err := filepath.Abs(src)
	if err != nil {
		return ModelEntry{}, fault.Wrap(fault.Unavailable, err, "%s", src)
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() && !model.IsONNX(abs) {
		return ModelEntry{}, fault.New(fault.NotFound, "%s is neither a folder nor an ONNX file", src).
			WithHint("give the folder of a model, a file NAME.onnx, or OWNER/NAME of the Hugging Face hub")
	}
	name := p.Name
	if name == "" {
		name = modelName(abs)
	}
	target, err := s.newModel(name)
	if err != nil {
		return ModelEntry{}, err
	}
	if err := model.Install(ctx, abs, target, p.InstallOptions); err != nil {
		return ModelEntry{}, err
	}
	if p.Frame.Pooling == "" {
		if _, err := os.Stat(filepath.Join(target, "modules.json")); err != nil {
			s.Note("nothing says how %s makes a vector of its tokens: it is their mean; give --pooling where it was trained with another way", name)
		}
	}
	return describeModel(target, name), nil
}

// newModel is the folder of a model that is to be installed.
func (s *Session) newModel(name string) (string, error) {
	target := filepath.Join(s.Home.Models(), name)
	// The home decides what a name is; that a good one is not installed yet is what is wanted.
	if _, err := s.Home.Model(name); fault.CodeOf(err) == fault.Invalid || filepath.Dir(target) != s.Home.Models() {
		return "", fault.Usagef("give a name of letters, digits, `.`, `_` and `-`", "%q is not a model name", name)
	}
	return target, nil
}

// modelName is what a model is called: the name of its folder or ONNX file or, for a snapshot of Hugging Face's cache
// (models--OWNER--NAME/snapshots/REVISION), that of the repository.
func modelName(dir string) string {
	cached, isSnapshot := filepath.Base(filepath.Dir(filepath.Dir(dir))), filepath.Base(filepath.Dir(dir)) == "snapshots"
	if repository, ok := strings.CutPrefix(cached, "models--"); ok && isSnapshot {
		parts := strings.Split(repository, "--")
		return parts[len(parts)-1]
	}
	name := strings.TrimSuffix(filepath.Base(dir), ".onnx")
	if name == "model" && name+".onnx" == filepath.Base(dir) { // as it is called everywhere: the folder has the name
		if dir = filepath.Dir(dir); filepath.Base(dir) == "onnx" {
			dir = filepath.Dir(dir)
		}
		name = filepath.Base(dir)
	}
	return name
}
