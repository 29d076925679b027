package home

// This file finds a model by name or by path.

import (
	"os"
	"path/filepath"
	"strings"

	"loradex/internal/fault"
	"loradex/internal/nearest"
)

// DefaultModel is the name of the base model that `make setup` installs.
const DefaultModel = "all-MiniLM-L6-v2"

// configFile is what makes a folder a model.
const configFile = "config.json"

// Model returns the folder of a model. With a path separator in it (or as "." or ".."), or when absolute, nameOrPath is
// a path to a folder; else it is the name of a folder below [Home.Models]. Names never leave that folder.
// Invalid: the name is malformed. NotFound: no such folder, or no config.json in it; it lists the installed models.
func (h Home) Model(nameOrPath string) (string, error) {
	if isPath(nameOrPath) {
		dir, err := filepath.Abs(nameOrPath)
		if err != nil {
			return "", fault.Wrap(fault.Unavailable, err, "model %s", nameOrPath)
		}
		if !isFile(filepath.Join(dir, configFile)) {
			return "", fault.New(fault.NotFound, "%s is not a model folder: it has no %s", nameOrPath, configFile).
				WithHint("give a folder as sentence-transformers saves it, or the name of an installed model: %s", h.known())
		}
		return dir, nil
	}
	if err := checkName(nameOrPath); err != nil {
		return "", err
	}
	dir := filepath.Join(h.Models(), nameOrPath)
	if !isFile(filepath.Join(dir, configFile)) {
		return "", fault.New(fault.NotFound, "model %q is not installed", nameOrPath).WithHint("%s", h.modelHint(nameOrPath))
	}
	return dir, nil
}

// InstalledModels lists the names of the installed models, sorted. A home without a models folder has none.
func (h Home) InstalledModels() []string {
	entries, err := os.ReadDir(h.Models()) // sorted
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if isFile(filepath.Join(h.Models(), entry.Name(), configFile)) {
			names = append(names, entry.Name())
		}
	}
	return names
}

// isPath tells a path from a name: a name has no separator.
func isPath(s string) bool {
	return filepath.IsAbs(s) || s == "." || s == ".." || strings.ContainsRune(s, '/') || strings.ContainsRune(s, filepath.Separator)
}

// checkName refuses names that could mean anything but one folder: hidden ones, drive letters, control characters.
func checkName(name string) error {
	bad := name == "" || len(name) > 128 || strings.HasPrefix(name, ".")
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		bad = bad || !letter && !strings.ContainsRune("._-", r)
	}
	if bad {
		return fault.New(fault.Invalid, "%q is not a model name", name).
			WithHint("a name has letters, digits, `.`, `_` and `-` and starts with no dot; a path has a `/`")
	}
	return nil
}

func (h Home) modelHint(name string) string {
	if name == DefaultModel {
		return "run `make setup`"
	}
	return nearest.Hint(name, h.InstalledModels(), "installed models: "+h.known()+"; or give a path to a model folder")
}

func (h Home) known() string {
	if names := h.InstalledModels(); len(names) > 0 {
		return strings.Join(names, ", ")
	}
	return "none (run `make setup`)"
}
