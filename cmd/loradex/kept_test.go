package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/embed/runtime"
	"loradex/internal/config"
	"loradex/internal/home"
	"loradex/search"
	"loradex/workspace"
)

// withTwoModels gives a place the runtime and two small models of its own, `one` and `two`.
func (p *place) withTwoModels() *place {
	p.t.Helper()
	if !runtime.Available {
		p.t.Skip("this build has no encoder")
	}
	h, err := home.Resolve(os.Getenv)
	if err != nil {
		p.t.Skip(err)
	}
	lib, err := h.NativeRuntime("cpu")
	if err != nil {
		p.t.Skip(err)
	}
	p.env[home.EnvRuntime], p.env["LORADEX_WAITING"] = lib, "sleep"
	for name, dir := range map[string]string{"one": "bert-cased-bf16", "two": "bert-bin-shards"} {
		p.ok("model", "pull", filepath.Join("..", "..", "testdata", "models", dir), "--name", name)
	}
	return p
}

// TestIndexKeepsItsModel: an index is searched and brought up to date with the model that it was made with, whatever the default is, until
// `index --model` changes it, which says so.
func TestIndexKeepsItsModel(t *testing.T) {
	p := newPlace(t).withTwoModels()
	repo := repo(t, map[string]string{
		"a.go": "package a\n\n// Lock takes the lock.\nfunc Lock() {}\n",
		"b.go": "package a\n\n// Free gives it back.\nfunc Free() {}\n",
	})
	used := func(want string, args ...string) {
		t.Helper()
		got := p.json(append([]string{"search", "take the lock", "--repo", repo}, args...)...)
		if model, _ := got["model"].(string); model != want || want != "" && got["mode"] != "hybrid" {
			t.Errorf("search %q answers with the vectors of %q in mode %v, want %q", args, got["model"], got["mode"], want)
		}
	}
	said := func(words string, args ...string) {
		t.Helper()
		if r := p.run(args...); r.code != exitOK || !strings.Contains(r.err, words) {
			t.Errorf("%q: exit %d, %q, want %q", args, r.code, r.err, words)
		}
	}
	p.ok("index", repo, "--model", "one")
	used("one") // the default is not even installed
	p.env["LORADEX_MODEL"] = "two"
	used("one")
	said("keeps one", "index", repo)
	used("one")
	p.fails(exitFailure, "conflict", "made with the model one, and this is two", "search", "x", "--repo", repo, "--model", "two")
	encoder := p.json("status", repo)["encoder"].(map[string]any)
	if encoder["model"] != "one" {
		t.Errorf("status: %v", encoder)
	}
	doctor := p.run("doctor", repo)
	if !strings.Contains(doctor.out, "the index was made with one") || !strings.Contains(doctor.out, "one: 32 dimensions") {
		t.Errorf("doctor: %s", doctor.out)
	}
	p.env["LORADEX_MODEL"] = "none"
	used("")
	delete(p.env, "LORADEX_MODEL")

	said("vectors of two, which searches use from now on, in place of one", "index", repo, "--model", "two")
	used("two")
	used("one", "--model", "one") // its vectors are still there
	said("of another model", "index", repo)
	used("two")

	two := filepath.Join(p.home, "models", "two")
	must(t, os.Rename(two, two+"-renamed"))
	used("two") // the same weights under another name
	must(t, os.RemoveAll(two+"-renamed"))
	said("made with two, which is not installed", "search", "lock", "--repo", repo)
	said("made with two, which is not installed", "index", repo)
	p.fails(exitFailure, "not_found", "which is not installed", "search", "x", "--repo", repo, "--mode", "dense")
	used("one", "--model", "one")
	var drop string
	for _, s := range p.json("status", repo)["index"].(map[string]any)["spaces"].([]any) {
		if space := s.(map[string]any); space["model"] == "two" {
			drop = space["id"].(string)
		}
	}
	p.ok("index", repo, "--drop-space", drop)
	used("one")
}

// TestServedIndexChangesModel: what is open and searches an index, as a server does, follows the index to another model.
func TestServedIndexChangesModel(t *testing.T) {
	p := newPlace(t).withTwoModels()
	repo := repo(t, map[string]string{"a.go": "package a\n\n// Lock takes the lock.\nfunc Lock() {}\n"})
	h, err := home.Resolve(p.getenv)
	must(t, err)
	s := workspace.New(workspace.Settings{Home: h, Config: config.Default()})
	defer func() { must(t, s.Close()) }()
	ws := s.Open(repo)
	for _, model := range []string{"one", "two", "one"} {
		s.Config.Model, s.ModelNamed = model, true // as `index --model` does, in the one process that may run the runtime
		_, err := s.Index(t.Context(), repo, workspace.IndexOptions{Store: workspace.InSQLite})
		must(t, err)
		s.Config.Model, s.ModelNamed = "", false
		answer, err := ws.Search(t.Context(), search.Request{Query: "take the lock", Mode: search.Hybrid})
		if err != nil || answer.Model != model {
			t.Fatalf("%+v %v, want the vectors of %s", answer, err, model)
		}
		if name, err := ws.ModelName(t.Context()); err != nil || name != model {
			t.Errorf("%s %v, want %s", name, err, model)
		}
	}
}
