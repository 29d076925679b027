package indexer_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
)

// wise makes options that give languages adapters of their own; the base has the rest.
func wise(texts map[string]string) indexer.Options {
	opts := options("none")
	opts.Spaces[0].Rest, opts.Languages = true, mixesOf(texts)
	byMix := map[string][]string{}
	for language, mix := range indexer.Adapted(opts.Languages) {
		byMix[mix.String()] = append(byMix[mix.String()], language)
	}
	for _, mix := range slices.Sorted(maps.Keys(byMix)) {
		plan := indexertest.Spaces(mix)[0]
		plan.Default = false
		plan.Languages = byMix[mix]
		opts.Spaces = append(opts.Spaces, plan)
	}
	return opts
}

func mixesOf(texts map[string]string) map[string]adapters.Mix {
	mixes := map[string]adapters.Mix{}
	for language, text := range texts {
		mixes[language] = adapterstest.Mix(text)
	}
	return mixes
}

// parts counts the chunks of each part that have their vector there.
func parts(t *testing.T, store *memory) map[string]int {
	t.Helper()
	state, err := store.Repo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spaces, err := store.Spaces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, p := range indexer.Parts(state, spaces) {
		n, err := store.Covered(t.Context(), p.Space.ID, p.Languages)
		if err != nil {
			t.Fatal(err)
		}
		out[p.Space.Mix.String()+" "+strings.Join(p.Languages, ",")] = n
	}
	return out
}

// TestLanguageWiseRuns follows an index through the life of its mapping: what each step encodes, and where each chunk
// belongs.
func TestLanguageWiseRuns(t *testing.T) {
	src := &indexertest.Source{Files: map[string]string{
		"a.go": "package a\n\nfunc A() {}\n\nshared\n", "b.py": "import os\n\nx = 1\n\nshared\n", "c.md": "# C\n",
	}}
	store, enc := newMemory(), &indexertest.Encoder{}
	step := func(name string, opts indexer.Options, encoded int, want map[string]int) indexer.Report {
		t.Helper()
		r := mustIndex(t, src, store, enc, opts)
		if r.Chunks.Encoded != encoded || r.Coverage != 1 {
			t.Errorf("%s: %d encoded, want %d; coverage %v", name, r.Chunks.Encoded, encoded, r.Coverage)
		}
		if got := parts(t, store); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		return r
	}
	first := map[string]string{"go": "g1", "python": "p"}
	start := map[string]int{"none markdown": 1, "g1 go": 3, "p python": 3}
	step("first run", wise(first), 7, start) // "shared" once in each language
	if r := step("again", wise(first), 0, start); r.Chunks.Cached != 7 {
		t.Errorf("again: %+v", r.Chunks)
	}
	kept := wise(first)
	kept.Languages = nil
	step("without a mapping: the index's own", kept, 0, start)
	step("another adapter of one language", wise(map[string]string{"go": "g2", "python": "p"}), 3, map[string]int{"none markdown": 1, "g2 go": 3, "p python": 3})
	step("a language less", wise(map[string]string{"python": "p"}), 3, map[string]int{"none go,markdown": 4, "p python": 3})
	src.Files["d.rs"] = "fn d() {}\n"
	step("a new language", wise(map[string]string{"python": "p"}), 1, map[string]int{"none go,markdown,rust": 5, "p python": 3})
	delete(src.Files, "a.go")
	step("a file less", wise(map[string]string{"python": "p"}), 0, map[string]int{"none markdown,rust": 2, "p python": 3})
	off := options("none")
	off.Languages = map[string]adapters.Mix{}
	step("off", off, 2, map[string]int{}) // "shared" has its vector from the go file
	if state, _ := store.Repo(t.Context()); len(state.Languages) != 0 {
		t.Errorf("the mapping stays: %v", state.Languages)
	}
}

// TestSharedTextKeepsItsLanguages: a text that two languages share stays searchable in one of them when the file of
// the other goes, as in an index that was made afresh.
func TestSharedTextKeepsItsLanguages(t *testing.T) {
	mixes := map[string]string{"go": "g", "python": "p"}
	src := &indexertest.Source{Files: map[string]string{"a.go": "shared\n", "b.py": "shared\n"}}
	store, enc := newMemory(), &indexertest.Encoder{}
	mustIndex(t, src, store, enc, wise(mixes))
	delete(src.Files, "a.go")
	r := mustIndex(t, src, store, enc, wise(mixes))
	fresh := newMemory()
	mustIndex(t, src, fresh, &indexertest.Encoder{}, wise(mixes))
	if got, want := parts(t, store)["p python"], parts(t, fresh)["p python"]; got != want || want != 1 || r.Chunks.Encoded != 0 || r.Coverage != 1 {
		t.Errorf("%d chunks of python, want %d; %+v, coverage %v", got, want, r.Chunks, r.Coverage)
	}
}

// TestLanguageWiseCoverage: vectors of other languages that a space holds from before do not count.
func TestLanguageWiseCoverage(t *testing.T) {
	src := &indexertest.Source{Files: map[string]string{"a.go": "package a\n\nfunc A() {}\n", "b.py": "import os\n\nx = 1\n"}}
	store, enc := newMemory(), &indexertest.Encoder{}
	mustIndex(t, src, store, enc, options("none")) // the base has all four
	enc.Limit = len(enc.Texts)
	opts := wise(map[string]string{"go": "g"})
	r, err := indexer.Index(t.Context(), src, store, enc, opts)
	if err == nil || r.Coverage != 0.5 {
		t.Errorf("coverage %v, %v: the go chunks have no vector in their space", r.Coverage, err)
	}
	// A lexical run keeps the mapping, and says how far the vectors are.
	lexical := options()
	if r := mustIndex(t, src, store, nil, lexical); r.Coverage != 0.5 {
		t.Errorf("lexical run: coverage %v", r.Coverage)
	}
	enc.Limit = 0
	opts.Languages = nil
	if r := mustIndex(t, src, store, enc, opts); r.Coverage != 1 || r.Chunks.Encoded != 2 {
		t.Errorf("the next run: %+v", r)
	}
}

func TestLanguageNamed(t *testing.T) {
	for name, want := range map[string]string{"go": "go", "Golang": "go", "C++": "c++", "cpp": "c++", "csharp": "c#", "js": "javascript", "python3": "python"} {
		if got, ok := indexer.LanguageNamed(name); got != want || !ok {
			t.Errorf("%q: %q, %v", name, got, ok)
		}
	}
	if got, ok := indexer.LanguageNamed("klingon"); ok {
		t.Errorf("klingon is %q", got)
	}
}

func TestPlansOfLanguagesAreApart(t *testing.T) {
	opts := wise(map[string]string{"go": "g", "python": "p"})
	opts.Spaces[2].Languages = []string{"go"}
	if err := opts.Validate(); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "go") {
		t.Errorf("a language in two spaces: %v", err)
	}
	opts = wise(map[string]string{"go": "g"})
	opts.Spaces[1].Rest = true
	if err := opts.Validate(); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("some languages and the rest: %v", err)
	}
}
