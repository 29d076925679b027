package main

// This file tests the commands that encode, where the build and the machine can.

import (
	"encoding/json"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed/runtime"
)

const peftFolder = "../../testdata/adapters/qv_r4"

// withAdapter adds the small adapter of the test data under a name.
func (p *place) withAdapter(name string) *place {
	p.t.Helper()
	if _, err := os.Stat(peftFolder); err != nil {
		p.t.Skip(err)
	}
	p.ok("adapters", "add", peftFolder, "--name", name, "--base")
	return p
}

// rows decodes the output of embed.
func rows(t testing.TB, text string) (ids []string, vectors [][]float64) {
	t.Helper()
	for line := range strings.Lines(text) {
		var row struct {
			ID        json.RawMessage `json:"id"`
			Embedding []float64       `json:"embedding"`
		}
		must(t, decodeStrict([]byte(line), &row))
		ids, vectors = append(ids, string(row.ID)), append(vectors, row.Embedding)
	}
	return ids, vectors
}

// apart is the largest difference of two vectors.
func apart(a, b []float64) float64 {
	d := math.Abs(float64(len(a) - len(b)))
	for i := range min(len(a), len(b)) {
		d = max(d, math.Abs(a[i]-b[i]))
	}
	return d
}

func TestEmbed(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	in := `{"id":1,"text":"read a file"}
{"id":"two","text":"read a file","adapter":"small"}

{"id":3.5,"text":"read a file","adapter":{"adapters":[{"id":"small","weight":1}]},"role":"query"}
{"id":-4,"text":"","adapter":"none"}
`
	r := p.runWith(in, "embed")
	if r.code != 0 || r.err != "" {
		t.Fatalf("%+v", r)
	}
	ids, vectors := rows(t, r.out)
	if strings.Join(ids, " ") != `1 "two" 3.5 -4` {
		t.Errorf("ids are %v", ids)
	}
	if d := apart(vectors[0], vectors[1]); d < 1e-3 {
		t.Errorf("the adapter moves the vector by %g only", d)
	}
	if d := apart(vectors[1], vectors[2]); d > 2e-6 {
		t.Errorf("two spellings of a mix differ by %g", d)
	}
	// The flag is for rows that name none.
	r = p.runWith(in, "embed", "--adapter", "small", "--role", "query")
	_, flagged := rows(t, r.out)
	if d := apart(flagged[0], vectors[1]); d > 2e-6 {
		t.Errorf("--adapter gives another vector than the row's own: %g", d)
	}
	if d := apart(flagged[3], vectors[3]); d > 2e-6 {
		t.Errorf("the row's own adapter does not win over the flag: %g", d)
	}
	if r := p.runWith("", "embed"); r.code != 0 || r.out != "" {
		t.Errorf("no rows: %+v", r)
	}
}

func TestEmbedKeepsOrderOverBatches(t *testing.T) {
	p := newPlace(t).withEncoder()
	var in strings.Builder
	const n = embedBatch + 3
	for i := range n {
		in.WriteString(`{"id":` + itoa(i) + `,"text":"` + strings.Repeat("word ", i%5) + `"}` + "\n")
	}
	r := p.runWith(in.String(), "embed")
	ids, vectors := rows(t, r.out)
	if r.code != 0 || len(ids) != n || ids[n-1] != itoa(n-1) || ids[7] != "7" {
		t.Fatalf("%d rows, exit %d: %s", len(ids), r.code, r.err)
	}
	if d := apart(vectors[0], vectors[embedBatch-1]); embedBatch%5 == 1 && d > 2e-6 {
		t.Errorf("equal texts in one batch differ by %g", d)
	}
}

func TestEmbedBadLine(t *testing.T) {
	p := newPlace(t).withEncoder()
	const good = `{"id":1,"text":"a"}` + "\n" + `{"id":2,"text":"b"}` + "\n"
	for _, tt := range []struct{ line, words string }{
		{`{"id":3}`, "line 3: no text"},
		{`{"text":"x"}`, "line 3: no id"},
		{`{"id":null,"text":"x"}`, "line 3: no id"},
		{`{"id":[1],"text":"x"}`, "line 3: no id"},
		{`{"id":3,"text":"x","adaptr":"y"}`, "adaptr"},
		{`{"id":3,"text":"x","role":"both"}`, "both"},
		{`{"id":3,"text":"x","adapter":"a++b"}`, "line 3"},
		{`{"id":3,"text":"x"} {}`, "more after"},
		{`nonsense`, "line 3"},
	} {
		r := p.runWith(good+tt.line+"\n", "embed")
		ids, _ := rows(t, r.out)
		if r.code != exitFailure || len(ids) != 2 || !strings.Contains(r.err, tt.words) {
			t.Errorf("%s: %+v", tt.line, r)
		}
	}
	r := p.runWith(good+`{"id":3,"text":"x","adapter":"ghost"}`, "embed", "--json")
	if r.code != exitFailure || !strings.Contains(r.err, "ghost") || strings.Contains(r.out, "error") {
		t.Errorf("an unknown adapter: %+v", r)
	}
}

func TestAdapters(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	list := p.json("adapters", "list")
	entries := list["adapters"].([]any)
	if len(entries) != 1 || entries[0].(map[string]any)["name"] != "small" {
		t.Errorf("%v", list)
	}
	if show := p.json("adapters", "show", "small"); number(t, show, "rank") != 4 || show["method"] != "lora" {
		t.Errorf("%v", show)
	}
	if out := p.ok("__complete", "embed", "--adapter", "x+"); !strings.Contains(out, "x+small\n") {
		t.Errorf("completion of a mix: %s", out)
	}
	p.fails(exitFailure, "conflict", "small", "adapters", "add", peftFolder, "--name", "small")
	p.ok("adapters", "add", peftFolder, "--name", "small", "--replace")
	p.fails(exitFailure, "not_found", "small", "adapters", "show", "smal")
	p.fails(exitFailure, "not_found", "nowhere", "adapters", "add", "nowhere", "--name", "x")
	if out := p.ok("doctor"); !strings.Contains(out, "1 of 1") || !strings.Contains(out, "ok    model") {
		t.Errorf("doctor: %s", out)
	}
	p.ok("adapters", "remove", "small")
	if _, err := os.Stat(filepath.Join(p.home, "adapters", "small")); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestModels(t *testing.T) {
	p := newPlace(t).withEncoder()
	models := p.json("model", "list")
	wantKeys(t, models, `folder models models.name models.dir models.default models.family models.dimensions models.layers
		models.max_tokens models.pooling models.bytes models.digest`)
	dir := models["models"].([]any)[0].(map[string]any)["dir"].(string)

	other := newPlace(t)
	got := other.json("model", "pull", dir, "--name", "copy")
	if got["name"] != "copy" || number(t, got, "dimensions") != 384 {
		t.Errorf("%v", got)
	}
	other.fails(exitFailure, "conflict", "copy", "model", "pull", dir, "--name", "copy")
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(dir, link))
	other.ok("model", "pull", link, "--name", "copy", "--replace")
	left, err := filepath.Glob(filepath.Join(other.home, "models", ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("temporary folders are left: %v", left)
	}
	if listed := other.json("model", "list"); len(listed["models"].([]any)) != 1 {
		t.Errorf("%v", listed)
	}
}

func TestModelPullDefault(t *testing.T) {
	p := newPlace(t)
	p.fails(exitFailure, "not_found", "make setup", "model", "pull")
	empty := t.TempDir()
	p.fails(exitFailure, "not_found", "", "model", "pull", empty)
}

func TestIndexWithAdapters(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	dir := repo(t, sample())
	first := p.json("index", dir)
	total := number(t, first, "chunks.total")
	wantKeys(t, first, indexKeys+" files.skipped.binary spaces.id spaces.adapter spaces.model spaces.vectors")
	if number(t, first, "chunks.encoded") != total || number(t, first, "coverage") != 1 {
		t.Errorf("%v", first)
	}
	second := p.json("index", dir)
	if number(t, second, "chunks.encoded") != 0 || number(t, second, "chunks.cached") != total {
		t.Errorf("a second run encodes: %v", second)
	}
	added := p.json("index", dir, "--adapter", "small")
	if len(added["spaces"].([]any)) != 2 || number(t, added, "chunks.encoded") != total {
		t.Errorf("the space of the adapter: %v", added)
	}
	// A run without flags keeps both up to date, and encodes only what changed.
	write(t, dir, map[string]string{"lock/more.go": "package lock\n\n// Release gives the lock back.\nfunc Release() {}\n"})
	both := p.json("index", dir)
	if n := number(t, both, "chunks.encoded"); n != 2*(number(t, both, "chunks.total")-total) || number(t, both, "coverage") != 1 {
		t.Errorf("%v chunks encoded: %v", n, both)
	}
	p.fails(exitFailure, "not_found", "ghost", "index", dir, "--adapter", "ghost")
	p.fails(exitFailure, "not_found", "ghost", "index", dir, "--drop-space", "ghost")
	dropped := p.json("index", dir, "--drop-space", "small")
	if len(dropped["spaces"].([]any)) != 1 {
		t.Errorf("the space is still there: %v", dropped)
	}
}

func TestQueryAdapterNeedsNoIndexing(t *testing.T) {
	p := newPlace(t).withEncoder()
	p.withQueryAdapter("asker")
	p.fails(exitUsage, "invalid", "no re-indexing", "index", repo(t, sample()), "--adapter", "asker")
}

// TestQueryAdapterOnDocuments: documents are never encoded with an adapter for queries, and code that is searched with counts as one.
func TestQueryAdapterOnDocuments(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	p.withQueryAdapter("asker")
	for _, mix := range []string{"asker", "asker*0.5", "small+asker"} {
		r := p.runWith(`{"id":1,"text":"read a file"}`, "embed", "--adapter", mix)
		if r.code == 0 || r.out != "" || !strings.Contains(r.err, `"asker" was trained for queries alone`) || !strings.Contains(r.err, "role query") {
			t.Errorf("%s: %+v", mix, r)
		}
	}
	// A mix that a query has first, and then a document.
	r := p.runWith(`{"id":1,"text":"a","role":"query","adapter":"asker"}`+"\n"+`{"id":2,"text":"a","role":"document","adapter":"asker"}`, "embed")
	if r.code == 0 || r.out != "" {
		t.Errorf("a document behind a query: %+v", r)
	}
	r = p.runWith(`{"id":1,"text":"read a file"}`, "embed", "--adapter", "asker", "--role", "query")
	_, asked := rows(t, r.out)
	if r.code != 0 || len(asked) != 1 {
		t.Fatalf("a query: %+v", r)
	}
	p.fails(exitFailure, "invalid", "trained for queries alone", "eval", "run", "--data", tinyData(t), "--doc-adapter", "asker")

	dir := repo(t, sample())
	p.ok("index", dir)
	code := filepath.Join(t.TempDir(), "code.go")
	must(t, os.WriteFile(code, []byte("func Take() error { return lock() }\n"), 0o600))
	base := p.json("search", "--repo", dir, "--mode", "dense", "--code", code)
	with := p.json("search", "--repo", dir, "--mode", "dense", "--code", code, "--adapter", "asker")
	b, w := base["hits"].([]any)[0].(map[string]any), with["hits"].([]any)[0].(map[string]any)
	if number(t, b, "scores.dense") != number(t, w, "scores.dense") || w["adapter"] != "none" {
		t.Errorf("code with the adapter: %v, without %v", w, b)
	}

	s := p.serve("--repo", dir)
	status, doc := s.post("/v1/embeddings", `{"model":"base:asker","input":"read a file"}`)
	if status != http.StatusOK || !strings.Contains(doc["note"].(string), "asker") {
		t.Fatalf("%d %v", status, doc)
	}
	var vector []float64
	for _, v := range doc["data"].([]any)[0].(map[string]any)["embedding"].([]any) {
		vector = append(vector, v.(float64))
	}
	if d := apart(vector, asked[0]); d > 2e-6 {
		t.Errorf("without input_type the vector is not the query's: %g", d)
	}
	if status, doc := s.post("/v1/embeddings", `{"model":"base:asker","input":"read a file","input_type":"document"}`); status != http.StatusBadRequest || doc["code"] != "invalid" {
		t.Errorf("as a document: %d %v", status, doc)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// withQueryAdapter adds an adapter whose card says query side, against the base's space.
func (p *place) withQueryAdapter(name string) {
	p.t.Helper()
	a := newApp(p.getenv, strings.NewReader(""), &strings.Builder{}, &strings.Builder{})
	must(p.t, a.setup(func(string) bool { return false }))
	enc, err := a.Encoder(p.t.Context())
	must(p.t, err)
	space, err := enc.Space(p.t.Context(), adapters.Mix{})
	must(p.t, err)
	must(p.t, a.Close())
	dir := filepath.Join(p.t.TempDir(), name)
	must(p.t, os.CopyFS(dir, os.DirFS(peftFolder)))
	card, err := json.Marshal(adapters.Card{Name: name, Side: adapters.SideQuery, Space: space.ID})
	must(p.t, err)
	must(p.t, os.WriteFile(filepath.Join(dir, adapters.CardFile), card, 0o600))
	p.ok("adapters", "add", dir, "--name", name, "--base")
}

func TestWithoutEncoder(t *testing.T) {
	p := newPlace(t) // a home without model and runtime
	r := p.runWith(`{"id":1,"text":"a"}`, "embed")
	fix := "make setup"
	if !runtime.Available {
		fix = "make build"
	}
	if r.code != exitFailure || r.out != "" || !strings.Contains(r.err, fix) || strings.Count(r.err, "\n") != 2 {
		t.Errorf("%+v", r)
	}
	dir := repo(t, sample())
	if r := p.run("index", dir); r.code != 0 || !strings.Contains(r.err, "lexical") || !strings.Contains(r.err, fix) {
		t.Errorf("index is not lexical: %+v", r)
	}
	p.fails(exitFailure, "not_found", "ghost", "index", dir, "--model", "ghost")
}
