package main

// This file installs a model folder: copy to a temporary folder, check, rename.

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"loradex/embed/model"
	"loradex/internal/fault"
)

// Bounds of a model folder: they keep a wrong argument, such as a home folder, from being copied for hours.
const (
	maxModelFiles = 2000
	maxModelBytes = 64 << 30
)

// pullModel copies src below the models folder.
func (a *app) pullModel(ctx context.Context, src, name string, replace bool) (err error) {
	abs, err := filepath.Abs(src)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s", src)
	}
	if !isDir(abs) {
		return fault.New(fault.NotFound, "%s is not a folder", src).
			WithHint("give the folder of a model; loradex downloads nothing by itself")
	}
	if name == "" {
		name = filepath.Base(abs)
	}
	target := filepath.Join(a.Home.Models(), name)
	// The home decides what a name is; that a good one is not installed yet is what is wanted.
	_, known := a.Home.Model(name)
	if hasCode(known, fault.Invalid) || filepath.Dir(target) != a.Home.Models() {
		return usage(fault.New(fault.Invalid, "%q is not a model name", name).WithHint("give --name with letters, digits, `.`, `_` and `-`"))
	}
	if known == nil && !replace {
		return fault.New(fault.Conflict, "a model %q is installed already", name).WithHint("give --replace, or another --name")
	}
	if err := checkModel(abs); err != nil {
		return err
	}
	if err := os.MkdirAll(a.Home.Models(), 0o750); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the models folder cannot be made")
	}
	tmp, err := os.MkdirTemp(a.Home.Models(), ".pull-*")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the models folder cannot be written")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	copied := filepath.Join(tmp, name)
	if err := copyModel(ctx, abs, copied); err != nil {
		return err
	}
	if err := checkModel(copied); err != nil {
		return err
	}
	if known == nil {
		if err := os.Rename(target, filepath.Join(tmp, "replaced")); err != nil {
			return fault.Wrap(fault.Unavailable, err, "model %s cannot be replaced", name)
		}
	}
	if err := os.Rename(copied, target); err != nil {
		return fault.Wrap(fault.Unavailable, err, "model %s cannot be put in place", name)
	}
	return a.showPulled(describeModel(target, name), "installed")
}

// checkModel makes sure that a folder opens as a model.
func checkModel(dir string) error {
	m, err := model.Open(dir)
	if err != nil {
		return err
	}
	return m.Close()
}

// copyModel copies regular files, links followed: caches of models are made of links.
func copyModel(ctx context.Context, src, dst string) error {
	files, total := 0, int64(0)
	return walkModel(src, func(rel string, info fs.FileInfo) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		files, total = files+1, total+info.Size()
		if files > maxModelFiles || total > maxModelBytes {
			return fault.New(fault.Invalid, "%s has more than %d files or %d GB: that is no model", src, maxModelFiles, maxModelBytes>>30)
		}
		to := filepath.Join(dst, rel)
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return fault.Wrap(fault.Unavailable, err, "copying %s", rel)
		}
		if err := copyFile(filepath.Join(src, rel), to); err != nil {
			return fault.Wrap(fault.Unavailable, err, "copying %s", rel)
		}
		return nil
	})
}

// walkModel visits the regular files of a folder and its subfolders. Hidden ones are left out, and linked folders below it.
func walkModel(dir string, visit func(rel string, info fs.FileInfo) error) error {
	// Over os.DirFS, so that a link to the folder itself is followed.
	return fs.WalkDir(os.DirFS(dir), ".", func(rel string, d fs.DirEntry, err error) error {
		if err != nil {
			return fault.Wrap(fault.Unavailable, err, "reading %s", dir)
		}
		if rel != "." && d.Name()[0] == '.' {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(filepath.Join(dir, rel)) // follows links
		if err != nil {
			return fault.Wrap(fault.Unavailable, err, "reading %s", dir)
		}
		if !info.Mode().IsRegular() {
			return nil
		}
		return visit(rel, info)
	})
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from) //nolint:gosec // a folder that the user named
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640) //nolint:gosec // in our own temporary folder
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// folderBytes sums the files of a model folder.
func folderBytes(dir string) (int64, error) {
	var n int64
	err := walkModel(dir, func(_ string, info fs.FileInfo) error { n += info.Size(); return nil })
	return n, err
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
