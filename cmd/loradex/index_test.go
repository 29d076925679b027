package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/indexer"
)

const indexKeys = `repo rev dirty files files.seen files.indexed files.unchanged files.removed files.skipped
	chunks chunks.total chunks.encoded chunks.cached chunks.removed spaces coverage
	seconds seconds.scan seconds.chunk seconds.encode seconds.store seconds.total`

func TestIndexLexical(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	p.env["LORADEX_MODEL"] = "none"
	first := p.json("index", dir)
	wantKeys(t, first, indexKeys+" files.skipped.binary")
	if first["repo"] != dir || first["rev"] != git(t, dir, "rev-parse", "HEAD") || isTrue(first["dirty"]) {
		t.Errorf("repo, rev, dirty: %v", first)
	}
	if number(t, first, "files.indexed") != 4 || number(t, first, "chunks.total") < 4 || number(t, first, "chunks.encoded") != 0 {
		t.Errorf("counts: %v", first)
	}
	if data, err := os.ReadFile(filepath.Join(dir, ".loradex", ".gitignore")); err != nil || string(data) != "*\n" {
		t.Errorf(".gitignore is %q, %v", data, err)
	}

	second := p.json("index", dir)
	if number(t, second, "files.indexed") != 0 || number(t, second, "files.unchanged") != 4 || isTrue(second["dirty"]) {
		t.Errorf("nothing changed, and %v", second)
	}

	write(t, dir, map[string]string{"README.md": "# Other\n\nNew words.\n"})
	must(t, os.Remove(filepath.Join(dir, "net", "fetch.py")))
	third := p.json("index", dir)
	if number(t, third, "files.indexed") != 1 || number(t, third, "files.removed") != 1 || !isTrue(third["dirty"]) {
		t.Errorf("one changed, one gone, and %v", third)
	}

	rev := p.json("index", dir, "--rev", "HEAD")
	if number(t, rev, "files.seen") != 5 || isTrue(rev["dirty"]) {
		t.Errorf("the revision: %v", rev)
	}
	p.fails(exitFailure, "not_found", "no-such-branch", "index", dir, "--rev", "no-such-branch")
	p.fails(exitFailure, "unsupported", "none", "index", dir, "--adapter", "none")

	summary := p.run("index", dir)
	if summary.code != 0 || !strings.Contains(summary.out, "files   5: ") && !strings.Contains(summary.out, "files   4: ") {
		t.Errorf("summary: %+v", summary)
	}
	if !strings.Contains(summary.err, "note: no vectors are made") {
		t.Errorf("it does not say that the index is lexical: %q", summary.err)
	}
	if quiet := p.run("index", dir, "--quiet"); quiet.err != "" {
		t.Errorf("--quiet says %q", quiet.err)
	}
}

func TestIndexEmptyRepository(t *testing.T) {
	p := newPlace(t)
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	doc := p.json("index", dir, "--model", "none")
	if number(t, doc, "chunks.total") != 0 || number(t, doc, "coverage") != 1 || doc["rev"] != "" {
		t.Errorf("%v", doc)
	}
}

func TestIndexBareAndClean(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	bare := filepath.Join(t.TempDir(), "bare.git")
	git(t, dir, "clone", "-q", "--bare", dir, bare)
	p.json("index", bare, "--model", "none")
	status := p.json("status", bare)
	where, ok := status["index"].(map[string]any)
	if !ok || !strings.HasPrefix(where["dir"].(string), filepath.Join(p.home, "indexes")) {
		t.Fatalf("the index of a bare repository: %v", status)
	}
	cleaned := p.json("clean", bare)
	if removed := cleaned["removed"].([]any); len(removed) != 1 || removed[0] != where["dir"] {
		t.Errorf("%v", cleaned)
	}
	if _, err := os.Stat(where["dir"].(string)); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if again := p.json("clean", bare); len(again["removed"].([]any)) != 0 {
		t.Errorf("cleaning nothing: %v", again)
	}
}

func TestOneWriterAtATime(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	p.json("index", dir, "--model", "none")
	release, err := indexer.Lock(filepath.Join(dir, ".loradex"))
	must(t, err)
	p.fails(exitFailure, "conflict", "process", "index", dir, "--model", "none")
	p.fails(exitFailure, "conflict", "process", "clean", dir)
	me := fmt.Sprintf("process %d", os.Getpid())
	p.env["LORADEX_MODEL"] = "none"
	s := p.serve("--repo", dir)
	writer := func() (status, served any) {
		_, doc := s.get("/v1/repos")
		return p.json("status", dir)["index"].(map[string]any)["writer"], doc["repos"].([]any)[0].(map[string]any)["writer"]
	}
	if status, served := writer(); status != me+" is making the rest: wait for it, or search by words (--mode lexical)" || served != me {
		t.Errorf("who is writing: %v, over HTTP %v", status, served)
	}
	if out := p.ok("status", dir); !strings.Contains(out, me+" is making the rest") {
		t.Errorf("who is writing: %s", out)
	}
	must(t, release())
	if status, served := writer(); status != nil || served != nil {
		t.Errorf("nobody is writing: %v, over HTTP %v", status, served)
	}
	s.stop()
	p.json("index", dir, "--model", "none")
}

func TestStatusAndDoctor(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	t.Chdir(dir)
	p.env["LORADEX_MODEL"] = "none"
	const outer = "index encoder encoder.available encoder.model encoder.device encoder.reason encoder.hint home config build build.encoder build.tree_sitter"
	empty := p.json("status")
	wantKeys(t, empty, outer)
	if empty["index"] != nil {
		t.Errorf("an index where there is none: %v", empty)
	}
	p.ok("index")
	t.Chdir(filepath.Join(dir, "lock")) // found upwards
	wantKeys(t, p.json("status"), outer+` index.dir index.store index.repo index.rev index.dirty index.indexed_at index.files index.skipped
		index.skipped.binary index.changed index.chunks index.coverage index.spaces index.size index.size.database_bytes index.size.wal_bytes
		index.size.vector_bytes index.size.word_bytes index.size.files index.size.chunks index.size.texts index.size.vectors index.size.chunk_lists
		index.size.spaces`)
	if out := p.ok("status"); !strings.Contains(out, "the index is lexical") {
		t.Errorf("status: %s", out)
	}

	doctor := p.json("doctor")
	wantKeys(t, doctor, "ok checks checks.name checks.status checks.message checks.fix")
	if !isTrue(doctor["ok"]) {
		t.Errorf("doctor: %v", doctor)
	}
	must(t, os.WriteFile(filepath.Join(dir, ".loradex", "index.db"), []byte("no database at all, but long enough to be read as one"), 0o600))
	broken := p.run("doctor", "--json")
	if doc := document(t, broken.out); broken.code != exitFailure || isTrue(doc["ok"]) {
		t.Errorf("doctor of a broken index: %+v", broken)
	}
	p.fails(exitFailure, "corrupt", "index", "index")
}

func TestBrokenAdapterIsFoundAndRemoved(t *testing.T) {
	p := newPlace(t)
	t.Chdir(t.TempDir())
	bad := filepath.Join(p.home, "adapters", "bad")
	must(t, os.MkdirAll(bad, 0o755))
	must(t, os.WriteFile(filepath.Join(bad, "adapter_config.json"), []byte("{"), 0o600))
	must(t, os.WriteFile(filepath.Join(bad, "adapter_model.safetensors"), []byte{1, 2, 3}, 0o600))
	if r := p.run("doctor", "--model", "none"); r.code != exitFailure || !strings.Contains(r.out, "adapter bad") {
		t.Errorf("doctor: %+v", r)
	}
	if out := p.ok("adapters", "list"); !strings.Contains(out, "cannot be used") {
		t.Errorf("list: %s", out)
	}
	if doc := p.json("adapters", "remove", "bad"); doc["removed"] != "bad" {
		t.Errorf("remove: %v", doc)
	}
	if r := p.run("adapters", "list"); r.code != 0 || !strings.Contains(r.err, "no adapters") {
		t.Errorf("list: %+v", r)
	}
}
