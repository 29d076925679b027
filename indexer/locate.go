package indexer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"loradex/internal/fault"
)

// This file knows where indexes lie: in .loradex/ at the top of a work tree, or in HOME/indexes/ for URLs, bare
// repositories and work trees that cannot be written. HOME is $LORADEX_HOME; the caller passes it.

// FolderOf is the name of the index folder in a work tree.
const FolderOf = ".loradex"

// Place is what the place of an index depends on.
type Place struct {
	Root string // absolute top of the work tree, or the folder of a bare repository
	URL  string // cleaned URL, "" for local repositories
	Bare bool
}

// Locate makes the folder for a repository's index, if need be, and returns it. In a work tree that is .loradex, with a
// .gitignore of "*" so that git never sees it.
func Locate(p Place, home string) (string, error) {
	if p.URL == "" && !p.Bare {
		dir := filepath.Join(p.Root, FolderOf)
		if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
			// A link would let a repository choose where we write.
			return "", fault.New(fault.Conflict, "%s is not a folder", dir).WithHint("move it away")
		}
		err := makeIgnored(dir)
		if err == nil {
			return dir, nil
		}
		if !isReadOnly(err) {
			return "", fault.Wrap(fault.Unavailable, err, "the index folder %s cannot be made", dir)
		}
	}
	dir, err := homeFolder(p, home)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "the index folder %s cannot be made", dir)
	}
	return dir, nil
}

// LocateShared makes a folder for an index that several repositories share, if need be. Conflict where it holds other
// things: an index does not mix with them.
func LocateShared(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "%s is not a path", dir)
	}
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fault.Wrap(fault.Unavailable, err, "the index folder %s cannot be read", dir)
	}
	if len(list) > 0 && !isShared(dir) {
		return "", fault.New(fault.Conflict, "%s is not empty, and no index", dir).WithHint("name a new folder")
	}
	if err := makeIgnored(dir); err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "the index folder %s cannot be made", dir)
	}
	return dir, nil
}

// FindShared returns the folder of an existing index that several repositories share. NotFound where there is none.
func FindShared(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "%s is not a path", dir)
	}
	if !isShared(abs) {
		return "", fault.New(fault.NotFound, "%s is not an index", dir).WithHint("run `loradex index PATH --index %s`", dir)
	}
	return abs, nil
}

// isShared tells whether a folder is one that an index was made in: its lock file stays.
func isShared(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, lockFile))
	return err == nil && info.Mode().IsRegular()
}

// Find returns the folder of an existing index: for a URL its folder under home; for a path the nearest one upwards,
// where each folder may have its own .loradex or, as a bare or read-only repository, a folder under home.
// NotFound where there is none.
func Find(p Place, home string) (string, error) {
	missing := func(what string) error {
		return fault.New(fault.NotFound, "%s has no index", what).WithHint("run `loradex index %s`", what)
	}
	if p.URL != "" {
		dir, err := homeFolder(p, home)
		if err != nil {
			return "", err
		}
		if !isFolder(dir) {
			return "", missing(p.URL)
		}
		return dir, nil
	}
	start, err := filepath.Abs(p.Root)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "%s is not a path", p.Root)
	}
	if resolved, err := filepath.EvalSymlinks(start); err == nil {
		start = resolved
	}
	for at := start; ; at = filepath.Dir(at) {
		candidates := []string{filepath.Join(at, FolderOf)}
		if home != "" {
			dir, err := homeFolder(Place{Root: at}, home)
			if err != nil {
				return "", err
			}
			candidates = append(candidates, dir)
		}
		for _, dir := range candidates {
			if isFolder(dir) && !sameFolder(dir, home) {
				return dir, nil
			}
		}
		if at == filepath.Dir(at) {
			return "", missing(start)
		}
	}
}

// FindAt returns the folder of an existing index of just this repository; "" where there is none.
func FindAt(p Place, home string) string {
	var candidates []string
	if p.URL == "" && !p.Bare {
		candidates = append(candidates, filepath.Join(p.Root, FolderOf))
	}
	if dir, err := homeFolder(p, home); err == nil {
		candidates = append(candidates, dir)
	}
	for _, dir := range candidates {
		if isFolder(dir) && !sameFolder(dir, home) {
			return dir
		}
	}
	return ""
}

func homeFolder(p Place, home string) (string, error) {
	if home == "" {
		return "", fault.New(fault.Invalid, "no home folder is set for the index of %s", p.Root+p.URL).
			WithHint("set LORADEX_HOME")
	}
	name := p.URL
	if name == "" {
		name = p.Root
	}
	return filepath.Join(home, "indexes", FolderName(name)), nil
}

// makeIgnored makes a folder that git ignores, or completes one that an interrupted run left without its ignore file.
func makeIgnored(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(ignore); err == nil {
		return probeWritable(dir)
	}
	return os.WriteFile(ignore, []byte("*\n"), 0o644) //nolint:gosec // git of other users reads it too
}

// probeWritable makes sure that files can be made in dir: an index in a tree that became read-only is of no use.
func probeWritable(dir string) error {
	file, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// isReadOnly tells whether an error says that a place cannot be written, rather than that something is broken.
func isReadOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// sameFolder tells whether two paths name one folder: a home of ~/.loradex is not an index of the home folder.
func sameFolder(a, b string) bool {
	if b == "" {
		return false
	}
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

// FolderName turns a path or URL into a folder name that is safe everywhere: its last part, for people, and a digest.
func FolderName(id string) string {
	sum := sha256.Sum256([]byte(id))
	last := strings.TrimSuffix(strings.TrimRight(filepath.ToSlash(id), "/"), ".git")
	last = last[strings.LastIndexAny(last, "/:")+1:]
	var name strings.Builder
	for _, c := range strings.ToLower(last) {
		if name.Len() >= 40 {
			break
		}
		if (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && name.Len() > 0) {
			name.WriteRune(c)
		}
	}
	if name.Len() == 0 {
		name.WriteString("repo")
	}
	return name.String() + "-" + hex.EncodeToString(sum[:8])
}
