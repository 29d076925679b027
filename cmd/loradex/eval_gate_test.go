package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gateData writes a data set of n queries with three runs of one tag: good finds every answer, fair all but one, bad none
// at the first rank.
func gateData(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]*strings.Builder{}
	for _, name := range []string{"corpus.jsonl", "queries.jsonl", "qrels/test.tsv", "good.trec", "fair.trec", "bad.trec"} {
		files[name] = &strings.Builder{}
	}
	for i := range n {
		fmt.Fprintf(files["corpus.jsonl"], "{\"_id\":\"d%d\",\"text\":\"text %d\"}\n", i, i)
		fmt.Fprintf(files["queries.jsonl"], "{\"_id\":\"q%d\",\"text\":\"query %d\",\"metadata\":{\"group\":\"%s\"}}\n", i, i, []string{"even", "odd"}[i%2])
		fmt.Fprintf(files["qrels/test.tsv"], "q%d\td%d\t1\n", i, i)
		for _, run := range []string{"good", "fair", "bad"} {
			first, second := i, (i+1)%n
			if run == "bad" || run == "fair" && i == 0 {
				first, second = second, first
			}
			fmt.Fprintf(files[run+".trec"], "q%d Q0 d%d 1 2 sys\nq%d Q0 d%d 2 1 sys\n", i, first, i, second)
		}
	}
	texts := map[string]string{}
	for name, b := range files {
		texts[name] = b.String()
	}
	write(t, dir, texts)
	return dir
}

func TestEvalGate(t *testing.T) {
	p := newPlace(t)
	data, dir := gateData(t, 24), t.TempDir()
	base, file := filepath.Join(dir, "base"), filepath.Join(dir, "junit.xml")
	run := func(name string, more ...string) []string {
		return append([]string{"eval", "run", "--data", data, "--run", filepath.Join(data, name+".trec")}, more...)
	}
	p.ok(run("good", "--out", base)...)

	out := p.ok(run("good", "--baseline", base)...)
	if !strings.Contains(out, "gate:") || !strings.Contains(out, "passed") {
		t.Errorf("the same run: %s", out)
	}
	// One query of 24 loses half a point: 0.02 in the mean, which chance explains.
	if out = p.ok(run("fair", "--baseline", base)...); !strings.Contains(out, "not significant (24 queries show") {
		t.Errorf("one query is worse: %s", out)
	}
	r := p.run(run("bad", "--baseline", filepath.Join(base, "report.json"), "--on", "mrr@10,recall@10", "--junit", file)...)
	if r.code != exitFailure || !strings.Contains(r.out, "mrr@10 0.5000, baseline 1.0000, difference -0.5000") || !strings.Contains(r.out, "FAILED") {
		t.Errorf("a bad run: exit %d\n%s%s", r.code, r.out, r.err)
	}
	checkJUnit(t, file)
	// As one JSON document, with exit 1.
	r = p.run(run("bad", "--baseline", base, "--json")...)
	gate, ok := document(t, r.out)["gate"].([]any)
	if r.code != exitFailure || !ok || len(gate) != 1 || !isTrue(gate[0].(map[string]any)["failed"]) {
		t.Errorf("exit %d, %s", r.code, r.out)
	}
	p.ok(run("bad", "--baseline", base, "--max-drop", "0.5")...)
	p.ok(run("bad", "--baseline", base, "--on", "recall@10")...)
}

// checkJUnit wants a file of two cases, the first of which failed with its figures.
func checkJUnit(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // the test's own
	must(t, err)
	var doc struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Cases    []struct {
			Name    string  `xml:"name,attr"`
			Failure *string `xml:"failure"`
			Output  string  `xml:"system-out"`
		} `xml:"testsuite>testcase"`
	}
	must(t, xml.Unmarshal(text, &doc))
	if doc.Tests != 2 || doc.Failures != 1 || len(doc.Cases) != 2 {
		t.Fatalf("%s", text)
	}
	bad, good := doc.Cases[0], doc.Cases[1]
	if bad.Failure == nil || !strings.Contains(*bad.Failure, "0.5000") || bad.Name != "mrr@10 of none" {
		t.Errorf("the failure is %+v", bad)
	}
	if good.Failure != nil || !strings.Contains(good.Output, "recall@10 1.0000") {
		t.Errorf("what passed is %+v", good)
	}
}

func TestEvalGateRefuses(t *testing.T) {
	p := newPlace(t)
	data, base := gateData(t, 6), filepath.Join(t.TempDir(), "base")
	run := func(more ...string) []string {
		return append([]string{"eval", "run", "--data", data, "--run", filepath.Join(data, "good.trec")}, more...)
	}
	p.fails(exitUsage, "invalid", "holds a data set", run("--out", data)...)
	p.ok(run("--out", base)...)
	p.ok(run("--out", filepath.Join(filepath.Dir(base), "none"))...) // where several mixes would go
	for _, tt := range []struct{ words, flags string }{
		{"--baseline", "--junit x.xml"},
		{"--baseline", "--on map"},
		{"--max-drop", "--max-drop -1 --baseline " + base},
		{"--metrics", "--on precision@3 --baseline " + base},
		{"--metrics", "--metrics map --baseline " + base},
		{"replace the baseline", "--out " + base + " --baseline " + base},
	} {
		p.fails(exitUsage, "invalid", tt.words, run(strings.Fields(tt.flags)...)...)
	}
	p.fails(exitFailure, "not_found", "eval run --out", run("--baseline", t.TempDir())...)
	p.fails(exitUsage, "invalid", "replace the baseline", "eval", "run", "--data", data, "--adapter", "none", "--adapter", "x",
		"--baseline", filepath.Join(filepath.Dir(base), "none"), "--out", filepath.Dir(base))
	// One more document, a line at the end of the corpus.
	corpus, err := os.ReadFile(filepath.Join(data, "corpus.jsonl")) //nolint:gosec // the test's own
	must(t, err)
	write(t, data, map[string]string{"corpus.jsonl": string(corpus) + `{"_id":"new","text":"new"}` + "\n"})
	p.fails(exitFailure, "conflict", "documents 6, now 7", run("--baseline", base)...)
	file := filepath.Join(t.TempDir(), "junit.xml")
	write(t, filepath.Dir(file), map[string]string{"junit.xml": "<testsuites/>"})
	p.fails(exitFailure, "not_found", "eval run --out", run("--baseline", t.TempDir(), "--junit", file)...)
	if _, err := os.Stat(file); err == nil {
		t.Error("the JUnit file of an earlier run is still there")
	}
	p.fails(exitFailure, "conflict", "renew it", run("--baseline", base, "--junit", file)...)
	text, err := os.ReadFile(file) //nolint:gosec // the test's own
	must(t, err)
	if text := string(text); !strings.Contains(text, `errors="1"`) || !strings.Contains(text, "documents 6, now 7") || strings.Contains(text, "<failure") {
		t.Errorf("the JUnit file of a stale baseline: %s", text)
	}
}

// TestEvalGroups: queries that carry a group are counted by it.
func TestEvalGroups(t *testing.T) {
	p := newPlace(t)
	data := gateData(t, 7)
	args := []string{"eval", "run", "--data", data, "--run", filepath.Join(data, "fair.trec")}
	doc := p.json(args...)
	groups, ok := doc["groups"].([]any)
	if !ok || len(groups) != 2 || doc["grouped_by"] != "group" || number(t, doc, "macro.mrr") != (0.875+1)/2 {
		t.Fatalf("%v", doc)
	}
	wantKeys(t, groups[0], "group queries metrics ci95 metrics.mrr@10 metrics.mrr metrics.ndcg@10 metrics.recall@1 metrics.recall@10 metrics.recall@100 metrics.map "+
		"ci95.mrr@10 ci95.mrr ci95.ndcg@10 ci95.recall@1 ci95.recall@10 ci95.recall@100 ci95.map")
	table := p.ok(args...)
	for _, want := range []string{"even", "odd", "mean of groups"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in %s", want, table)
		}
	}
	// Compared, and in a report: one query of the even ones got better.
	dir := t.TempDir()
	fair, good := filepath.Join(dir, "fair"), filepath.Join(dir, "good")
	text, err := os.ReadFile(filepath.Join(data, "good.trec")) //nolint:gosec // the test's own
	must(t, err)
	write(t, data, map[string]string{"good.trec": strings.ReplaceAll(string(text), " sys", " good")})
	p.ok(append(args, "--out", fair)...)
	p.ok("eval", "run", "--data", data, "--run", filepath.Join(data, "good.trec"), "--out", good)
	doc = p.json("eval", "compare", fair, good)
	groups = doc["groups"].([]any)
	wantKeys(t, groups[0], "group queries metric a b difference ci95 p p_holm detectable wins losses")
	for _, g := range groups {
		g := g.(map[string]any)
		if want := map[any]float64{"even": 0.125, "odd": 0}[g["group"]]; g["metric"] == "mrr@10" && g["difference"] != want {
			t.Errorf("%v, want a difference of %g", g, want)
		}
	}
	if table = p.ok("eval", "compare", fair, good); !strings.Contains(table, "mrr@10 BY GROUP") || !strings.Contains(table, "+0.1250") {
		t.Errorf("no groups in %s", table)
	}
	if text := p.ok("eval", "report", dir, "--reference", "sys"); !strings.Contains(text, "## mrr@10 by language or group") || !strings.Contains(text, "| even | 4 | good | 1.0000") {
		t.Errorf("no groups in %s", text)
	}
}
