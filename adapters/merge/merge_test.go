package merge_test

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/adapters/merge"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// goldens is testdata/cases.json, which testdata/gen/merged.py made.
type goldens struct {
	Seed  uint64
	Sites []delta.Site
	Cases map[string]struct {
		Options struct {
			Method  string  `json:"combination_type"`
			Density float64 `json:"density"`
			Sign    string  `json:"majority_sign_method"`
			Rank    int     `json:"svd_rank"`
		}
		Weights json.RawMessage // in the order of the merge
	}
}

func readGoldens(t *testing.T) (g goldens) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "cases.json"))
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// weighted loads adapters of testdata: a JSON object of weights, whose order counts.
func weighted(t *testing.T, object string) (list []adapters.Weighted) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(object))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		name, _ := dec.Token()
		var weight float32
		if err := dec.Decode(&weight); err != nil {
			t.Fatal(err)
		}
		list = append(list, adapters.Weighted{Adapter: load(t, name.(string)), Weight: weight}) //nolint:forcetypeassert // an object's key
	}
	return list
}

func load(t *testing.T, name string) *adapters.Adapter {
	t.Helper()
	a, err := adapters.Load(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// change is Σ scale·B·A, [out, in].
func change(u delta.Update) []float64 {
	out := make([]float64, u.Out*u.In)
	for _, b := range u.Branches {
		for o := range u.Out {
			for r := range b.Rank {
				for i := range u.In {
					out[o*u.In+i] += float64(b.Scale) * float64(b.B[o*b.Rank+r]) * float64(b.A[r*u.In+i])
				}
			}
		}
	}
	return out
}

// TestAsPEFT merges what PEFT merged, and saves it: the changes of all weights are PEFT's, what dare drew at random included.
func TestAsPEFT(t *testing.T) {
	g := readGoldens(t)
	f, err := safetensors.Open(filepath.Join("testdata", "merged.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	methods := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(g.Cases)) {
		c := g.Cases[name]
		methods[c.Options.Method] = true
		t.Run(name, func(t *testing.T) {
			o := merge.Options{Method: c.Options.Method, Density: c.Options.Density, MajoritySign: c.Options.Sign, Rank: c.Options.Rank, Seed: g.Seed}
			a, err := merge.Adapters(weighted(t, string(c.Weights)), g.Sites, o)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "merged")
			if err := adapters.Save(dir, a, adapters.SaveOptions{Sites: g.Sites}); err != nil {
				t.Fatal(err)
			}
			saved, err := adapters.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer saved.Close()
			worst, sites := 0.0, 0
			for _, s := range g.Sites {
				want, _, err := f.Float32(name + "/" + s.Path)
				if u, there := saved.Updates[s.Path]; there != (err == nil) {
					t.Errorf("%s: merged here %v, by PEFT %v", s.Path, there, err == nil)
				} else if there {
					sites++
					for i, v := range change(u) {
						worst = max(worst, math.Abs(v-float64(want[i])))
					}
				}
			}
			t.Logf("%d layers, largest difference %.1e", sites, worst)
			if worst > 5e-6 || sites == 0 { // PEFT decomposes in float32
				t.Errorf("differs from PEFT by %.1e", worst)
			}
		})
	}
	if names, _ := merge.Methods(); len(methods) != len(names) {
		t.Errorf("goldens are of %v, methods are %v", slices.Sorted(maps.Keys(methods)), names)
	}
}

// TestBiases sums trained biases as a mix does, whatever the method.
func TestBiases(t *testing.T) {
	site := delta.Site{Path: "q", In: 1, Out: 2, Bias: []float32{1, 2}}
	one := func(name string, shift []float32) *adapters.Adapter {
		u := delta.Update{
			Site: "q", In: 1, Out: 2, Shift: shift, Whole: shift != nil,
			Branches: []delta.Branch{{Rank: 1, A: []float32{1}, B: []float32{1, 1}, Scale: 1}},
		}
		return &adapters.Adapter{Name: name, Method: "lora", Card: adapters.Card{Side: adapters.SideBoth}, Updates: map[string]delta.Update{"q": u}}
	}
	a, err := merge.Adapters([]adapters.Weighted{{Adapter: one("a", []float32{3, 2}), Weight: 0.5}, {Adapter: one("b", nil), Weight: 1}, {Adapter: one("c", []float32{1, 0}), Weight: -1}},
		[]delta.Site{site}, merge.Options{Method: "linear"})
	if err != nil {
		t.Fatal(err)
	}
	if u := a.Updates["q"]; !u.Whole || !slices.Equal(u.Shift, []float32{2, 4}) {
		t.Errorf("bias %v", u.Shift)
	}
}

func TestRefusals(t *testing.T) {
	g := readGoldens(t)
	card := func(name string, change func(*adapters.Adapter)) adapters.Weighted {
		a := *load(t, name)
		change(&a)
		return adapters.Weighted{Adapter: &a, Weight: 1}
	}
	a := card("a", func(*adapters.Adapter) {})
	for words, c := range map[string]struct {
		list []adapters.Weighted
		o    merge.Options
		code fault.Code
	}{
		"no adapters":              {nil, merge.Options{}, fault.Invalid},
		`no method "mean"`:         {nil, merge.Options{Method: "mean"}, fault.Invalid},
		"ranks are 4 and 2":        {weighted(t, `{"a": 1, "narrow": 1}`), merge.Options{Method: "linear"}, fault.Conflict},
		"needs a density":          {nil, merge.Options{Method: "ties"}, fault.Invalid},
		"needs a density above":    {nil, merge.Options{Method: "dare_ties", Density: math.NaN()}, fault.Invalid},
		"takes no density":         {nil, merge.Options{Density: 0.5}, fault.Invalid},
		"majority sign is":         {nil, merge.Options{Method: "ties", Density: 0.5, MajoritySign: "median"}, fault.Invalid},
		"takes no majority sign":   {nil, merge.Options{Method: "dare_linear", Density: 0.5, MajoritySign: "total"}, fault.Invalid},
		"takes no rank":            {nil, merge.Options{Method: "linear", Rank: 4}, fault.Invalid},
		"rank -1 is not":           {nil, merge.Options{Method: "svd", Rank: -1}, fault.Invalid},
		"is of method dora":        {[]adapters.Weighted{a, card("b", func(a *adapters.Adapter) { a.Method = "dora" })}, merge.Options{}, fault.Unsupported},
		"one adapter cannot be":    {[]adapters.Weighted{a, card("b", func(a *adapters.Adapter) { a.Card.Side, a.Card.Space = adapters.SideQuery, "s" })}, merge.Options{}, fault.Conflict},
		"made for different bases": {[]adapters.Weighted{a, card("b", func(a *adapters.Adapter) { a.Card.BaseDigest = "b" })}, merge.Options{}, fault.Conflict},
		"weight of adapter":        {[]adapters.Weighted{{Adapter: a.Adapter, Weight: float32(math.NaN())}}, merge.Options{}, fault.Invalid},
		"has no layer":             {[]adapters.Weighted{card("a", func(a *adapters.Adapter) { a.Updates = map[string]delta.Update{"x": {}} })}, merge.Options{}, fault.Conflict},
	} {
		_, err := merge.Adapters(c.list, g.Sites, c.o)
		if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", words, err)
		}
	}
}
