//go:build cgo && ORT

package embed_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/train"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// fixtures are adapters of testdata/adapters for each method of the table, in every layout that it is read from.
var fixtures = map[string][]string{
	"lora":       {"qv_r4", "all_r8", "hub_lora"},
	"dora":       {"dora_r8", "dora_all_r4"},
	"ia3":        {"ia3", "ia3_ff", "hub_ia3"},
	"ln_tuning":  {"ln", "ln_some"},
	"vera":       {"vera", "vera_wide"},
	"bottleneck": {"hub_bn_relu", "hub_bn_gelu", "hub_bn_both", "hub_bn_old", "hub_bn_houlsby", "hub_bn_parallel", "hub_bn_plus"},
}

// TestMethods is the matrix over the table of methods: each is read under its name, served in a batch of all methods as it is
// alone, mixed with a LoRA and with itself, saved or refused by name, and trained or refused by name.
func TestMethods(t *testing.T) {
	lib, e := library(t), shared(t)
	texts := shortTexts(t)
	var rows, plain []embed.Row
	for i, spelled := range append([]string{"none"}, mostSitesFirst(t, mixesOfMethods(t)[1:])...) {
		rows = append(rows, embed.Row{Text: texts[i%len(texts)], Mix: mix(t, spelled)})
		plain = append(plain, embed.Row{Text: texts[i%len(texts)]})
	}
	base := encode(t, e, plain)
	var alone [][]float32
	for i := range rows {
		alone = append(alone, encode(t, e, rows[i:i+1])[0])
	}
	for i, v := range encode(t, e, rows) {
		if d := maxDiff(v, alone[i]); d > 2e-6 {
			t.Errorf("%s: in a batch with the others it differs from itself alone by %.2g", rows[i].Mix, d)
		}
		if i > 0 && maxDiff(v, base[i]) < 1e-4 {
			t.Errorf("%s: is the base", rows[i].Mix)
		}
	}
	for _, m := range adapters.Methods() {
		t.Run(m.Name, func(t *testing.T) {
			for _, name := range fixtures[m.Name] {
				saveAndLoad(t, e, lib, m.Name, name)
			}
			if slices.Contains(train.Methods(), m.Name) {
				trainAndServe(t, m.Name)
				return
			}
			err := train.Options{Method: m.Name}.Validate()
			if err == nil || !strings.Contains(err.Error(), "not trained") || !strings.Contains(err.Error(), m.Name) {
				t.Errorf("training: %v, want a refusal by name", err)
			}
		})
	}
}

// trainAndServe takes a training step of a small model, saves the adapter that comes of it, and encodes with it.
func trainAndServe(t *testing.T, method string) {
	t.Helper()
	dir := t.TempDir()
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	e := open(t, embed.Options{Model: filepath.Join("model", "testdata", "models", "bert-sharded"), Adapters: lib})
	data := &dataset.Dataset{}
	for i, word := range []string{"open", "close", "read", "list"} {
		data.Queries = append(data.Queries, dataset.Text{ID: "q" + word, Text: word})
		data.Docs = append(data.Docs, dataset.Text{ID: "d" + word, Text: "def " + word})
		data.Judgements = append(data.Judgements, []dataset.Judgement{{Doc: int32(i), Grade: 1}}) //nolint:gosec // small
	}
	tr, err := train.New(t.Context(), e, train.Job{Data: data}, train.Options{Method: method, Rank: 2, Batch: 4, Steps: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if err := tr.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := tr.Adapter(adapters.Card{Side: adapters.SideBoth, BaseDigest: e.Model().BaseDigest()})
	if err != nil {
		t.Fatal(err)
	}
	if err := adapters.Save(filepath.Join(dir, "trained"), a, adapters.SaveOptions{Sites: e.Sites()}); err != nil {
		t.Fatal(err)
	}
	if entry, err := lib.Entry(t.Context(), "trained"); err != nil || entry.Method != method {
		t.Errorf("what was trained is read as %+v, %v", entry, err)
	}
	v := encode(t, e, []embed.Row{{Text: "open a list"}, {Text: "open a list", Mix: mix(t, "trained")}})
	if maxDiff(v[0], v[1]) == 0 {
		t.Error("what was trained changes nothing")
	}
}

// mixesOfMethods lists the base, and adapters of every method of the table: alone, weighted with one of another method, and with
// several. A method without a fixture fails the test.
func mixesOfMethods(t *testing.T) []string {
	t.Helper()
	mixes := []string{"none"}
	for _, m := range adapters.Methods() {
		names := fixtures[m.Name]
		if len(names) == 0 {
			t.Fatalf("no adapter of testdata is %s: a method needs one, and its golden", m.Name)
		}
		for i, name := range names {
			mixes = append(mixes, name, name+"*0.6 + qv_r16*0.5", names[(i+1)%len(names)]+" - "+name+"*0.4 + rslora_r32*0.3 + bias_all_norm*0.5")
		}
	}
	return mixes
}

// saveAndLoad writes an adapter anew and reads it: the same adapter. A method that no layout of ours can say is refused.
func saveAndLoad(t *testing.T, e *embed.Encoder, lib *adapters.Library, method, name string) {
	t.Helper()
	a, err := lib.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if a.Method != method {
		t.Errorf("%s is read as %s, not as %s", name, a.Method, method)
	}
	dir := filepath.Join(t.TempDir(), name)
	switch err := adapters.Save(dir, a, adapters.SaveOptions{Sites: e.Sites()}); {
	case fault.CodeOf(err) == fault.Unsupported && strings.Contains(err.Error(), method):
		return
	case err != nil:
		t.Error(err)
		return
	}
	b, err := adapters.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if b.Digest != a.Digest || b.Method != a.Method {
		t.Errorf("%s: saved and loaded it is %s %s, not %s %s", name, b.Method, b.Digest, a.Method, a.Digest)
	}
}
