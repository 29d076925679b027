package home

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
)

// env makes a getenv out of pairs.
func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(key string) string { return m[key] }
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantFault(t *testing.T, err error, code fault.Code, text ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", code)
	}
	if got := fault.CodeOf(err); got != code {
		t.Errorf("code is %s, want %s (%v)", got, code, err)
	}
	for _, s := range text {
		if !strings.Contains(err.Error()+" / "+fault.HintOf(err), s) {
			t.Errorf("error %q with hint %q lacks %q", err, fault.HintOf(err), s)
		}
	}
}

func TestResolve(t *testing.T) {
	root := t.TempDir() // an absolute path on every system
	h, err := Resolve(env(EnvHome, filepath.Join(root, "x", "..", "h")))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"":         h.Dir,
		"models":   h.Models(),
		"adapters": h.Adapters(),
		"indexes":  h.Indexes(),
		"caches":   h.Caches(),
	}
	for name, got := range want {
		if w := filepath.Join(root, "h", name); got != w {
			t.Errorf("%q is %s, want %s", name, got, w)
		}
	}
	if _, err := os.Stat(h.Dir); !os.IsNotExist(err) {
		t.Errorf("Resolve made the folder: %v", err)
	}

	_, err = Resolve(env(EnvHome, "relative"))
	wantFault(t, err, fault.Invalid, "relative", EnvHome)
	_, err = Resolve(env())
	wantFault(t, err, fault.Unavailable, EnvHome)
}

func TestUserCache(t *testing.T) {
	join := filepath.Join
	tests := []struct {
		goos string
		env  func(string) string
		want string
	}{
		{"linux", env("HOME", "/h"), join("/h", ".cache")},
		{"linux", env("HOME", "/h", "XDG_CACHE_HOME", "/c"), "/c"},
		{"linux", env("XDG_CACHE_HOME", "/c"), "/c"},
		{"linux", env(), ""},
		{"darwin", env("HOME", "/h", "XDG_CACHE_HOME", "/c"), join("/h", "Library", "Caches")},
		{"darwin", env(), ""},
		{"windows", env("LocalAppData", `C:\c`), `C:\c`},
	}
	for _, tt := range tests {
		if got := userCache(tt.goos, tt.env); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.goos, got, tt.want)
		}
	}
}

// TestResolveAgreesWithOS keeps userCache in step with the standard library on the system that runs the test.
func TestResolveAgreesWithOS(t *testing.T) {
	want, err := os.UserCacheDir()
	if err != nil {
		t.Skip("this user has no cache folder:", err)
	}
	h, err := Resolve(func(key string) string {
		if key == EnvHome {
			return ""
		}
		return os.Getenv(key)
	})
	if err != nil || h.Dir != filepath.Join(want, "loradex") {
		t.Errorf("%q, %v, want a folder in %q", h.Dir, err, want)
	}
}
