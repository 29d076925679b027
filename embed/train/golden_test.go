//go:build cgo && ORT

package train

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/embed/embedtest"
	"loradex/embed/model"
)

func TestMain(m *testing.M) { os.Exit(embedtest.Main(m)) }

// goldenCase is a case that testdata/gen/train_goldens.py computed with torch.
type goldenCase struct {
	Model       string    `json:"model"`
	LossKind    string    `json:"loss_kind"`
	Method      string    `json:"method"`
	Temperature float64   `json:"temperature"`
	Margin      float64   `json:"margin"`
	Dims        []int     `json:"dims"`
	Targets     []float32 `json:"targets"`
	Rank        int       `json:"rank"`
	Alpha       float64   `json:"alpha"`
	QueryIDs    [][]int32 `json:"query_ids"`
	QueryMask   [][]int   `json:"query_mask"`
	DocIDs      [][]int32 `json:"doc_ids"`
	DocMask     [][]int   `json:"doc_mask"`
	Loss        float64   `json:"loss"`
	Zero        []string  `json:"zero"`
}

func openModel(t *testing.T, name string) *model.Model {
	t.Helper()
	m, err := model.Open(filepath.Join("..", "model", "testdata", "models", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// sequences undoes the padding.
func sequences(ids [][]int32, mask [][]int, side int) []sequence {
	out := make([]sequence, len(ids))
	for i, row := range ids {
		n := 0
		for _, m := range mask[i] {
			n += m
		}
		out[i] = sequence{ids: row[:n], side: side, text: i, row: i}
	}
	return out
}

func (g goldenCase) options(path string) Options {
	o := Options{
		Method: g.Method, Full: g.Method == "full", Rank: g.Rank, Alpha: g.Alpha,
		Loss: Loss{Kind: g.LossKind, Temperature: g.Temperature, Margin: g.Margin, Dims: g.Dims},
	}
	switch g.LossKind {
	case "infonce_both":
		o.Loss.Kind, o.Loss.Symmetric = "infonce", true
	case "mrl":
		o.Loss.Kind = "infonce"
	}
	if o.Full {
		o.Method = ""
	}
	if strings.Contains(path, "_all") {
		o.Targets = []string{"all-linear"}
	}
	return o.withDefaults()
}

func (g goldenCase) batch() batch {
	b := batch{queries: sequences(g.QueryIDs, g.QueryMask, 0), documents: sequences(g.DocIDs, g.DocMask, 1)}
	b.relation = relation{
		queries: len(b.queries), documents: len(b.documents), exclude: make([]bool, len(b.queries)*len(b.documents)), scores: g.Targets,
	}
	return b
}

// TestGradientsEqualTorch compares the gradient of every leaf with torch's, computed whole and in micro-batches.
func TestGradientsEqualTorch(t *testing.T) {
	files, err := filepath.Glob("testdata/*_*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			var g goldenCase
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &g); err != nil {
				t.Fatal(err)
			}
			want, err := safetensors.Open(strings.TrimSuffix(file, ".json") + ".safetensors")
			if err != nil {
				t.Fatal(err)
			}
			defer want.Close()
			for _, micro := range []int{64, 2} {
				o := g.options(file)
				o.MicroBatch = micro
				checkGolden(t, g, o, want)
			}
		})
	}
}

func checkGolden(t *testing.T, g goldenCase, o Options, want *safetensors.File) {
	t.Helper()
	n, err := newNetwork(openModel(t, g.Model), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range n.list {
		if data, _, err := want.Float32("leaf." + l.Name); err == nil {
			copy(l.Data, data)
		} else if !o.Full {
			t.Fatal(err)
		}
	}
	e := &engine{network: n, env: embedtest.Env, hidden: newHiddenCache(1 << 20)}
	defer e.close()
	got, err := e.compute(context.Background(), g.batch())
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.loss-g.Loss) > 1e-5*math.Max(1, g.Loss) {
		t.Errorf("micro-batch %d: loss %.7f, torch's %.7f", o.MicroBatch, got.loss, g.Loss)
	}
	worst, where := 0.0, ""
	for _, l := range n.list {
		ref, _, err := want.Float32(gradPrefix + l.Name)
		if err != nil {
			t.Fatal(err)
		}
		var diff, size float64
		for i, x := range got.leaves[l.Name] {
			diff = math.Max(diff, math.Abs(float64(x-ref[i])))
			size = math.Max(size, math.Abs(float64(ref[i])))
		}
		if size < 1e-9 { // a bias that cancels, as that of keys: nothing to be relative to
			if diff > 1e-5 {
				t.Errorf("%s: %g where torch has 0", l.Name, diff)
			}
			continue
		}
		if diff/size > worst {
			worst, where = diff/size, l.Name
		}
	}
	t.Logf("micro-batch %d: %d leaves, worst %.1e (%s)", o.MicroBatch, len(n.list), worst, where)
	if worst > 1e-4 {
		t.Errorf("micro-batch %d: the gradient of %s is off by %.1e", o.MicroBatch, where, worst)
	}
}
