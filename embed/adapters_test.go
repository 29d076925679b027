//go:build cgo && ORT

package embed_test

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/safetensors"
	"loradex/embed"
	"loradex/internal/fault"
)

func mix(t testing.TB, s string) adapters.Mix {
	t.Helper()
	m, err := adapters.ParseMix(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// goldens are the vectors that a library gives the first parity texts, by mix (testdata/gen/peft_adapters.py and
// adapterhub_adapters.py).
func goldens(t testing.TB, file string) map[string][]float32 {
	t.Helper()
	f, err := safetensors.Open(filepath.Join("..", "testdata", "adapters", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string][]float32{}
	for _, name := range f.Names() {
		v, _, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = append([]float32(nil), v...)
	}
	return out
}

// TestParityWithPEFT compares every mix with the library's vectors, each of them once: those of every other text alone, with one
// set of adapters for the batch, and those of the rest in one call for all mixes, in which every row brings its own.
func TestParityWithPEFT(t *testing.T) {
	parity(t, "golden.safetensors", "golden-ia3.safetensors", "golden-ln.safetensors", "golden-vera.safetensors")
}

// TestParityWithAdapterHub does the same with what AdapterHub's library saved.
func TestParityWithAdapterHub(t *testing.T) {
	parity(t, "golden-hub-lora.safetensors", "golden-hub-ia3.safetensors", "golden-hub-bottleneck.safetensors")
}

// TestParityWithArrow does the same with PEFT's router for each token (testdata/gen/peft_arrow.py).
func TestParityWithArrow(t *testing.T) { parity(t, "golden-arrow.safetensors") }

func parity(t *testing.T, files ...string) {
	texts, _ := parityTexts(t)
	e := shared(t)
	for _, file := range files {
		want := goldens(t, file)
		var mixed []embed.Row
		var mixedWant [][]float32
		for _, name := range mostSitesFirst(t, slices.Collect(maps.Keys(want))) {
			var alone []embed.Row
			var aloneWant [][]float32
			moved := 0.0
			for i := range len(want[name]) / 384 {
				row, golden := embed.Row{Text: texts[i], Role: embed.Query, Mix: mix(t, name)}, want[name][i*384:(i+1)*384]
				moved = max(moved, maxDiff(golden, want["none"][i*384:(i+1)*384]))
				if i%2 == 0 {
					alone, aloneWant = append(alone, row), append(aloneWant, golden)
				} else {
					mixed, mixedWant = append(mixed, row), append(mixedWant, golden)
				}
			}
			worst := 0.0
			for i, v := range encode(t, e, alone) {
				worst = max(worst, maxDiff(v, aloneWant[i]))
			}
			t.Logf("%-46s moves vectors by %.3f, differs from the library by %.2g", name, moved, worst)
			if worst > 1e-5 {
				t.Errorf("%s: differs from the library by %.2g", name, worst)
			}
			if name != "none" && moved < 1e-2 {
				t.Errorf("%s: moves vectors by %.2g only: the comparison would prove little", name, moved)
			}
		}
		for i, v := range encode(t, e, mixed) {
			if d := maxDiff(v, mixedWant[i]); d > 1e-5 {
				t.Errorf("mixed with others: row %d (%s): differs from the library by %.2g", i, mixed[i].Mix, d)
			}
		}
	}
}

// shortTexts are the shortest of the parity texts, for tests of what does not depend on the text.
func shortTexts(t *testing.T) []string {
	t.Helper()
	texts, _ := parityTexts(t)
	slices.SortStableFunc(texts, func(a, b string) int { return len(a) - len(b) })
	return texts[:64]
}

// mostSitesFirst orders mixes so that few graphs are loaded: one with more sites serves those with fewer.
func mostSitesFirst(t *testing.T, mixes []string) []string {
	t.Helper()
	lib, sites := library(t), map[string]int{}
	for _, name := range mixes {
		paths := map[string]bool{}
		list, err := lib.Resolve(t.Context(), mix(t, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range list {
			for path := range w.Adapter.Updates {
				paths[path] = true
			}
			if err := w.Adapter.Close(); err != nil {
				t.Fatal(err)
			}
		}
		sites[name] = len(paths)
	}
	slices.SortFunc(mixes, func(a, b string) int { return cmp.Or(sites[b]-sites[a], strings.Compare(a, b)) })
	return mixes
}

// TestMixedBatchEqualsAlone is the key property: what stands beside a row in a batch does not change its vector. Mixes are those
// of every method of the table.
func TestMixedBatchEqualsAlone(t *testing.T) {
	texts, e := shortTexts(t), shared(t)
	names := mostSitesFirst(t, mixesOfMethods(t))
	for i, name := range names {
		names[i] = mix(t, name).String()
	}
	rng := rand.New(rand.NewPCG(1, 2))
	worst := 0.0
	for range 4 {
		rows := make([]embed.Row, 2+rng.IntN(24))
		for i := range rows {
			rows[i] = embed.Row{Text: texts[rng.IntN(len(texts))], Mix: mix(t, names[rng.IntN(len(names))]), Role: embed.Role(rng.IntN(2))}
		}
		slices.SortStableFunc(rows, func(a, b embed.Row) int {
			return slices.Index(names, a.Mix.String()) - slices.Index(names, b.Mix.String())
		})
		for i, v := range encode(t, e, rows) {
			alone := encode(t, e, rows[i:i+1])[0]
			d := maxDiff(v, alone)
			worst = max(worst, d)
			if d > 2e-6 {
				t.Errorf("row %d of %d (%s): differs from itself alone by %.2g", i, len(rows), rows[i].Mix, d)
			}
		}
	}
	t.Logf("largest difference %.2g", worst)
}

func TestAdapterErrors(t *testing.T) {
	var refused map[string]string // to words of the error
	dir := filepath.Join("..", "testdata", "adapters", "refused")
	readJSON(t, filepath.Join(dir, "expected.json"), &refused)
	l, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := open(t, embed.Options{Adapters: l})
	for name, words := range refused {
		_, err := e.Encode(t.Context(), []embed.Row{{Text: "x", Mix: mix(t, name)}})
		if code := fault.CodeOf(err); err == nil || !slices.Contains([]fault.Code{fault.Unsupported, fault.Invalid, fault.Conflict}, code) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", name, err, words)
		}
	}
	for text, code := range map[string]fault.Code{"nosuch": fault.NotFound, "auto": fault.Unsupported, "gate(olora,pissa;k=2)": fault.Unsupported} {
		_, err := e.Encode(t.Context(), []embed.Row{{Text: "x"}, {Text: "y", Mix: mix(t, text)}})
		if fault.CodeOf(err) != code {
			t.Errorf("%s: %v, want code %s", text, err, code)
		}
	}
	none := open(t, embed.Options{})
	if _, err := none.Encode(t.Context(), []embed.Row{{Text: "x", Mix: mix(t, "go")}}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("without a library: %v", err)
	}
}

// TestModelGoldens compares small models of every format and family with the vectors that transformers gives.
func TestModelGoldens(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("model", "testdata", "models", "*", "golden.json"))
	if err != nil || len(files) < 6 {
		t.Fatalf("only %d small models: %v", len(files), err)
	}
	for _, f := range files {
		t.Run(filepath.Base(filepath.Dir(f)), func(t *testing.T) {
			type golden struct {
				IDs     [][]int     `json:"ids"`
				Vectors [][]float32 `json:"vectors"`
			}
			var g struct {
				Texts    []string `json:"texts"`
				Document golden   `json:"document"`
				Query    *golden  `json:"query"`
			}
			readJSON(t, f, &g)
			e := open(t, embed.Options{Model: filepath.Dir(f)})
			compare := func(role embed.Role, want golden) {
				rows := make([]embed.Row, len(g.Texts))
				for i, s := range g.Texts {
					rows[i] = embed.Row{Text: s, Role: role}
				}
				err := e.Each(t.Context(), rows, func(i int, v []float32, tokens int) error {
					if d := maxDiff(v, want.Vectors[i]); d > 1e-5 || tokens != len(want.IDs[i]) {
						t.Errorf("role %d, %.40q: differs by %.2g, %d tokens, want %d", role, g.Texts[i], d, tokens, len(want.IDs[i]))
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			compare(embed.Document, g.Document)
			if g.Query != nil {
				compare(embed.Query, *g.Query)
			}
		})
	}
}

// TestSmallModels compares more small models with the vectors that sentence-transformers gives: other poolings, prompts,
// sharded and 16-bit weights, tokenizers built from vocabularies (testdata/models).
func TestSmallModels(t *testing.T) {
	dir := filepath.Join("..", "testdata", "models")
	var texts []string
	readJSON(t, filepath.Join(dir, "texts.json"), &texts)
	f, err := safetensors.Open(filepath.Join(dir, "golden.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range f.Names() {
		t.Run(name, func(t *testing.T) {
			want, shape, err := f.Float32(name)
			if err != nil {
				t.Fatal(err)
			}
			model, role, prompted := strings.Cut(name, "/")
			e := open(t, embed.Options{Model: filepath.Join(dir, model)})
			if !prompted && e.Model().Prompts.Document() != "" {
				t.Skip("made without the prompt that every document gets here")
			}
			rows := make([]embed.Row, len(texts))
			for i, s := range texts {
				rows[i].Text = s
				if role == "query" {
					rows[i].Role = embed.Query
				}
			}
			for i, v := range encode(t, e, rows) {
				if d := maxDiff(v, unit(want[i*shape[1]:(i+1)*shape[1]])); d > 1e-5 {
					t.Errorf("%.40q: differs by %.2g", texts[i], d)
				}
			}
		})
	}
}

// unit scales a golden vector to length 1, which ours always have: some of the models have no Normalize module.
func unit(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}
