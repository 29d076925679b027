package main

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
	must(t, os.Symlink(file, link))
	for _, path := range []string{file, link} {
		must(t, replaceFile(path, contentOf([]byte("as "+filepath.Base(path)))))
		if text, err := os.ReadFile(file); err != nil || string(text) != "as "+filepath.Base(path) { //nolint:gosec // the test's own
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	err := replaceFile(filepath.Join(dir, "none", "file"), contentOf(nil))
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.HintOf(err), "a folder that exists") {
		t.Errorf("no folder: %v", err)
	}
	if err = replaceFile(dir, contentOf(nil)); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a folder: %v", err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}
