package arch

// This file holds the rule about git's list of tracked files: none of them is one that .gitignore leaves out. Such a file
// is committed once by accident, and then changes with every run of what writes it.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/index"
)

// checkTracked reports every tracked file of the work tree root that its .gitignore names. It reads git's index itself,
// without the git program; a folder that is no work tree, such as an unpacked archive, has nothing to report.
func checkTracked(root string) ([]violation, error) {
	names, err := tracked(root)
	if err != nil {
		return nil, err
	}
	ignored, err := readIgnored(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	var violations []violation
	for _, name := range names {
		if ignored.file(name) {
			violations = append(violations, violation{
				File: name, What: "is tracked although .gitignore names it", Fix: "git rm --cached, or another line in .gitignore",
			})
		}
	}
	return violations, nil
}

// tracked lists the files of git's index.
func tracked(root string) ([]string, error) {
	dir := filepath.Join(root, ".git")
	link, err := os.ReadFile(dir) //nolint:gosec // the work tree that the caller names
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err == nil: // made by `git worktree`: the file names the folder
		dir = strings.TrimSpace(strings.TrimPrefix(string(link), "gitdir:"))
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(root, dir)
		}
	}
	f, err := os.Open(filepath.Join(dir, "index")) //nolint:gosec // as above
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing was ever added
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var idx index.Index
	if err := index.NewDecoder(f).Decode(&idx); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	names := make([]string, len(idx.Entries))
	for i, e := range idx.Entries {
		names[i] = e.Name
	}
	return names, nil
}
