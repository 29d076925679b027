//go:build unix

package scripts_test

// This file tests scripts/setup.sh without a network: made-up wheels in a folder, a lock that pins them, and a static
// library with nothing but the symbol that the binding refers to.

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// setup is one clone with its own home and wheels.
type setup struct {
	t                    *testing.T
	root, home, wheels   string
	tokenizers           string
	runtimeSum, modelSum string
}

// platformTags are the wheel platforms that the made-up lock names.
var platformTags = map[string]string{
	"linux/amd64": "manylinux_2_28_x86_64", "linux/arm64": "manylinux_2_28_aarch64", "darwin/arm64": "macosx_14_0_arm64",
}

func newSetup(t *testing.T) *setup {
	t.Helper()
	if testing.Short() {
		t.Skip("runs pip several times")
	}
	tag := platformTags[runtime.GOOS+"/"+runtime.GOARCH]
	if tag == "" {
		t.Skip("set-up has no wheels for this platform")
	}
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import pip").Run(); err != nil {
		t.Skip("needs python3 with pip:", err)
	}
	s := &setup{t: t, root: t.TempDir(), home: filepath.Join(t.TempDir(), "home"), wheels: t.TempDir()}
	for _, name := range []string{"setup.sh", "native.sh"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s.write(filepath.Join(s.root, "scripts", name), data)
	}
	s.write(filepath.Join(s.root, "go.mod"), []byte("module loradex\n\ngo 1.26.0\n\nrequire (\n\tgithub.com/daulet/tokenizers v1.27.0\n)\n"))
	s.write(filepath.Join(s.root, "native", "tokenizers.Cargo.lock"), []byte("version = 4\n"))
	library := "libonnxruntime.so.1.0.0"
	if runtime.GOOS == "darwin" {
		library = "libonnxruntime.1.0.0.dylib"
	}
	s.runtimeSum = s.wheel("onnxruntime", "cp311-cp311-"+tag, map[string]string{
		"onnxruntime/capi/" + library:                         "library",
		"onnxruntime/capi/libonnxruntime_providers_shared.so": "provider",
		"onnxruntime/capi/onnxruntime_pybind11_state.so":      "of Python",
		"onnxruntime/LICENSE":                                 "licence",
		"onnxruntime/ThirdPartyNotices.txt":                   "notices",
	})
	s.modelSum = s.wheel("some_model", "py3-none-any", map[string]string{
		"some_model/model/model.safetensors": "weights",
		"some_model/model/tokenizer.json":    "{}",
		"some_model/model/config.json":       "{}",
		"some_model/__init__.py":             "raise SystemExit('no Python of a wheel may run')",
	})
	s.lock(s.runtimeSum, s.modelSum)
	s.tokenizers = s.library("tokenizers_version_1_26_0")
	return s
}

func (s *setup) write(path string, data []byte) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		s.t.Fatal(err)
	}
}

func (s *setup) lock(runtimeSum, modelSum string) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	s.write(filepath.Join(s.root, "native", "wheels.lock"), fmt.Appendf(nil,
		"# a comment\nonnxruntime-cpu %s onnxruntime 1.0.0 311 %s %s\nmodel any some-model 1.0.0 311 any %s\n",
		platform, platformTags[platform], runtimeSum, modelSum))
}

// wheel makes a wheel that pip accepts and returns its SHA-256.
func (s *setup) wheel(name, tag string, files map[string]string) string {
	s.t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	info := name + "-1.0.0.dist-info/"
	files[info+"METADATA"] = "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0.0\n"
	files[info+"WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: " + tag + "\n"
	files[info+"RECORD"] = ""
	for file, text := range files {
		f, err := w.Create(file)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.write(filepath.Join(s.wheels, name+"-1.0.0-"+tag+".whl"), buf.Bytes())
	return fmt.Sprintf("%x", sha256.Sum256(buf.Bytes()))
}

// library compiles a static library with one function.
func (s *setup) library(symbol string) string {
	s.t.Helper()
	dir := s.t.TempDir()
	s.write(filepath.Join(dir, "x.c"), []byte("void "+symbol+"(void) {}\n"))
	for _, args := range [][]string{{"cc", "-c", "x.c", "-o", "x.o"}, {"ar", "rc", "libtokenizers.a", "x.o"}} {
		cmd := exec.CommandContext(s.t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			s.t.Skipf("needs a C compiler: %v: %s", err, out)
		}
	}
	return filepath.Join(dir, "libtokenizers.a")
}

func (s *setup) command(env ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), "bash", filepath.Join(s.root, "scripts", "setup.sh"))
	cmd.Env = append(os.Environ(), "LORADEX_HOME="+s.home, "LORADEX_WHEELS="+s.wheels, "TOKENIZERS_LIB="+s.tokenizers, "DEVICE=cpu", "PYTHON=", "MODEL=")
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// run runs set-up and returns its output; it must pass or fail as told.
func (s *setup) run(pass bool, env ...string) string {
	s.t.Helper()
	out, err := s.command(env...).CombinedOutput()
	if (err == nil) != pass {
		s.t.Fatalf("set-up: %v\n%s", err, out)
	}
	return string(out)
}

// installed lists the files of the home with their times, without the lock.
func (s *setup) installed() []string {
	s.t.Helper()
	var files []string
	err := filepath.WalkDir(s.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".setup.lock") {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(s.home, path)
		files = append(files, fmt.Sprintf("%s %s", filepath.ToSlash(rel), info.ModTime()))
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	return files
}

func (s *setup) mustHold(out string, want ...string) {
	s.t.Helper()
	for _, w := range want {
		if !strings.Contains(out, w) {
			s.t.Errorf("output lacks %q:\n%s", w, out)
		}
	}
}

func TestSetupInstallsOnce(t *testing.T) {
	t.Parallel()
	s := newSetup(t)
	// Two clones at once share the work and do not disturb each other.
	first, second := s.command(), s.command()
	var out [2]bytes.Buffer
	for i, cmd := range []*exec.Cmd{first, second} {
		cmd.Stderr = &out[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, &out[i])
		}
	}
	both := out[0].String() + out[1].String()
	if n := strings.Count(both, "taking onnxruntime"); n != 1 {
		t.Errorf("the wheel was taken %d times:\n%s", n, both)
	}

	library := "libonnxruntime.so"
	if runtime.GOOS == "darwin" {
		library = "libonnxruntime.dylib"
	}
	native := "native/onnxruntime-1.0.0-cpu-" + s.runtimeSum[:12] + "/"
	want := []string{
		"models/all-MiniLM-L6-v2/config.json", "models/all-MiniLM-L6-v2/model.safetensors", "models/all-MiniLM-L6-v2/tokenizer.json",
		native + "LICENSE", native + "ThirdPartyNotices.txt", native + library, native + "libonnxruntime_providers_shared.so",
	}
	slices.Sort(want)
	files := s.installed()
	var names []string
	for _, f := range files {
		name, _, _ := strings.Cut(f, " ")
		names = append(names, name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("installed %q, want %q", names, want)
	}

	s.mustHold(s.run(true), "all parts are in")
	if again := s.installed(); !slices.Equal(files, again) {
		t.Errorf("a second run changed files: %q, then %q", files, again)
	}

	// A part that was damaged comes back alone, and what was in its place is kept.
	if err := os.Remove(filepath.Join(s.home, filepath.FromSlash(native), library)); err != nil {
		t.Fatal(err)
	}
	text := s.run(true)
	s.mustHold(text, "taking onnxruntime", ".incomplete")
	if strings.Contains(text, "some-model") {
		t.Errorf("the model was taken again:\n%s", text)
	}
}

func TestSetupRefusesAnotherFile(t *testing.T) {
	t.Parallel()
	s := newSetup(t)
	s.lock(strings.Repeat("0", 64), s.modelSum)
	s.mustHold(s.run(false), "onnxruntime 1.0.0 is not the file", strings.Repeat("0", 64), "fix:")
	if files := s.installed(); len(files) > 0 {
		t.Errorf("left %q", files)
	}
}

func TestSetupSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newSetup(t)
	empty := t.TempDir()
	s.mustHold(s.run(false, "LORADEX_WHEELS="+empty), "could not get onnxruntime 1.0.0", "LORADEX_WHEELS=", s.runtimeSum)
	s.mustHold(s.run(false, "PYTHON=false"), "no Python with pip", "fix: install pip")
	s.mustHold(s.run(false, "DEVICE=abacus"), "DEVICE is 'abacus'", "DEVICE=cpu")
	s.mustHold(s.run(false, "DEVICE=cuda"), "no onnxruntime-cuda wheel", "fix:")
	s.mustHold(s.run(false, "LORADEX_HOME=relative"), "not absolute", "fix:")
	s.mustHold(s.run(false, "PATH="+pathWithout(t, "cc")), "cc is not on the PATH", "fix: install a C")
	s.mustHold(s.run(false, "TOKENIZERS_LIB="+s.library("tokenizers_version_1_20_0")), "lacks the symbol", "unset TOKENIZERS_LIB")
	s.mustHold(s.run(false, "TOKENIZERS_LIB="+empty), "is missing or lacks", "fix:")
	if files := s.installed(); len(files) > 0 {
		t.Errorf("left %q", files)
	}
}

// pathWithout makes a folder of links to every program on the PATH but one.
func pathWithout(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	for _, from := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(from)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			link := filepath.Join(dir, entry.Name())
			if _, err := os.Lstat(link); err == nil || entry.Name() == name {
				continue // the first folder of the PATH wins
			}
			if err := os.Symlink(filepath.Join(from, entry.Name()), link); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestSetupSurvivesAKill kills set-up while pip runs. The next run must find no lock, and clean up.
func TestSetupSurvivesAKill(t *testing.T) {
	t.Parallel()
	s := newSetup(t)
	started := filepath.Join(t.TempDir(), "started")
	python := filepath.Join(t.TempDir(), "python")
	s.write(python, []byte("#!/bin/sh\n[ \"$1\" = -c ] && exit 0\n: >"+started+"\nexec sleep 60\n"))
	cmd := s.command("PYTHON=" + python)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for giveUp := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(started); err == nil {
			break
		}
		if time.Now().After(giveUp) {
			t.Fatal("set-up never ran pip")
		}
	}
	// Only set-up itself: what it started lives on and must not hold the lock.
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()

	left, err := filepath.Glob(filepath.Join(s.home, ".setup-*"))
	if err != nil || len(left) != 1 {
		t.Fatalf("the killed run left %q (%v), want its folder", left, err)
	}
	s.mustHold(s.run(true), "done; everything is in")
	if left, _ := filepath.Glob(filepath.Join(s.home, ".setup-*")); len(left) > 0 {
		t.Errorf("the next run left %q", left)
	}
}
