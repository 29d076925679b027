package arch

// This file says which files are not part of the tree: hidden folders and what .gitignore leaves out.

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// ignored is the simple half of .gitignore: folder names, `/name/` for the root only, and patterns of file names. Rules
// with `!` or with a path inside are not understood and match nothing, so their files are checked.
type ignored struct {
	rootDirs, dirs, files []string
}

func readIgnored(fsys fs.FS) (ignored, error) {
	var ig ignored
	data, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ig, err
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		name, isDir := strings.CutSuffix(line, "/")
		bare, rooted := strings.CutPrefix(name, "/")
		switch {
		case line == "" || line[0] == '#' || line[0] == '!' || strings.Contains(bare, "/"):
		case isDir && rooted:
			ig.rootDirs = append(ig.rootDirs, bare)
		case isDir:
			ig.dirs = append(ig.dirs, bare)
		case !rooted:
			ig.files = append(ig.files, bare)
		}
	}
	return ig, nil
}

// dir reports whether a folder is left out. Hidden folders are, but for the one with the CI script.
func (ig ignored) dir(name string) bool {
	base := path.Base(name)
	hidden := strings.HasPrefix(base, ".") && name != "." && name != ".ci"
	return hidden || slices.Contains(ig.dirs, base) || slices.Contains(ig.rootDirs, name)
}

func (ig ignored) file(name string) bool {
	return slices.ContainsFunc(ig.files, func(pattern string) bool {
		ok, err := path.Match(pattern, path.Base(name))
		return ok && err == nil
	})
}
