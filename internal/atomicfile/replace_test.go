package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link} {
		if err := Replace(path, Content([]byte("as "+filepath.Base(path)))); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != "as "+filepath.Base(path) { //nolint:gosec // the test's own
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	err := Replace(filepath.Join(dir, "none", "file"), Content(nil))
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.HintOf(err), "a folder that exists") {
		t.Errorf("no folder: %v", err)
	}
	if err = Replace(dir, Content(nil)); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a folder: %v", err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}
