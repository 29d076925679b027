package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func write(text string, err error) func(io.Writer) error {
	return func(w io.Writer) error {
		_, werr := io.WriteString(w, text)
		return errors.Join(werr, err)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	stop := errors.New("stop")
	for _, tt := range []struct {
		text string
		fail error
		want string
	}{{"one", nil, "one"}, {"two", nil, "two"}, {"half of thr", stop, "two"}} {
		if err := Write(path, 0o640, write(tt.text, tt.fail)); !errors.Is(err, tt.fail) {
			t.Errorf("%q: %v", tt.text, err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != tt.want {
			t.Errorf("after %q: %q, %v", tt.text, got, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("temporary files stay: %v, %v", entries, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestWriteErrors(t *testing.T) {
	dir := t.TempDir()
	if err := Write(filepath.Join(dir, "none", "f"), 0o600, write("x", nil)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	// A folder is in the way of the rename: the temporary file must go all the same.
	if err := os.MkdirAll(filepath.Join(dir, "f", "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "f"), 0o600, write("x", nil)); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("temporary files stay: %v, %v", entries, err)
	}
}
