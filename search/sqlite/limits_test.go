//go:build unix

package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite"
)

// childIsLimited indexes under a limit on the size of files until it fails, and says how.
func childIsLimited(dir string) error {
	ctx := context.Background()
	s, err := openIndex(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	const limit = 1 << 20
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	for i := 1000; i < 4000; i++ {
		f := makeFile(fmt.Sprintf("f%d.go", i), 1, 20)
		err := s.PutFiles(ctx, "c", []indexer.File{f})
		if err == nil {
			err = s.PutVectors(ctx, spaceID, vectorsOf(f))
		}
		if err != nil {
			fmt.Printf("%s|%v|%s\n", fault.CodeOf(err), err, fault.HintOf(err))
			// What is there can still be searched, even though nothing can be written.
			hits, err := s.Dense(ctx, spaceID, vectorOf("q"), search.Filter{}, 5, false)
			if err != nil || len(hits) != 5 {
				return fmt.Errorf("search after a full disk: %d hits, %w", len(hits), err)
			}
			return nil
		}
	}
	return fmt.Errorf("no limit was hit")
}

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	fill(t, s, 3, 5)
	must(t, s.Close())
	out, err := child(t, "limited", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := string(out); !strings.HasPrefix(got, "unavailable|disk full: ") || !strings.Contains(got, dir) {
		t.Errorf("the error is %q", got)
	}
	s = open(t, dir, sqlite.Options{})
	defer s.Close() //nolint:errcheck // the test is about something else
	report, err := s.Check(t.Context())
	must(t, err)
	if !report.OK() {
		t.Errorf("after a full disk: %+v", report)
	}
	files, err := s.Files(t.Context())
	must(t, err)
	if _, ok := files["f0.go"]; !ok || len(files) < 4 {
		t.Errorf("%d files are left", len(files))
	}
	fill(t, s, 4, 5) // and there is room again
}

// childReads searches an index in a folder where it may write nothing.
func childReads(dir string) error {
	ctx := context.Background()
	for _, o := range []sqlite.Options{{ReadOnly: true}, {}} {
		s, err := openIndex(ctx, dir, o)
		if err != nil {
			return err
		}
		hits, err := s.Dense(ctx, spaceID, vectorOf("q"), search.Filter{}, 5, false)
		if err != nil || len(hits) != 5 {
			return fmt.Errorf("%+v: %d hits, %w", o, len(hits), err)
		}
		if !s.ReadOnly() {
			return fmt.Errorf("%+v: opened for writing", o)
		}
		err = s.PutFiles(ctx, "c", []indexer.File{makeFile("new.go", 1, 1)})
		if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "read-only") {
			return fmt.Errorf("writing gives %w", err)
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}

// TestReadOnlyFolder runs the search as another user, because nothing is read-only for root.
func TestReadOnlyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	s := open(t, dir, sqlite.Options{})
	fill(t, s, 3, 5)
	must(t, s.Flush(t.Context()))
	must(t, s.Close())
	for _, withFiles := range []bool{true, false} {
		if !withFiles {
			must(t, os.RemoveAll(filepath.Join(dir, "vectors")))
		}
		cmd := child(t, "readonly", dir)
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			openUp(t, filepath.Dir(dir))
			openUp(t, filepath.Dir(os.Args[0]))
		} else {
			must(t, os.Chmod(dir, 0o555))                       //nolint:gosec // a folder
			t.Cleanup(func() { must(t, os.Chmod(dir, 0o755)) }) //nolint:gosec // a folder
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("with vector files %v: %v: %s", withFiles, err, out)
		}
	}
}

// openUp lets other users through the temporary folders above a path.
func openUp(t *testing.T, path string) {
	t.Helper()
	for ; strings.HasPrefix(path, os.TempDir()) && path != os.TempDir(); path = filepath.Dir(path) {
		must(t, os.Chmod(path, 0o755)) //nolint:gosec // a temporary folder of this test
	}
}
