package adapters

// This file opens the files of a folder that is added.

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"loradex/adapters/adapterhub"
	"loradex/adapters/folder"
	"loradex/adapters/peft"
	"loradex/internal/fault"
)

// source is a folder that is added. Links lead to files of that folder; or, in a snapshot of Hugging Face's cache, whose files are
// links to ../../blobs, to files of the cached repository, `models--OWNER--NAME`. All others are refused by os.Root.
type source struct {
	dir    string   // in messages
	root   *os.Root // the folder
	within *os.Root // what links may lead to: the folder, or the cached repository
	under  string   // the folder's place in within
}

func openSource(dir string) (*source, error) {
	root, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &source{dir: dir, root: root, within: root}
	cache, under := snapshotOf(dir)
	if cache == "" {
		return s, nil
	}
	if s.within, err = openFolder(cache); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	s.under = under
	return s, nil
}

func (s *source) close() {
	_ = s.root.Close() // it was read
	_ = s.within.Close()
}

// open opens a file of the folder.
func (s *source) open(name string) (*os.File, error) {
	f, err := s.within.Open(path.Join(s.under, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, folder.Unreadable(err, s.dir, name)
	}
	return f, err
}

// snapshotOf takes the path of a folder in a snapshot of Hugging Face's cache apart: …/models--OWNER--NAME and snapshots/REVISION/….
// It is "" for any other folder.
func snapshotOf(dir string) (cache, under string) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return "", ""
	}
	parts := strings.Split(filepath.ToSlash(abs), "/")
	for at, part := range slices.Backward(parts) {
		if strings.HasPrefix(part, "models--") && len(parts) > at+2 && parts[at+1] == "snapshots" {
			return filepath.FromSlash(strings.Join(parts[:at+1], "/")), strings.Join(parts[at+1:], "/")
		}
	}
	return "", ""
}

// Needed chooses of the files of a repository those that [Library.Add] takes: configuration, weights, card and description. Errors: NotFound
// where they are no adapter's, Unsupported where the weights are in a format that is not read.
func Needed(files []string) ([]string, error) {
	var out []string
	take := func(names ...string) bool { // the first that is there
		for _, name := range names {
			if slices.Contains(files, name) {
				out = append(out, name)
				return true
			}
		}
		return false
	}
	switch {
	case !take(folder.ConfigFile):
		return nil, fault.New(fault.NotFound, "it has no %s", folder.ConfigFile).WithHint("name the repository of an adapter of PEFT or AdapterHub")
	case take(peft.WeightsFile, adapterhub.WeightsFile, adapterhub.PickleFile):
	case slices.Contains(files, peft.PickleFile):
		return nil, peft.Pickled()
	default:
		return nil, fault.New(fault.NotFound, "it has no %s", peft.WeightsFile).WithHint("name the repository of an adapter of PEFT or AdapterHub")
	}
	take(CardFile)
	take("README.md")
	return out, nil
}

// notHere adds to the error for a folder without a configuration where one lies inside.
func notHere(err error, dir string) error {
	if fault.CodeOf(err) != fault.NotFound {
		return err
	}
	if inside := folder.Inside(dir, folder.ConfigFile, peft.WeightsFile, adapterhub.WeightsFile, adapterhub.PickleFile); inside != "" {
		return fault.Wrap(fault.NotFound, err, "%s is no folder of an adapter", dir).WithHint("the newest adapter in it is %s: name that folder", inside)
	}
	return err
}
