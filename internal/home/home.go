// Package home says where things live outside a repository: native libraries, models, adapters, the indexes of
// repositories that cannot hold their own, and caches. It only names and finds; `make setup` fills the folders.
//
//	h, err := home.Resolve(os.Getenv)      // in cmd; nothing below it reads the environment
//	dir, err := h.Model("all-MiniLM-L6-v2")
//	lib, err := h.NativeRuntime("cpu")     // holds libonnxruntime.so
//
// The layout, below LORADEX_HOME or the user's cache folder/loradex:
//
//	native/onnxruntime-<version>-<device>-<digest>/   libonnxruntime.so or .dylib, provider libraries beside it
//	models/<name>/        a model as sentence-transformers saves it
//	adapters/<name>/      one adapter in PEFT layout
//	indexes/<key>/        of URLs, bare and read-only repositories
//	caches/               vectors and chunk lists shared by indexes, summaries of adapters
package home

import (
	"os"
	"path/filepath"
	"runtime"

	"loradex/internal/fault"
)

// Names of the environment variables that Resolve asks for, besides those of the user's cache folder.
const (
	// EnvHome moves everything; it must be absolute.
	EnvHome = "LORADEX_HOME"
	// EnvRuntime names a folder with an ONNX Runtime library to use in place of the installed one, on every device.
	EnvRuntime = "LORADEX_ONNXRUNTIME"
)

// Home is the resolved place. The zero value is not usable; Resolve makes one.
type Home struct {
	Dir     string // absolute; it need not exist
	runtime string // the caller's own runtime folder, or empty
	goos    string // decides the library's file name
}

// Resolve finds the home from an environment, usually [os.Getenv]. It touches no file.
// Invalid: LORADEX_HOME is relative. Unavailable: there is neither LORADEX_HOME nor a user cache folder.
func Resolve(getenv func(string) string) (Home, error) {
	h := Home{Dir: getenv(EnvHome), runtime: getenv(EnvRuntime), goos: runtime.GOOS}
	if h.Dir == "" {
		cache := userCache(h.goos, getenv)
		if cache == "" {
			return Home{}, fault.New(fault.Unavailable, "no place for models and native libraries: the user has no cache folder").
				WithHint("set %s to a folder", EnvHome)
		}
		h.Dir = filepath.Join(cache, "loradex")
	}
	if !filepath.IsAbs(h.Dir) {
		// Relative would mean another home in every working folder.
		return Home{}, fault.New(fault.Invalid, "%s is not absolute: %s", EnvHome, h.Dir).
			WithHint("set %s to an absolute folder", EnvHome)
	}
	h.Dir = filepath.Clean(h.Dir)
	return h, nil
}

// userCache is [os.UserCacheDir] over a given environment, so that tests need not change the process's own.
// scripts/native.sh follows the same rules.
func userCache(goos string, getenv func(string) string) string {
	switch goos {
	case "windows":
		return getenv("LocalAppData")
	case "darwin":
		if home := getenv("HOME"); home != "" {
			return filepath.Join(home, "Library", "Caches")
		}
	default:
		if dir := getenv("XDG_CACHE_HOME"); dir != "" {
			return dir
		}
		if home := getenv("HOME"); home != "" {
			return filepath.Join(home, ".cache")
		}
	}
	return ""
}

// Models is the folder of the installed models.
func (h Home) Models() string { return filepath.Join(h.Dir, "models") }

// Adapters is the adapter library.
func (h Home) Adapters() string { return filepath.Join(h.Dir, "adapters") }

// Indexes holds the indexes of repositories that have no work tree of their own to keep them.
func (h Home) Indexes() string { return filepath.Join(h.Dir, "indexes") }

// Caches holds what can be computed again: vectors by text digest, chunk lists by blob hash, summaries of
// adapters by folder.
func (h Home) Caches() string { return filepath.Join(h.Dir, "caches") }

// isFile reports whether path is a regular file, links followed.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
