package adapters_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters/adapterstest"
	"loradex/adapters/peft"
	"loradex/internal/fault"
)

// snapshot lays a folder out as Hugging Face's cache does: every file of snapshots/REVISION is a link to ../../blobs/DIGEST.
func snapshot(t *testing.T, from, cache string) string {
	t.Helper()
	dir := filepath.Join(cache, "models--org--tiny-lora", "snapshots", "0123abc")
	blobs := filepath.Join(cache, "models--org--tiny-lora", "blobs")
	entries, err := os.ReadDir(from)
	if err := errorsOf(err, os.MkdirAll(dir, 0o750), os.MkdirAll(blobs, 0o750)); err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		blob := string(rune('a' + i))
		if err := errorsOf(os.Rename(filepath.Join(from, e.Name()), filepath.Join(blobs, blob)), os.Symlink(filepath.Join("..", "..", "blobs", blob), filepath.Join(dir, e.Name()))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestAddSnapshot: links inside the cached repository are followed, from the snapshot, a link to it and a relative path; others are not.
func TestAddSnapshot(t *testing.T) {
	lib := newLibrary(t)
	cache := t.TempDir()
	plain := adapterstest.Write(t, t.TempDir(), libSpec(3))
	if err := lib.Add(t.Context(), plain, "plain", fits()); err != nil {
		t.Fatal(err)
	}
	dir := snapshot(t, plain, cache)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	t.Chdir(cache)
	for name, src := range map[string]string{"absolute": dir, "linked": link, "relative": "models--org--tiny-lora/snapshots/0123abc"} {
		if err := lib.Add(t.Context(), src, name, fits()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := get(t, lib, name).Digest, get(t, lib, "plain").Digest; got != want {
			t.Errorf("%s has the digest %s, want %s", name, got, want)
		}
	}
	err := lib.Add(t.Context(), filepath.Join(cache, "models--org--tiny-lora"), "above", fits())
	if fault.CodeOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), filepath.Join("snapshots", "0123abc")) {
		t.Errorf("the folder above: %v, hint %q", err, fault.HintOf(err))
	}

	weights := filepath.Join(dir, peft.WeightsFile)
	secret := filepath.Join(cache, "secret")
	body, err := os.ReadFile(weights)
	if err := errorsOf(err, os.WriteFile(secret, body, 0o600)); err != nil {
		t.Fatal(err)
	}
	for what, target := range map[string]string{"out of the repository": filepath.Join("..", "..", "..", "secret"), "absolute": secret} {
		if err := errorsOf(os.Remove(weights), os.Symlink(target, weights)); err != nil {
			t.Fatal(err)
		}
		if err := lib.Add(t.Context(), dir, "escape", fits()); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), peft.WeightsFile) {
			t.Errorf("a link %s: %v", what, err)
		}
	}
	// A folder that only looks like a snapshot by its name has no cache to share.
	alone := filepath.Join(cache, "models--x", "other")
	if err := errorsOf(os.MkdirAll(filepath.Dir(alone), 0o750), os.Rename(adapterstest.Write(t, t.TempDir(), libSpec(4)), alone),
		os.Rename(filepath.Join(alone, peft.WeightsFile), filepath.Join(cache, "models--x", "w")), os.Symlink("../w", filepath.Join(alone, peft.WeightsFile))); err != nil {
		t.Fatal(err)
	}
	if err := lib.Add(t.Context(), alone, "escape", fits()); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a folder beside snapshots: %v", err)
	}
}

// TestAddAboveCheckpoints: the hint names the checkpoint with the most steps, which is then taken.
func TestAddAboveCheckpoints(t *testing.T) {
	lib := newLibrary(t)
	dir := t.TempDir()
	for i, name := range []string{"checkpoint-1000", "checkpoint-500", "checkpoint-x", "runs"} {
		adapterstest.Write(t, filepath.Join(dir, name), libSpec(uint64(i)))
	}
	newest := filepath.Join(dir, "checkpoint-1000")
	err := lib.Add(t.Context(), dir, "new", fits())
	if fault.CodeOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), newest+":") {
		t.Fatalf("%v, hint %q", err, fault.HintOf(err))
	}
	if err := lib.Add(t.Context(), newest, "new", fits()); err != nil {
		t.Error(err)
	}
}
