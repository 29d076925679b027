package indexer

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"loradex/internal/fault"
)

func TestLocateAndFind(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	home, root := filepath.Join(base, "home"), filepath.Join(base, "work", "tree")
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(Place{Root: deep}, home); fault.CodeOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), "loradex index") {
		t.Errorf("no index yet: %v", err)
	}
	dir, err := Locate(Place{Root: root}, home)
	if err != nil || dir != filepath.Join(root, ".loradex") {
		t.Fatalf("%s %v", dir, err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, ".gitignore")); string(data) != "*\n" {
		t.Errorf("ignore file: %q %v", data, err)
	}
	if again, err := Locate(Place{Root: root}, home); again != dir || err != nil {
		t.Errorf("again: %s %v", again, err)
	}
	if found, err := Find(Place{Root: deep}, home); found != dir || err != nil {
		t.Errorf("upwards: %s %v", found, err)
	}

	linked := filepath.Join(base, "linked")
	if err := errors.Join(os.Mkdir(linked, 0o750), os.Symlink(base, filepath.Join(linked, ".loradex"))); err != nil {
		t.Fatal(err)
	}
	if _, err := Locate(Place{Root: linked}, home); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a link for an index folder: %v", err)
	}

	bare := filepath.Join(base, "some.git")
	if err := os.Mkdir(bare, 0o750); err != nil {
		t.Fatal(err)
	}
	bareDir, err := Locate(Place{Root: bare, Bare: true}, home)
	if err != nil || filepath.Dir(bareDir) != filepath.Join(home, "indexes") || !strings.HasPrefix(filepath.Base(bareDir), "some-") {
		t.Errorf("bare: %s %v", bareDir, err)
	}
	if found, err := Find(Place{Root: bare}, home); found != bareDir || err != nil {
		t.Errorf("bare found: %s %v", found, err)
	}
	url := Place{Root: "/cache/x", URL: "https://example.com/a/b.git", Bare: true}
	urlDir, err := Locate(url, home)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := Find(Place{URL: url.URL}, home); found != urlDir || err != nil {
		t.Errorf("URL: %s %v", found, err)
	}
	if _, err := Find(Place{URL: "https://example.com/other"}, home); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown URL: %v", err)
	}
	if _, err := Locate(url, ""); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("without a home: %v", err)
	}
	// A home that is called .loradex is not an index of the folder around it.
	user := filepath.Join(base, "user")
	if err := os.MkdirAll(filepath.Join(user, ".loradex"), 0o750); err != nil {
		t.Fatal(err)
	}
	if found, err := Find(Place{Root: user}, filepath.Join(user, ".loradex")); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("the home was taken for an index: %s %v", found, err)
	}
}

func TestLocateReadOnly(t *testing.T) {
	for err, want := range map[error]bool{
		fs.ErrPermission: true, syscall.EROFS: true, syscall.EACCES: true, syscall.ENOSPC: false,
		fs.ErrNotExist: false,
	} {
		if got := isReadOnly(&fs.PathError{Op: "mkdir", Path: "x", Err: err}); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
	if os.Getuid() == 0 {
		t.Skip("nothing is read-only for root")
	}
	root, home := t.TempDir(), t.TempDir()
	if err := os.Chmod(root, 0o500); err != nil { //nolint:gosec // a folder needs its x
		t.Fatal(err)
	}
	dir, err := Locate(Place{Root: root}, home)
	if err != nil || !strings.HasPrefix(dir, home) {
		t.Errorf("%s %v", dir, err)
	}
	if found, err := Find(Place{Root: root}, home); found != dir || err != nil {
		t.Errorf("%s %v", found, err)
	}
}

func TestFolderName(t *testing.T) {
	seen := map[string]string{}
	for _, id := range []string{
		"https://example.com/a/b.git", "https://example.com/a/b", "/x/../..", "git@h:a/b", "", "///",
		"/srv/" + strings.Repeat("x", 300), "/srv/-rf", "/srv/größe",
	} {
		name := FolderName(id)
		if !filepath.IsLocal(name) || strings.ContainsAny(name, `/\:.`) || strings.HasPrefix(name, "-") || len(name) > 64 {
			t.Errorf("%q gives %q", id, name)
		}
		if other, ok := seen[name]; ok {
			t.Errorf("%q and %q share %q", id, other, name)
		}
		seen[name] = id
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir)
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("second lock: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = Lock(dir)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

// TestLockOfDeadProcess kills a process that holds the lock: the test binary itself, started again.
func TestLockOfDeadProcess(t *testing.T) {
	const key = "LORADEX_TEST_LOCK"
	if dir := os.Getenv(key); dir != "" {
		if _, err := Lock(dir); err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("locked\n")
		select {} // until killed
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockOfDeadProcess$") //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), key+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	if n, err := out.Read(buf); err != nil || !strings.HasPrefix(string(buf[:n]), "locked") {
		t.Fatalf("%q %v", buf[:n], err)
	}
	_, err = Lock(dir)
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), strconv.Itoa(cmd.Process.Pid)) {
		t.Errorf("while it lives: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatal(err)
	}
	release, err := Lock(dir)
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}
