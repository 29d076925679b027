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
		return ModelEntry{}, fault.Prefix(err, "loradex downloads nothing by itself").WithHint("run `make setup`: it installs %s", home.DefaultModel)
	}
	e := describeModel(dir, home.DefaultModel)
	if e.Problem != "" {
		return e, fault.New(fault.Corrupt, "%s is installed and cannot be used: %s", e.Name, e.Problem).
			WithHint("remove %s and run `make setup`", dir)
	}
	return e, nil
}

// PullModel installs the model of a folder under a name, or the folder's own where that is "".
func (s *Session) PullModel(ctx context.Context, src, name string, replace bool) (ModelEntry, error) {
	abs, err := filepath.Abs(src)
	if err != nil {
		return ModelEntry{}, fault.Wrap(fault.Unavailable, err, "%s", src)
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return ModelEntry{}, fault.New(fault.NotFound, "%s is not a folder", src).
			WithHint("give the folder of a model; loradex downloads nothing by itself")
	}
	if name == "" {
		name = modelName(abs)
	}
	target, err := s.newModel(name)
	if err != nil {
		return ModelEntry{}, err
	}
	if err := model.Install(ctx, abs, target, replace); err != nil {
		return ModelEntry{}, err
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

// modelName is what the model of a folder is called: the folder's name or, for a snapshot of Hugging Face's cache
// (models--OWNER--NAME/snapshots/REVISION), that of the repository.
func modelName(dir string) string {
	cached, isSnapshot := filepath.Base(filepath.Dir(filepath.Dir(dir))), filepath.Base(filepath.Dir(dir)) == "snapshots"
	if repository, ok := strings.CutPrefix(cached, "models--"); ok && isSnapshot {
		parts := strings.Split(repository, "--")
		return parts[len(parts)-1]
	}
	return filepath.Base(dir)
}
