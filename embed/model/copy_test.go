package model_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/embed/model"
)

// TestCopyFrame copies what is not weights, from the folder and through a link to it.
func TestCopyFrame(t *testing.T) {
	folder, err := filepath.Abs(filepath.Join("testdata", "models", "bert-sharded"))
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(folder, link); err != nil {
		t.Skip(err)
	}
	for _, from := range []string{folder, link} {
		m, err := model.Open(from)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if weights, err := m.CopyFrame(dir); err != nil || weights != dir {
			t.Errorf("%s: weights belong into %s, %v", from, weights, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		want := []string{"1_Pooling", "config.json", "config_sentence_transformers.json", "golden.json", "modules.json", "sentence_bert_config.json", "vocab.txt"}
		if !slices.Equal(names, want) {
			t.Errorf("%s: %v, want %v", from, names, want)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}
