package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
)

// savedRuns are evaluations of the tiny data set in the package of summaries.
const savedRuns = "../../evaluation/compare/testdata/runs"

func TestEvalReport(t *testing.T) {
	p := newPlace(t)
	out := t.TempDir()
	args := []string{"eval", "report", savedRuns, "--data", "../../evaluation/testdata/tiny", "--title", "Mine", "--in-domain", "godoc="}
	for _, tt := range []struct {
		flags, file string
		words       []string
	}{
		{"--out DIR/a.md", "a.md", []string{"# Mine", "## Knowledge preservation", "godoc on queries"}},
		{"--out DIR/a.html", "a.html", []string{"<!DOCTYPE html>", "Wins and losses", "reverse a string"}},
		{"--out DIR --format latex", "report.tex", []string{`\toprule`}},
		{"--out DIR/b.txt --format json", "b.txt", []string{`"preservation"`}},
	} {
		p.ok(append(args, strings.Fields(strings.ReplaceAll(tt.flags, "DIR", out))...)...)
		text, err := os.ReadFile(filepath.Join(out, tt.file))
		must(t, err)
		for _, want := range tt.words {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %q in %.400s", tt.flags, want, text)
			}
		}
	}
	if doc := p.json(append(args, "--out", filepath.Join(out, "c.html"))...); doc["format"] != "html" || doc["evaluations"] != 8.0 {
		t.Errorf("with --json and --out: %v", doc)
	}
	doc := p.json(args...)
	if doc["title"] != "Mine" || doc["reference"] != "base" || len(doc["results"].([]any)) != 8 || len(doc["preservation"].([]any)) != 1 {
		t.Errorf("JSON %v", doc)
	}
	if text := p.ok("eval", "report", savedRuns, "--examples", "0", "--metrics", "map", "--reference", "lexical"); !strings.Contains(text, "## map") {
		t.Errorf("standard output %s", text)
	}
}

// TestEvalReportCards lets the cards of the library say what adapters were trained for.
func TestEvalReportCards(t *testing.T) {
	p := newPlace(t)
	for name, data := range map[string]string{"godoc": "other+tiny", "rough": "a text that names no set"} {
		adapterstest.Write(t, filepath.Join(p.home, "adapters", name), adapterstest.Spec{
			Sites: adapterstest.BERT(1, 8, 16), Card: &adapters.Card{Side: adapters.SideBoth, Data: data},
		})
	}
	r := p.run("eval", "report", savedRuns, "--json")
	doc := document(t, r.out)
	unknown := doc["unknown_domain"].([]any)
	if len(unknown) != 1 || unknown[0] != "rough" || !strings.Contains(r.err, "godoc was trained on tiny") {
		t.Errorf("unknown %v, said %s", unknown, r.err)
	}
}

// TestEvalReportMisspelt: what --in-domain names must be in the report, or it is said.
func TestEvalReportMisspelt(t *testing.T) {
	p := newPlace(t)
	r := p.run("eval", "report", savedRuns, "--in-domain", "godoc=tiny", "--in-domain", "rouhg=tiny,tinny")
	if r.code != 0 || !strings.Contains(r.err, "no evaluation is of the data set tinny, the system rouhg") {
		t.Errorf("exit %d, said %s", r.code, r.err)
	}
	if r = p.run("eval", "report", savedRuns, "--in-domain", "godoc=tiny"); strings.Contains(r.err, "no evaluation") {
		t.Errorf("said %s", r.err)
	}
}

func TestEvalReportBadInput(t *testing.T) {
	p := newPlace(t)
	p.fails(exitUsage, "invalid", "at least one folder", "eval", "report")
	p.fails(exitUsage, "invalid", "--format", "eval", "report", savedRuns, "--format", "pdf")
	p.fails(exitUsage, "invalid", "--examples", "eval", "report", savedRuns, "--examples", "-1")
	p.fails(exitUsage, "invalid", "--in-domain", "eval", "report", savedRuns, "--in-domain", "godoc")
	p.fails(exitUsage, "invalid", "metric", "eval", "report", savedRuns, "--metrics", "speed")
	p.fails(exitFailure, "not_found", "no evaluation", "eval", "report", t.TempDir())
	p.fails(exitFailure, "not_found", "nobody", "eval", "report", savedRuns, "--reference", "nobody")
	p.fails(exitFailure, "not_found", "--efficiency", "eval", "report", savedRuns, "--efficiency", "nowhere.json")
	p.fails(exitFailure, "not_found", "--data", "eval", "report", savedRuns, "--data", "nowhere")
	p.fails(exitFailure, "not_found", "does not exist", "eval", "report", savedRuns, "--out", filepath.Join(t.TempDir(), "no", "x.md"))
	p.fails(exitFailure, "invalid", "eval efficiency", "eval", "report", savedRuns, "--efficiency", filepath.Join(savedRuns, "test", "base", "report.json"))
	if r := p.run("--json", "eval", "report", savedRuns, "--format", "md"); r.code != exitUsage || !strings.Contains(r.out, "leave one of them out") {
		t.Errorf("--json with another format: %+v", r)
	}
}
