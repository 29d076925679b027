//go:build cgo && ORT

package train

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/embed/embedtest"
	"loradex/embed/graph"
	"loradex/embed/model"
	"loradex/embed/runtime"
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
	return openModelAt(t, filepath.Join("..", "model", "testdata", "models", name))
}

func openModelAt(t *testing.T, dir string) *model.Model {
	t.Helper()
	m, err := model.Open(dir)
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

// TestGradientsEqualTorch compares the gradient of every leaf with torch's, computed whole and in micro-batches, in float32
// and in half precision.
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
				checkGolden(t, g, o, graph.InFull, want, 1e-4)
			}
			// In half precision an operand and a result are each off by up to 2⁻¹¹ of itself; to the lowest gradient lie some ten
			// products in each direction, in every block, whose errors are independent: √(2·2·10)·2⁻¹¹ = 3e-3 of the largest
			// number as a rule, and several times that where attention and normalisation take differences: see halfAllowed.
			for p, micro := range map[graph.Products]int{graph.InHalf: 64, graph.InHalfRounded: 2} {
				o := g.options(file)
				o.MicroBatch, o.Precision = micro, FP16
				checkGolden(t, g, o, p, want, halfAllowed(g))
			}
		})
	}
}

// halfAllowed is 2e-2, and more where a prefix of k of 16 dimensions is scaled to unit length: its error is scaled, too.
func halfAllowed(g goldenCase) float64 {
	if len(g.Dims) == 0 {
		return 2e-2
	}
	return 2e-2 * math.Sqrt(16/float64(slices.Min(g.Dims)))
}

// goldenScale is a loss scale under which no golden overflows.
const goldenScale = 1024

func checkGolden(t *testing.T, g goldenCase, o Options, p graph.Products, want *safetensors.File, allowed float64) {
	t.Helper()
	n, err := newNetwork(openModel(t, g.Model), o, runtime.CPU)
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
	n.products = p
	e := &engine{network: n, env: embedtest.Env, hidden: newHiddenCache(1 << 20), scale: 1}
	if o.half() {
		e.scale = goldenScale
	}
	defer e.close()
	got, err := e.compute(context.Background(), g.batch())
	if err != nil {
		t.Fatal(err)
	}
	// Of the loss in half precision: a cosine is off by some 2⁻¹¹, which a temperature of 0.05 makes 1e-2.
	lossAllowed := 1e-5
	if o.half() {
		lossAllowed = 1e-2
	}
	if math.Abs(got.loss-g.Loss) > lossAllowed*math.Max(1, g.Loss) {
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
			diff = math.Max(diff, math.Abs(float64(x)/e.scale-float64(ref[i])))
			size = math.Max(size, math.Abs(float64(ref[i])))
		}
		if size < 1e-9 { // a bias that cancels, as that of keys: nothing to be relative to
			if diff > lossAllowed {
				t.Errorf("%s: %g where torch has 0", l.Name, diff)
			}
			continue
		}
		if diff/size > worst {
			worst, where = diff/size, l.Name
		}
	}
	t.Logf("%s, products %d, micro-batch %d: loss off by %.1e, %d leaves, worst %.1e (%s)", o.Precision, p, o.MicroBatch,
		math.Abs(got.loss-g.Loss), len(n.list), worst, where)
	if worst > allowed {
		t.Errorf("micro-batch %d: the gradient of %s is off by %.1e", o.MicroBatch, where, worst)
	}
}
