package peft

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// randomUpdate makes an update with random numbers.
func randomUpdate(rng *rand.Rand, in, out, rank int, scale float64, dora bool) delta.Update {
	normal := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v
	}
	b := delta.Branch{Rank: rank, A: normal(rank * in), B: normal(out * rank), Scale: float32(scale)}
	s := delta.Update{In: in, Out: out, Branches: []delta.Branch{b}}
	if dora {
		s.Lengths = normal(out)
	}
	return s
}

// written writes sites and returns what is read from the folder, with the configuration as a map.
func written(t *testing.T, sites map[string]delta.Update, o WriteOptions) (*opened, map[string]any) {
	t.Helper()
	dir := t.TempDir()
	if err := Write(dir, sites, o); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := openFolder(root, "ad")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	text, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	config := map[string]any{}
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	return f, config
}

// Whatever sites are written, the same are read: ranks, scales, biases and magnitudes of their own.
func TestWriteThenOpen(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for trial := range 40 {
		sites := map[string]delta.Update{}
		rs, dora, biased := rng.IntN(2) == 0, rng.IntN(2) == 0, rng.IntN(3)
		for i := range 1 + rng.IntN(12) {
			rank := 1 + rng.IntN(3)
			alpha := []float64{16, 3.7, 1e-3, -2}[rng.IntN(4)]
			scale := alpha / float64(rank)
			if rs {
				scale = alpha / math.Sqrt(float64(rank))
			}
			s := randomUpdate(rng, 1+rng.IntN(5), 1+rng.IntN(5), rank, scale, dora)
			if biased > 0 {
				s.Shift, s.Whole = make([]float32, s.Out), true
			}
			sites[fmt.Sprintf("encoder.layer.%d.attention.self.%s", i, []string{"query", "value"}[rng.IntN(2)])] = s
		}
		if biased == 2 {
			sites["embeddings.LayerNorm"] = delta.Update{Out: 3, Shift: []float32{1, 2, 3}, Whole: true}
		}
		f, _ := written(t, sites, WriteOptions{RSLoRA: rs, BaseModel: "org/base", Dropout: 0.1})
		if f.config.BaseModel != "org/base" || f.config.DoRA != dora || f.config.RSLoRA != rs || len(f.Updates) != len(sites) {
			t.Fatalf("trial %d: %+v", trial, f.config)
		}
		for path, want := range sites {
			want.Site = path
			if got := f.Updates[path]; !reflect.DeepEqual(got, want) {
				t.Errorf("trial %d: %s: %+v, want %+v", trial, path, got, want)
			}
		}
	}
}

func TestWriteConfig(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var layers []string
	query, dense := map[string]delta.Update{}, map[string]delta.Update{}
	for i := range 12 {
		for _, name := range []string{"attention.self.query", "attention.self.key", "attention.output.dense", "intermediate.dense", "output.dense"} {
			path := fmt.Sprintf("encoder.layer.%d.%s", i, name)
			layers = append(layers, path)
			if name == "attention.self.query" {
				query[path] = randomUpdate(rng, 2, 2, 4, 2, false)
			} else if name == "intermediate.dense" {
				dense[path] = randomUpdate(rng, 2, 2, 4, 2, true)
			}
		}
	}
	layers = append(layers, "pooler.dense")
	_, c := written(t, query, WriteOptions{Layers: layers})
	if !reflect.DeepEqual(c["target_modules"], []any{"query"}) || c["r"] != 4.0 || c["lora_alpha"] != 8.0 || c["task_type"] != "FEATURE_EXTRACTION" ||
		!reflect.DeepEqual([]any{c["use_dora"], c["bias"], c["inference_mode"]}, []any{false, "none", true}) {
		t.Errorf("%v", c)
	}
	_, c = written(t, dense, WriteOptions{Layers: layers})
	if !reflect.DeepEqual(c["target_modules"], []any{"intermediate.dense"}) || !reflect.DeepEqual(c["use_dora"], any(true)) {
		t.Errorf("%v", c)
	}
	// One layer of many, and one of another rank: the end of the path says which.
	one := map[string]delta.Update{"encoder.layer.1.output.dense": randomUpdate(rng, 2, 2, 4, 2, false), "encoder.layer.11.output.dense": randomUpdate(rng, 2, 2, 2, 2, false)}
	f, c := written(t, one, WriteOptions{Layers: layers})
	if !reflect.DeepEqual(c["target_modules"], []any{"1.output.dense", "11.output.dense"}) {
		t.Errorf("%v", c["target_modules"])
	}
	if i := slices.IndexFunc(layers, func(l string) bool { return one[l].Branches == nil && f.config.targets(l) }); i >= 0 {
		t.Errorf("%s is matched", layers[i])
	}
	// Without the base's layers nothing can be short.
	_, c = written(t, one, WriteOptions{})
	if !reflect.DeepEqual(c["target_modules"], []any{"encoder.layer.1.output.dense", "encoder.layer.11.output.dense"}) {
		t.Errorf("%v", c["target_modules"])
	}
}

func TestWriteRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	good := func() delta.Update { return randomUpdate(rng, 2, 3, 2, 1, false) }
	with := func(change func(s *delta.Update)) map[string]delta.Update {
		s := good()
		change(&s)
		return map[string]delta.Update{"layer.1.query": s}
	}
	for name, tt := range map[string]struct {
		sites map[string]delta.Update
		o     WriteOptions
		part  string
	}{
		"nothing":         {nil, WriteOptions{}, "no layer"},
		"biases alone":    {map[string]delta.Update{"n": {Out: 2, Shift: []float32{1, 2}, Whole: true}}, WriteOptions{}, "no layer"},
		"empty site":      {map[string]delta.Update{"n": {Out: 2}}, WriteOptions{}, "neither"},
		"length of A":     {with(func(s *delta.Update) { s.Branches[0].A = s.Branches[0].A[1:] }), WriteOptions{}, "layer.1.query"},
		"length of B":     {with(func(s *delta.Update) { s.Branches[0].B = nil }), WriteOptions{}, "layer.1.query"},
		"bias length":     {with(func(s *delta.Update) { s.Shift = []float32{1} }), WriteOptions{}, "bias"},
		"magnitude":       {with(func(s *delta.Update) { s.Lengths = []float32{1} }), WriteOptions{}, "magnitude"},
		"scale":           {with(func(s *delta.Update) { s.Branches[0].Scale = float32(math.NaN()) }), WriteOptions{}, "scale"},
		"no path":         {map[string]delta.Update{"": good()}, WriteOptions{}, "path"},
		"dropout":         {with(func(*delta.Update) {}), WriteOptions{Dropout: math.NaN()}, "dropout"},
		"some magnitudes": {map[string]delta.Update{"a": good(), "b": randomUpdate(rng, 2, 3, 2, 1, true)}, WriteOptions{}, "magnitude"},
		"huge scale": {with(func(s *delta.Update) {
			s.Branches[0] = delta.Branch{Rank: 4, A: make([]float32, 8), B: make([]float32, 12), Scale: math.MaxFloat32}
		}), WriteOptions{}, "lora_alpha"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			err := Write(dir, tt.sites, tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.part) {
				t.Errorf("%v, want one with %q", err, tt.part)
			}
			if entries, _ := os.ReadDir(dir); len(entries) > 0 {
				t.Errorf("left %v", entries)
			}
			if code := fault.CodeOf(err); code != fault.Invalid {
				t.Errorf("code %s", code)
			}
		})
	}
}
