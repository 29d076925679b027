package model

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"loradex/internal/fault"
)

// maxTextFile bounds every file that is read whole. The largest known tokenizer.json has 17 MB, a sharded index 1 MB.
const maxTextFile = 256 << 20

// readFile reads a whole regular file of at most limit bytes. found is false where there is none.
func readFile(path string, limit int64) (data []byte, found bool, err error) {
	f, err := os.Open(path) //nolint:gosec // opening what the caller names is the purpose
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fault.Wrap(fault.Unavailable, err, "%s: cannot be opened", path)
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, false, fault.Wrap(fault.Unavailable, err, "%s: cannot be read", path)
	}
	if !info.Mode().IsRegular() {
		return nil, false, fault.New(fault.Invalid, "%s: is not a regular file", path)
	}
	if info.Size() > limit {
		return nil, false, fault.New(fault.Invalid, "%s: has %d bytes; at most %d are read", path, info.Size(), limit)
	}
	data, err = io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return nil, false, fault.Wrap(fault.Unavailable, err, "%s: cannot be read", path)
	}
	return data, true, nil
}

// readJSON decodes a JSON file into v. found is false, and v untouched, where there is none.
func readJSON(path string, v any) (found bool, err error) {
	data, found, err := readFile(path, maxTextFile)
	if err != nil || !found {
		return found, err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return true, fault.Wrap(fault.Corrupt, err, "%s: is not the JSON that is expected", path)
	}
	return true, nil
}

// isFile tells whether path is there; a directory of that name does not count.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// subfolder joins a relative path that a file of the folder names. It never leaves the folder.
func subfolder(dir, name, namedBy string) (string, error) {
	if name == "" || name == "." {
		return dir, nil
	}
	clean := filepath.FromSlash(strings.TrimSuffix(name, "/"))
	if !filepath.IsLocal(clean) || strings.Contains(name, "\\") {
		return "", fault.New(fault.Invalid, "%s: path %q leaves the model's folder", namedBy, name)
	}
	return filepath.Join(dir, clean), nil
}

// isPointer tells whether a file is a Git LFS pointer.
func isPointer(path string) bool {
	const start = "version https://git-lfs"
	f, err := os.Open(path) //nolint:gosec // as above
	if err != nil {
		return false // opening it again says why
	}
	defer func() { _ = f.Close() }() // nothing was written
	head := make([]byte, len(start))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == start
}
