package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Only files below the root are searched, at the commit; what was measured is not measured again.
func TestEvalRepos(t *testing.T) {
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	source := repo(t, map[string]string{
		"src/lexer.go":  "package src\n\n// Lex splits a program into tokens.\nfunc Lex(program string) []string { return nil }\n",
		"src/parser.go": "package src\n\n// Parse makes a tree of tokens.\nfunc Parse(tokens []string) any { return nil }\n",
		"doc/lexer.md":  "# Lex\n\nLex splits a program into tokens.\n",
	})
	mirrors, data, out := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "out")
	must(t, os.Mkdir(filepath.Join(mirrors, "owner+lang"), 0o750))
	git(t, mirrors, "clone", "-q", "--bare", source, filepath.Join("owner+lang", "repo"))
	write(t, data, map[string]string{
		"repos.jsonl": `{"name":"lang","source":"owner/lang","revision":"main","language":"go","root":"src"}` + "\n" +
			`{"name":"gone","source":"owner/gone","revision":"main","language":"c"}` + "\n",
		"queries.jsonl": `{"id":"1","repo":"lang","category":"semantic","query":"split a program into tokens"}` + "\n" +
			`{"id":"2","repo":"gone","category":"semantic","query":"anything"}` + "\n",
		"qrels.tsv": "query-id\tpath\tgrade\n1\tsrc/lexer.go\t2\n2\ta.c\t2\n",
	})
	args := []string{"eval", "repos", "--data", data, "--repos", mirrors, "--mode", "lexical", "--out", out}
	for range 2 {
		doc := p.json(args...)
		system := doc["systems"].([]any)[0].(map[string]any)
		if system["files"].(map[string]any)["mean"] != 1.0 || doc["size"].(map[string]any)["files"] != 2.0 || doc["missing"].([]any)[0] != "gone" {
			t.Errorf("%v", doc)
		}
	}
	if text := p.ok(args...); !strings.Contains(text, "1 question") || !strings.Contains(text, "1.0000") {
		t.Error(text)
	}
	ablated := p.json(append(args, "--ablate")...)["systems"].([]any)
	if last := ablated[len(ablated)-1].(map[string]any); len(ablated) < 6 || last["without"] != "signals" || last["against_first"].(map[string]any)["mean"] != 0.0 {
		t.Errorf("%v", ablated)
	}
	p.fails(exitUsage, "invalid", "--mode", "eval", "repos", "--data", data, "--repos", mirrors, "--mode", "guess")
	p.fails(exitFailure, "not_found", "gone", "eval", "repos", "--data", data, "--repos", mirrors, "--mode", "lexical", "--only", "gone")
	p.fails(exitUsage, "invalid", "--repos", "eval", "repos", "--data", data, "--repos", filepath.Join(data, "zzz"))
	measured := filepath.Join(t.TempDir(), "repos.json")
	must(t, os.WriteFile(measured, []byte(p.ok(append(args, "--json")...)), 0o600))
	runs := filepath.Join(t.TempDir(), "runs")
	p.ok("eval", "run", "--data", tinyData(t), "--mode", "lexical", "--out", runs)
	for _, format := range []string{"md", "html"} {
		report := p.ok("eval", "report", runs, "--reference", "lexical", "--repositories", measured, "--format", format)
		if !strings.Contains(report, "Whole repositories by language") || !strings.Contains(report, "Probabilities of the first ten files") {
			t.Errorf("%s: %s", format, report)
		}
	}
	p.fails(exitFailure, "invalid", "eval repos", "eval", "report", runs, "--reference", "lexical", "--repositories", filepath.Join(data, "repos.jsonl"))
	p.fails(exitFailure, "not_found", "eval repos", "eval", "report", runs, "--repositories", filepath.Join(data, "zzz"))
}
