package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/workspace"
)

// documented is a repository of n documented functions, some a file.
func documented(t testing.TB, n int) string {
	t.Helper()
	verbs := strings.Fields("reads writes opens closes counts sorts merges splits joins parses")
	things := strings.Fields("lines files names keys values tables lists paths numbers words")
	files := map[string]string{}
	for i := range n {
		verb, thing := verbs[i%10], things[(i/10+i)%10]
		files[fmt.Sprintf("p%d/f%d.go", i/4, i)] = fmt.Sprintf(
			"package p\n\n// F%d %s the %s of group %d and returns how many there were.\nfunc F%d(x []string) int {\n\ttotal := %d\n\tfor range x {\n\t\ttotal++\n\t}\n\treturn total\n}\n",
			i, verb, thing, i, i, i)
	}
	return repo(t, files)
}

func TestAdapt(t *testing.T) {
	p := newPlace(t).withEncoder()
	dir := documented(t, 120)
	p.fails(exitFailure, "not_found", "loradex index", "adapt", dir, "--model", tinyModel)
	p.ok("index", dir, "--model", tinyModel)
	doc := p.json("adapt", dir, "--model", tinyModel, "--epochs", "2", "--batch", "8", "--rank", "4")
	note := filepath.Join(dir, ".loradex", "adapter.json")
	name, _ := doc["adapter"].(string)
	_, noted := os.Stat(note)
	_, saved := os.Stat(filepath.Join(p.home, "adapters", name))
	// Sixteen dimensions of random weights may or may not learn something: both outcomes must be whole.
	installed, _ := doc["installed"].(bool)
	if installed != (noted == nil) || installed != (saved == nil) || installed != (doc["verdict"] == "better") {
		t.Errorf("verdict %v, installed %v, noted %v, saved %v", doc["verdict"], doc["installed"], noted, saved)
	}
	if doc["difference"] == nil || doc["side"] != "query" {
		t.Errorf("report %v", doc)
	}
	p.ok("adapt", dir, "--forget")
	if _, err := os.Stat(note); err == nil {
		t.Error("the adapter was not forgotten")
	}
}

// TestAdaptedSearch: what adapt installed is used where no adapter is named, and missed by name.
func TestAdaptedSearch(t *testing.T) {
	p := newPlace(t).withEncoder()
	dir := documented(t, 40)
	p.ok("index", dir, "--model", tinyModel)
	p.ok(trainArgs(trainable(t, 40), "mine", "--side", "query", "--extra-negatives", "8")...)
	must(t, workspace.Adapt(filepath.Join(dir, ".loradex"), "mine"))
	hits := func(more ...string) any {
		args := append([]string{"search", "counts the lines", "--repo", dir, "--model", tinyModel, "--mode", "dense"}, more...)
		return p.json(args...)["hits"].([]any)[0].(map[string]any)["adapter"]
	}
	if got := hits(); got != "mine" {
		t.Errorf("a search without a mix used %v", got)
	}
	if got := hits("--adapter", "none"); got != "none" {
		t.Errorf("a search with the base used %v", got)
	}
	must(t, os.RemoveAll(filepath.Join(p.home, "adapters", "mine")))
	p.fails(exitFailure, "not_found", "mine", "search", "counts", "--repo", dir, "--model", tinyModel)
	must(t, os.WriteFile(filepath.Join(dir, ".loradex", "adapter.json"), []byte("{"), 0o600))
	p.fails(exitFailure, "corrupt", "--forget", "search", "counts", "--repo", dir, "--model", tinyModel)
}
