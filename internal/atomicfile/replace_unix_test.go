//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplaceFilePipe: a pipe stays one, and its reader gets the text.
func TestReplaceFilePipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	read := make(chan error, 1)
	go func() {
		text, err := os.ReadFile(path) //nolint:gosec // the test's own
		if string(text) != "through" {
			err = errors.Join(err, errors.New("read "+string(text)))
		}
		read <- err
	}()
	if err := Replace(path, Content([]byte("through"))); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}
}
