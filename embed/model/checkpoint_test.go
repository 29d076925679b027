package model_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/embed/model"
	"loradex/internal/fault"
)

// TestOpenAboveCheckpoints: the hint names the newest checkpoint; a folder of a pooling module is none.
func TestOpenAboveCheckpoints(t *testing.T) {
	dir := t.TempDir()
	from, err := filepath.Abs(filepath.Join("testdata", "models", "bert-sharded"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"checkpoint-90", "checkpoint-500"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := model.Open(dir); fault.CodeOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), filepath.Join(dir, "checkpoint-500")+":") {
		t.Errorf("%v, hint %q", err, fault.HintOf(err))
	}
	newest := filepath.Join(dir, "checkpoint-500")
	if err := os.Remove(filepath.Join(newest, "config.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := model.Open(newest); fault.CodeOf(err) != fault.NotFound || strings.Contains(fault.HintOf(err), "1_Pooling") {
		t.Errorf("%v, hint %q", err, fault.HintOf(err))
	}
}

// TestInstallSnapshot installs from Hugging Face's cache, where every file is a link to ../../blobs.
func TestInstallSnapshot(t *testing.T) {
	repository := filepath.Join(t.TempDir(), "models--org--tiny")
	dir := filepath.Join(repository, "snapshots", "0123abc")
	if err := os.CopyFS(filepath.Join(repository, "blobs"), os.DirFS(filepath.Join("testdata", "models", "bert-sharded"))); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(filepath.Join(repository, "blobs"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(filepath.Join(repository, "blobs"), path)
		if err != nil {
			return err
		}
		link := filepath.Join(dir, rel)
		if err := os.MkdirAll(filepath.Dir(link), 0o750); err != nil {
			return err
		}
		target, err := filepath.Rel(filepath.Dir(link), path)
		if err != nil {
			return err
		}
		return os.Symlink(target, link)
	})
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "tiny")
	if err := model.Install(t.Context(), dir, to, model.InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(repository); err != nil {
		t.Fatal(err)
	}
	if err := model.Check(to); err != nil {
		t.Errorf("the copy needs the cache: %v", err)
	}
}
