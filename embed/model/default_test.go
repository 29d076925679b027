package model_test

import (
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/model"
)

// defaultModel is the folder of the default model. Tests that need it skip where set-up has not put it yet.
func defaultModel(t testing.TB) string {
	t.Helper()
	home := os.Getenv("LORADEX_HOME")
	if home == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Skip(err)
		}
		home = filepath.Join(cache, "loradex")
	}
	dir := filepath.Join(home, "models", "all-MiniLM-L6-v2")
	if _, err := os.Stat(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Skip("the default model is not installed")
	}
	return dir
}

func TestDefaultModel(t *testing.T) {
	m := open(t, defaultModel(t))
	want := arch.Config{
		Family: "bert", HiddenSize: 384, Layers: 6, Heads: 12, Intermediate: 1536, VocabSize: 30522, MaxPositions: 512,
		TypeVocab: 2, LayerNormEps: 1e-12, Activation: delta.GELU,
	}
	if m.Config != want {
		t.Errorf("config %+v", m.Config)
	}
	if m.MaxTokens != 256 || !m.Normalize || m.Pooling.Mode != arch.PoolMean || m.Tokenizer.SpecialTokens != 2 || m.Name != "all-MiniLM-L6-v2" {
		t.Errorf("model %+v", m)
	}
	if tok := decode(t, m.TokenizerJSON); tok["padding"] != nil || tok["truncation"] != nil {
		t.Error("the tokenizer still truncates or pads")
	}
	if _, _, err := m.Weight("pooler.dense.weight"); err != nil || m.Tensors() < len(m.Config.Tensors()) {
		t.Errorf("%d tensors, %v", m.Tensors(), err)
	}
}

func BenchmarkOpenDefault(b *testing.B) {
	dir := defaultModel(b)
	for b.Loop() {
		m, err := model.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBaseDigest(b *testing.B) {
	dir := defaultModel(b)
	for b.Loop() {
		m, err := model.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		if m.BaseDigest() == "" {
			b.Fatal("no digest")
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
