package model_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/model"
)

// golden is what transformers computes for a model of testdata: see testdata/gen/make.py.
type golden struct {
	Texts    []string    `json:"texts"`
	Document *goldenRole `json:"document"`
	Query    *goldenRole `json:"query"`
}

type goldenRole struct {
	Prompt  string      `json:"prompt"`
	IDs     [][]int     `json:"ids"`
	Vectors [][]float64 `json:"vectors"`
}

// openTest opens a model of testdata.
func openTest(t testing.TB, name string) *model.Model {
	t.Helper()
	return open(t, filepath.Join("testdata", "models", name))
}

func open(t testing.TB, dir string) *model.Model {
	t.Helper()
	m, err := model.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func readTestJSON(t testing.TB, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestGoldenVectors runs a plain float64 encoder of the test's own over the weights and compares with transformers: so
// names, shapes, conversions, position offset, activation and pads are right, whatever file they came from.
func TestGoldenVectors(t *testing.T) {
	for _, tc := range []struct {
		name      string
		family    string
		act       string
		maxTokens int
		specials  int
		source    string
	}{
		{"bert-sharded", "bert", delta.GELU, 32, 2, "vocab.txt"},
		{"bert-fp16", "bert", delta.GELUTanh, 40, 2, "vocab.txt"},
		{"bert-bf16", "bert", delta.ReLU, 40, 2, "vocab.txt"},
		{"bert-bin", "bert", delta.GELU, 40, 2, "vocab.txt"},
		{"bert-legacy", "bert", delta.GELU, 40, 2, "vocab.txt"},
		{"roberta", "roberta", delta.GELU, 40, 2, "vocab.json"},
		{"unixcoder", "roberta", delta.GELU, 40, 4, "vocab.json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := openTest(t, tc.name)
			if m.Name != tc.name || m.Config.Family != tc.family || m.Config.Activation != tc.act || m.MaxTokens != tc.maxTokens ||
				m.Tokenizer.SpecialTokens != tc.specials || m.Tokenizer.Source != tc.source || !m.Normalize || m.Pooling.Mode != arch.PoolMean {
				t.Errorf("model is %+v", m)
			}
			var g golden
			readTestJSON(t, filepath.Join(m.Dir, "golden.json"), &g)
			if m.Prompts.Document() != g.Document.Prompt {
				t.Errorf("document prompt is %q, want %q", m.Prompts.Document(), g.Document.Prompt)
			}
			ref := newReference(t, m)
			ref.compare(t, g.Document)
			if g.Query != nil {
				if m.Prompts.Query() != g.Query.Prompt {
					t.Errorf("query prompt is %q, want %q", m.Prompts.Query(), g.Query.Prompt)
				}
				ref.compare(t, g.Query)
			}
		})
	}
}

func (r *reference) compare(t *testing.T, g *goldenRole) {
	t.Helper()
	worst := 0.0
	for i, ids := range g.IDs {
		if len(ids) > r.m.MaxTokens {
			t.Fatalf("text %d has %d tokens", i, len(ids))
		}
		got := r.encode(ids)
		for j, want := range g.Vectors[i] {
			worst = math.Max(worst, math.Abs(got[j]-want))
		}
	}
	if !(worst <= 2e-6) { // the golden side is fp32
		t.Errorf("vectors differ by up to %g", worst)
	}
}
