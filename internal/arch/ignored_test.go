package arch

// This file says which files are not part of the tree: hidden folders and what .gitignore leaves out.

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// ignored is what the .gitignore at the root leaves out.
type ignored struct{ gitignore.Matcher }

func readIgnored(fsys fs.FS) (ignored, error) {
	data, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ignored{}, err
	}
	var patterns []gitignore.Pattern
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			patterns = append(patterns, gitignore.ParsePattern(line, nil))
		}
	}
	return ignored{gitignore.NewMatcher(patterns)}, nil
}

// dir reports whether a folder is left out. Hidden folders are, but for the one with the CI script.
func (ig ignored) dir(name string) bool {
	base := path.Base(name)
	hidden := strings.HasPrefix(base, ".") && name != "." && name != ".ci"
	return hidden || ig.Match(strings.Split(name, "/"), true)
}

// file reports whether a file is left out. In a work tree made by `git worktree`, .git is a file that names a folder of
// this machine.
func (ig ignored) file(name string) bool {
	return name == ".git" || ig.Match(strings.Split(name, "/"), false)
}
