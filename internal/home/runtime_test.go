package home

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func TestNativeRuntime(t *testing.T) {
	dir := t.TempDir()
	h := Home{Dir: dir, goos: "linux"}
	folder := func(name string) string { return filepath.Join(dir, "native", name) }

	_, err := h.NativeRuntime("cpu")
	wantFault(t, err, fault.Unavailable, "run `make setup`", runtimeVersions["cpu"])

	// None of these is it: another version, another device, an empty folder, a folder in the file's place.
	write(t, filepath.Join(folder("onnxruntime-1.0.0-cpu-aaa"), "libonnxruntime.so"))
	write(t, filepath.Join(folder("onnxruntime-"+runtimeVersions["cuda"]+"-cuda-aaa"), "libonnxruntime.so"))
	for _, sub := range []string{"-cpu-bbb", "-cpu-ccc/libonnxruntime.so"} {
		if err := os.MkdirAll(folder("onnxruntime-"+runtimeVersions["cpu"]+sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	_, err = h.NativeRuntime("cpu")
	wantFault(t, err, fault.Unavailable)

	want := folder("onnxruntime-" + runtimeVersions["cpu"] + "-cpu-ddd")
	write(t, filepath.Join(want, "libonnxruntime.so"))
	if got, err := h.NativeRuntime("cpu"); got != want || err != nil {
		t.Errorf("cpu: %q, %v, want %q", got, err, want)
	}
	if got, err := h.NativeRuntime("cuda"); err != nil || !strings.Contains(got, "-cuda-") {
		t.Errorf("cuda: %q, %v", got, err)
	}
	_, err = h.NativeRuntime("tpu")
	wantFault(t, err, fault.Invalid, "tpu", "cpu, cuda")

	mac := Home{Dir: dir, goos: "darwin"}
	_, err = mac.NativeRuntime("cpu")
	wantFault(t, err, fault.Unavailable)
	write(t, filepath.Join(want, "libonnxruntime.dylib"))
	if got, err := mac.NativeRuntime("cpu"); got != want || err != nil {
		t.Errorf("darwin: %q, %v", got, err)
	}
}

func TestNativeRuntimeHintNamesTheDevice(t *testing.T) {
	_, err := Home{Dir: t.TempDir(), goos: "linux"}.NativeRuntime("cuda")
	wantFault(t, err, fault.Unavailable, "make setup DEVICE=cuda")
}

func TestNativeRuntimeOfTheCaller(t *testing.T) {
	own := t.TempDir()
	h, err := Resolve(env(EnvHome, t.TempDir(), EnvRuntime, own))
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.NativeRuntime("cpu")
	wantFault(t, err, fault.Unavailable, EnvRuntime, own)
	write(t, filepath.Join(own, h.runtimeLibrary()))
	// The caller's own library is taken for any device: only the caller knows what it can do.
	for _, device := range []string{"cpu", "coreml"} {
		if got, err := h.NativeRuntime(device); got != own || err != nil {
			t.Errorf("%s: %q, %v", device, got, err)
		}
	}
}

// TestVersionsAreThePinnedOnes reads the lock that set-up installs from.
func TestVersionsAreThePinnedOnes(t *testing.T) {
	lock, err := os.ReadFile(filepath.Join("..", "..", "native", "wheels.lock"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(lock)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "onnxruntime-") {
			continue
		}
		device := strings.TrimPrefix(fields[0], "onnxruntime-")
		seen[device] = true
		if got := runtimeVersions[device]; got != fields[3] {
			t.Errorf("%s: the lock pins %s, the code wants %q", fields[0], fields[3], got)
		}
	}
	if len(seen) != len(runtimeVersions) {
		t.Errorf("the lock has %v, the code %v", seen, runtimeVersions)
	}
}
