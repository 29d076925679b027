package home

import (
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func TestModel(t *testing.T) {
	h := Home{Dir: t.TempDir(), goos: "linux"}
	_, err := h.Model(DefaultModel)
	wantFault(t, err, fault.NotFound, DefaultModel, "run `make setup`")
	_, err = h.Model("other")
	wantFault(t, err, fault.NotFound, "none (run `make setup`)")

	write(t, filepath.Join(h.Models(), "b.model", "config.json"))
	write(t, filepath.Join(h.Models(), "a_model", "config.json"))
	write(t, filepath.Join(h.Models(), "not-one", "README.md"))
	if got, err := h.Model("b.model"); err != nil || got != filepath.Join(h.Models(), "b.model") {
		t.Errorf("by name: %q, %v", got, err)
	}
	_, err = h.Model("not-one")
	wantFault(t, err, fault.NotFound, "a_model, b.model")

	own := t.TempDir()
	_, err = h.Model(own)
	wantFault(t, err, fault.NotFound, own, "a_model, b.model")
	write(t, filepath.Join(own, "sub", "config.json"))
	t.Chdir(own)
	for _, path := range []string{filepath.Join(own, "sub"), "./sub", "sub/"} {
		got, err := h.Model(path)
		if err != nil || !filepath.IsAbs(got) || filepath.Base(got) != "sub" {
			t.Errorf("by path %q: %q, %v", path, got, err)
		}
	}
}

func TestModelNamesStayInTheFolder(t *testing.T) {
	h := Home{Dir: t.TempDir(), goos: "linux"}
	for _, name := range []string{"", ".hidden", "a b", "a\x00b", "a:b", `a\b`, "é", strings.Repeat("a", 129)} {
		_, err := h.Model(name)
		wantFault(t, err, fault.Invalid)
	}
}

// FuzzModel: a name is refused or names one folder directly below the models folder.
func FuzzModel(f *testing.F) {
	for _, s := range []string{"a", "..", "a/../b", ".", "a\x00", "-", "C:x", "all-MiniLM-L6-v2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if isPath(name) || checkName(name) != nil {
			return
		}
		h := Home{Dir: filepath.Join(string(filepath.Separator)+"h", "loradex"), goos: "linux"}
		if dir := filepath.Join(h.Models(), name); filepath.Dir(dir) != h.Models() {
			t.Errorf("%q leads to %s", name, dir)
		}
	})
}
