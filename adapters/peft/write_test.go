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

	"loradex/internal/fault"
)

// layer makes a site with random numbers.
func layer(rng *rand.Rand, in, out, rank int, scale float64, dora bool) *Site {
	normal := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v
	}
	s := &Site{In: in, Out: out, Rank: rank, A: normal(rank * in), B: normal(out * rank), Scale: scale}
	if dora {
		s.Magnitude = normal(out)
	}
	return s
}

// written writes sites and returns what is read from the folder, with the configuration as a map.
func written(t *testing.T, sites map[string]*Site, o WriteOptions) (*Folder, map[string]any) {
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
	f, err := Open(root, "ad")
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
		sites := map[string]*Site{}
		rs, dora, biased := rng.IntN(2) == 0, rng.IntN(2) == 0, rng.IntN(3)
		for i := range 1 + rng.IntN(12) {
			rank := 1 + rng.IntN(3)
			alpha := []float64{16, 3.7, 1e-3, -2}[rng.IntN(4)]
			scale := alpha / float64(rank)
			if rs {
				scale = alpha / math.Sqrt(float64(rank))
			}
			s := layer(rng, 1+rng.IntN(5), 1+rng.IntN(5), rank, float64(float32(scale)), dora)
			if biased > 0 {
				s.Bias = make([]float32, s.Out)
			}
			sites[fmt.Sprintf("encoder.layer.%d.attention.self.%s", i, []string{"query", "value"}[rng.IntN(2)])] = s
		}
		if biased == 2 {
			sites["embeddings.LayerNorm"] = &Site{Out: 3, Bias: []float32{1, 2, 3}}
		}
		f, _ := written(t, sites, WriteOptions{RSLoRA: rs, BaseModel: "org/base", Dropout: 0.1})
		if f.Config.BaseModel != "org/base" || f.Config.DoRA != dora || f.Config.RSLoRA != rs || len(f.Sites) != len(sites) {
			t.Fatalf("trial %d: %+v", trial, f.Config)
		}
		for path, want := range sites {
			want.Module, want.Key = path, path
			got := *f.Sites[path]
			got.Scale = float64(float32(got.Scale)) // as every user takes it
			if !reflect.DeepEqual(got, *want) {
				t.Errorf("trial %d: %s: %+v, want %+v", trial, path, got, *want)
			}
		}
	}
}

func TestWriteConfig(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var layers []string
	query, dense := map[string]*Site{}, map[string]*Site{}
	for i := range 12 {
		for _, name := range []string{"attention.self.query", "attention.self.key", "attention.output.dense", "intermediate.dense", "output.dense"} {
			path := fmt.Sprintf("encoder.layer.%d.%s", i, name)
			layers = append(layers, path)
			if name == "attention.self.query" {
				query[path] = layer(rng, 2, 2, 4, 2, false)
			} else if name == "intermediate.dense" {
				dense[path] = layer(rng, 2, 2, 4, 2, true)
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
	one := map[string]*Site{"encoder.layer.1.output.dense": layer(rng, 2, 2, 4, 2, false), "encoder.layer.11.output.dense": layer(rng, 2, 2, 2, 2, false)}
	f, c := written(t, one, WriteOptions{Layers: layers})
	if !reflect.DeepEqual(c["target_modules"], []any{"1.output.dense", "11.output.dense"}) {
		t.Errorf("%v", c["target_modules"])
	}
	if i := slices.IndexFunc(layers, func(l string) bool { return one[l] == nil && f.Config.Targets(l) }); i >= 0 {
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
	good := func() *Site { return layer(rng, 2, 3, 2, 1, false) }
	with := func(change func(s *Site)) map[string]*Site {
		s := good()
		change(s)
		return map[string]*Site{"layer.1.query": s}
	}
	for name, tt := range map[string]struct {
		sites map[string]*Site
		o     WriteOptions
		part  string
	}{
		"nothing":         {nil, WriteOptions{}, "no layer"},
		"biases alone":    {map[string]*Site{"n": {Out: 2, Bias: []float32{1, 2}}}, WriteOptions{}, "no layer"},
		"empty site":      {map[string]*Site{"n": {Out: 2}}, WriteOptions{}, "neither"},
		"length of A":     {with(func(s *Site) { s.A = s.A[1:] }), WriteOptions{}, "layer.1.query"},
		"length of B":     {with(func(s *Site) { s.B = nil }), WriteOptions{}, "layer.1.query"},
		"bias length":     {with(func(s *Site) { s.Bias = []float32{1} }), WriteOptions{}, "bias"},
		"magnitude":       {with(func(s *Site) { s.Magnitude = []float32{1} }), WriteOptions{}, "magnitude"},
		"scale":           {with(func(s *Site) { s.Scale = math.NaN() }), WriteOptions{}, "scale"},
		"no path":         {map[string]*Site{"": good()}, WriteOptions{}, "path"},
		"dropout":         {with(func(*Site) {}), WriteOptions{Dropout: math.NaN()}, "dropout"},
		"some magnitudes": {map[string]*Site{"a": good(), "b": layer(rng, 2, 3, 2, 1, true)}, WriteOptions{}, "magnitude"},
		"huge scale": {with(func(s *Site) {
			s.Scale = math.MaxFloat32
			s.Rank, s.A, s.B = 4, make([]float32, 8), make([]float32, 12)
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
