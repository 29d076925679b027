package model

// This file copies model folders. Installing one is: copy to a temporary folder, check, rename.

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"loradex/internal/fault"
)

// Bounds of a model folder: they keep a wrong argument, such as a home folder, from being copied for hours.
const (
	maxModelFiles = 2000
	maxModelBytes = 64 << 30
)

// InstallOptions say how a model is installed.
type InstallOptions struct {
	Replace bool  // what is there may be replaced, in one step
	Frame   Frame // what the folder itself lacks
}

// Install copies a model to dst, once it is known to open. src is a folder, or an ONNX file with a tokenizer beside it; weights of an
// ONNX file are installed as safetensors. Conflict where there is something and it may not be replaced.
func Install(ctx context.Context, src, dst string, o InstallOptions) (err error) {
	_, there := os.Stat(dst)
	if there == nil && !o.Replace {
		return fault.New(fault.Conflict, "a model %q is installed already", filepath.Base(dst)).WithHint("give --replace, or another --name")
	}
	if !IsONNX(src) {
		if err := Check(src); err != nil {
			return err
		}
	}
	folder := filepath.Dir(dst)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the models folder cannot be made")
	}
	tmp, err := os.MkdirTemp(folder, ".pull-*")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the models folder cannot be written")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	made := filepath.Join(tmp, filepath.Base(dst))
	if err := assemble(ctx, src, made, o.Frame); err != nil {
		return err
	}
	if there == nil {
		if err := os.Rename(dst, filepath.Join(tmp, "replaced")); err != nil {
			return fault.Wrap(fault.Unavailable, err, "model %s cannot be replaced", filepath.Base(dst))
		}
	}
	if err := os.Rename(made, dst); err != nil {
		return fault.Wrap(fault.Unavailable, err, "model %s cannot be put in place", filepath.Base(dst))
	}
	return nil
}

// assemble makes the folder that is installed, and opens it.
func assemble(ctx context.Context, src, dir string, frame Frame) error {
	var err error
	if IsONNX(src) {
		if err = gather(src, dir); err == nil {
			err = describe(dir)
		}
	} else {
		err = copyModel(ctx, src, dir)
	}
	if err == nil {
		err = frame.write(dir)
	}
	if err == nil {
		err = convert(dir)
	}
	if err != nil {
		return err
	}
	return Check(dir)
}

// Check makes sure that a folder opens as a model.
func Check(dir string) error {
	m, err := Open(dir)
	if err != nil {
		return err
	}
	return m.Close()
}

// CopyFrame copies what makes the folder a model besides its weights (configuration, tokenizer, pooling) to dir, which
// must exist, and returns the folder below it that weights belong into. A model with other weights is made of it.
func (m *Model) CopyFrame(dir string) (weights string, err error) {
	rel, err := filepath.Rel(m.Dir, m.transformer)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fault.New(fault.Internal, "%s does not lie in %s", m.transformer, m.Dir)
	}
	return filepath.Join(dir, rel), walkModel(m.Dir, func(sub string, _ fs.FileInfo) error {
		if ext := filepath.Ext(sub); ext != ".json" && ext != ".txt" || strings.HasSuffix(sub, ".index.json") {
			return nil // an index names shards of the old weights
		}
		return copyFile(m.Dir, dir, sub, 0o755, 0o644)
	})
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
		return copyFile(src, dst, rel, 0o750, 0o640)
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

// copyFile copies a file of a folder to the same place in another one.
func copyFile(src, dst, rel string, dirMode, mode fs.FileMode) error {
	to := filepath.Join(dst, rel)
	err := os.MkdirAll(filepath.Dir(to), dirMode)
	if err == nil {
		err = copyBytes(filepath.Join(src, rel), to, mode)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "copying %s", rel)
	}
	return nil
}

func copyBytes(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from) //nolint:gosec // a folder that the user named
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // in a folder of ours
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// Bytes sums the files of a model folder.
func Bytes(dir string) (int64, error) {
	var n int64
	err := walkModel(dir, func(_ string, info fs.FileInfo) error { n += info.Size(); return nil })
	return n, err
}
