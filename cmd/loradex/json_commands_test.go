package main

// This file lists the commands whose documents are goldens.

import (
	"os"
	"path/filepath"
	"strings"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
)

// jsonGoldens are the files of testdata/json and the commands in them.
var jsonGoldens = []struct {
	name     string
	commands func(g *goldens)
}{
	{"index", indexGoldens},
	{"trees", treeGoldens},
	{"search", searchGoldens},
	{"embed", embedGoldens},
	{"adapters", adapterGoldens},
	{"train", trainGoldens},
	{"adapt", adaptGoldens},
	{"eval-run", evalRunGoldens},
	{"eval-compare", evalCompareGoldens},
	{"eval-robust", evalRobustGoldens},
	{"eval-efficiency", evalEfficiencyGoldens},
	{"eval-data", evalDataGoldens},
	{"eval-tune", evalTuneGoldens},
	{"state", stateGoldens},
	{"errors", errorGoldens},
}

// kitchen is a repository in three languages whose texts are far from each other.
func kitchen() map[string]string {
	return map[string]string{
		"go.mod": "module kitchen\n\ngo 1.26\n",
		"lock/lock.go": `// Package lock keeps others out.
package lock

import "os"

// Acquire takes the writer's lock of a folder and fails at once where another process holds it.
func Acquire(dir string) (*os.File, error) {
	return os.OpenFile(dir+"/lock", os.O_CREATE|os.O_EXCL, 0o600)
}
`,
		"oven/oven.go": `package oven

// Preheat brings an oven to a temperature in degrees.
func Preheat(degrees int) bool {
	for t := 20; t < degrees; t += 5 {
		wait(t)
	}
	return degrees > 20
}
`,
		"net/fetch.py": `def download_with_retry(url, attempts=3):
    """Download a page over HTTP and try again when the server is busy."""
    for _ in range(attempts):
        try:
            return get(url)
        except Busy:
            continue
    raise Busy(url)
`,
		"net/parse.py": `class Parser:
    """Parse a recipe into quantities and ingredients."""

    def quantity(self, line):
        return float(line.split()[0])
`,
		"README.md": "# Kitchen\n\nSome words about nothing.\n\n## Cooking\n\nBoil the potatoes until they are soft.\n",
		"logo.png":  "\x89PNG\x00\x00",
	}
}

// withAdapters installs random adapters for the tiny model: docs and other for both sides, one of them for Go, asker for
// queries alone.
func (g *goldens) withAdapters() {
	g.t.Helper()
	g.adapter("docs", adapters.Card{Side: adapters.SideBoth, Languages: []string{"go"}, Description: "For tests"}, 1)
	g.adapter("other", adapters.Card{Side: adapters.SideBoth}, 2)
	space := g.place.json("index", g.spaceRepo())["spaces"].([]any)[0].(map[string]any)["id"].(string)
	g.adapter("asker", adapters.Card{Side: adapters.SideQuery, Space: space}, 3)
}

// spaceRepo makes a repository that is indexed for the ID of the base's space alone.
func (g *goldens) spaceRepo() string {
	g.t.Helper()
	g.repo("spaces", map[string]string{"a.md": "# A\n\nText.\n"})
	return "spaces"
}

func (g *goldens) adapter(name string, card adapters.Card, seed uint64) {
	g.t.Helper()
	card.Name = name
	g.ok("adapters", "add", g.peft(name, card, seed), "--name", name, "--base")
}

// peft writes the folder of a random adapter for the tiny model.
func (g *goldens) peft(name string, card adapters.Card, seed uint64) string {
	g.t.Helper()
	return adapterstest.Write(g.t, filepath.Join(g.root, "peft", name), adapterstest.Spec{
		Sites: adapterstest.BERT(2, 32, 64), Targets: []string{"query", "value"}, Rank: 4, Scale: 0.5, Seed: seed, Card: &card,
	})
}

func indexGoldens(g *goldens) {
	g.withAdapters()
	g.repo("kitchen", kitchen())
	g.json("index", "kitchen")
	g.json("index", "kitchen")
	write(g.t, filepath.Join(g.root, "kitchen"), map[string]string{"README.md": "# Kitchen\n\nOther words.\n"})
	must(g.t, os.Remove(filepath.Join(g.root, "kitchen", "net", "parse.py")))
	g.json("index", "kitchen")
	g.json("index", "kitchen", "--adapter", "docs")
	g.json("index", "kitchen", "--adapter", "docs*0.5 + other")
	g.json("index", "kitchen", "--drop-space", "docs*0.5 + other")
	g.json("index", "kitchen", "--rev", "HEAD")
	g.json("index", "kitchen", "--model", "none", "--full")
	g.repo("wise", kitchen())
	g.json("index", "wise", "--language-wise")
	g.json("index", "wise", "--language-wise=go=other,python=docs")
}

func treeGoldens(g *goldens) {
	g.repo("kitchen", kitchen())
	dir := filepath.Join(g.root, "kitchen")
	git(g.t, dir, "switch", "-q", "-c", "baking")
	write(g.t, dir, map[string]string{"bread.go": "package kitchen\n\n// Knead works flour and water into dough.\nfunc Knead() string { return \"dough\" }\n"})
	g.commit("kitchen", 2, "Bread")
	git(g.t, dir, "switch", "-q", "main")
	g.json("index", "kitchen", "--branch", "baking", "--add-rev", "HEAD")
	g.json("index", "kitchen", "--all-branches")
	g.json("search", "dough of flour", "--repo", "kitchen", "--branch", "baking", "-k", "2")
	g.json("search", "dough of flour", "--repo", "kitchen", "--all-branches", "-k", "2")
	g.apart()
	g.json("status", "kitchen")
	g.json("clean", "kitchen", "--branch", "baking")
	g.repo("boat", map[string]string{"boat.go": "package boat\n\n// Sail hoists the sails.\nfunc Sail() {}\n"})
	g.json("index", "kitchen", "--index", "shared")
	g.json("index", "boat", "--index", "shared")
	g.json("search", "hoist the sails", "--index", "shared", "-k", "2")
	g.json("status", "--index", "shared")
	g.json("clean", "--index", "shared", "--repo", "boat")
}

func searchGoldens(g *goldens) {
	g.withAdapters()
	g.repo("kitchen", kitchen())
	g.ok("index", "kitchen", "--adapter", "docs")
	g.t.Chdir(filepath.Join(g.root, "kitchen"))
	const query = "take the writer lock of a folder"
	g.json("search", query)
	g.json("search", query, "--mode", "dense", "--exact")
	g.json("search", query, "--mode", "lexical")
	g.json("search", query, "--adapter", "docs", "--mode", "dense")
	g.json("search", query, "--adapter", "asker", "-k", "3")
	g.json("search", query, "--explain", "-k", "2")
	g.json("search", query, "--adapter", "docs", "--explain", "-k", "1")
	g.json("search", query, "--history", "-k", "1")
	g.json("search", "--code", "oven/oven.go:4-8", "-k", "2")
	g.json("search", "download a page", "--lang", "python", "--kind", "function", "--path", "net/**")
	g.json("search", "zebra", "--mode", "lexical")
	g.repo("wise", kitchen())
	g.t.Chdir(filepath.Join(g.root, "wise"))
	g.ok("index", "--language-wise=go=docs,python=other")
	g.json("search", query, "--explain", "-k", "3")
	g.apart()
}

func embedGoldens(g *goldens) {
	g.withAdapters()
	rows := `{"id":1,"text":"read a file"}
{"id":"two","text":"read a file","adapter":"docs","role":"query"}
{"id":3.5,"text":"","adapter":{"adapters":[{"id":"docs","weight":0.5},{"id":"other","weight":1}]}}
`
	g.jsonWith(rows, "embed")
	g.jsonWith(rows, "embed", "--adapter", "other", "--role", "query", "--max-tokens", "8")
	g.jsonWith(`{"id":1,"text":"read","adapter":"ghost"}`, "embed")
}

func adapterGoldens(g *goldens) {
	g.json("adapters", "list")
	g.json("adapters", "add", g.peft("docs", adapters.Card{Side: adapters.SideBoth, Languages: []string{"go"}}, 1), "--name", "docs", "--base")
	g.json("adapters", "add", g.peft("second", adapters.Card{Side: adapters.SideBoth}, 2), "--name", "other", "--base")
	g.json("adapters", "list")
	g.json("adapters", "show", "docs")
	g.json("adapters", "merge", "third", "docs", "other", "--weights", "1,-0.5")
	g.json("adapters", "merge", "--into-base", "docs+other*0.5", "--out", filepath.Join(g.root, "merged"))
	g.json("adapters", "remove", "third")
	g.json("adapters", "remove", "other")
	bad := filepath.Join(g.home, "adapters", "bad")
	write(g.t, bad, map[string]string{"adapter_config.json": "{", "adapter_model.safetensors": "x"})
	g.json("adapters", "list")
}

// pairs copies a data set with training pairs.
func (g *goldens) pairs(n int) {
	g.t.Helper()
	must(g.t, os.CopyFS(filepath.Join(g.root, "pairs"), os.DirFS(trainable(g.t, n))))
}

func trainGoldens(g *goldens) {
	g.pairs(24)
	short := []string{"train", "--data", "pairs", "--rank", "2", "--batch", "8", "--steps", "3", "--patience", "-1"}
	g.json(append(short, "--out", "trained")...)
	g.json(append(short, "--out", "dora", "--method", "dora", "--side", "query", "--no-eval", "--extra-negatives", "4")...)
	g.json("train", "--data", "go=pairs", "--out", "code", "--per-language", "--rank", "2", "--batch", "8", "--steps", "2", "--no-eval")
	g.json(append(short, "--out", "./whole", "--full", "--no-eval")...)
	g.hidden = `  "digest"`
	g.json("adapters", "show", "trained")
}

func adaptGoldens(g *goldens) {
	must(g.t, os.CopyFS(filepath.Join(g.root, "repo"), os.DirFS(documented(g.t, 120))))
	must(g.t, os.RemoveAll(filepath.Join(g.root, "repo", ".git")))
	git(g.t, filepath.Join(g.root, "repo"), "init", "-q", "-b", "main")
	g.commit("repo", 1, "The first")
	g.ok("index", "repo")
	g.json("adapt", "repo", "--steps", "2", "--batch", "8", "--rank", "2")
	g.json("adapt", "repo", "--forget")
}

// questions is a data set whose answers are easy to tell apart.
func questions() map[string]string {
	texts := strings.Split("boil the potatoes until they are soft|take the writer's lock of a folder|download a page over HTTP|"+
		"sum 1 2 3 4 5|zigzag quilt|(x, y) -> x * y + 7", "|")
	asked := strings.Split("potatoes boil soft|the writer's lock|HTTP download|sum 3 4|quilt in zigzag|x * y", "|")
	var corpus, queries strings.Builder
	qrels := map[string]*strings.Builder{"test": {}, "dev": {}}
	for i, text := range texts {
		id := itoa(i)
		corpus.WriteString(`{"_id":"d` + id + `","title":"","text":"` + text + `"}` + "\n")
		queries.WriteString(`{"_id":"q` + id + `","text":"` + asked[i] + `","metadata":{"group":"` + []string{"even", "odd"}[i%2] + `"}}` + "\n")
		for _, q := range qrels {
			q.WriteString("q" + id + "\td" + id + "\t1\n")
		}
	}
	const head = "query-id\tcorpus-id\tscore\n"
	return map[string]string{
		"corpus.jsonl": corpus.String(), "queries.jsonl": queries.String(),
		"qrels/test.tsv": head + qrels["test"].String(), "qrels/dev.tsv": head + qrels["dev"].String(),
	}
}

func (g *goldens) questions() {
	g.t.Helper()
	write(g.t, filepath.Join(g.root, "questions"), questions())
}

func evalRunGoldens(g *goldens) {
	g.withAdapters()
	g.questions()
	run := func(more ...string) {
		g.t.Helper()
		g.json(append([]string{"eval", "run", "--data", "questions"}, more...)...)
	}
	run("--out", "base")
	run("--adapter", "none", "--adapter", "docs*0.5", "--adapter", "asker")
	run("--adapter", "docs", "--baseline", "base", "--on", "mrr@10,recall@1", "--max-drop", "1")
	run("--adapter", "docs", "--doc-adapter", "none", "--baseline", "base", "--metrics", "mrr@10")
	run("--mode", "lexical")
	run("--mode", "hybrid", "--metrics", "mrr@10,precision@1")
	run("--mode", "dense", "--coverage", "0.5", "--metrics", "mrr@10")
	run("--lang", "go", "--language-wise", "go=docs", "--mode", "dense", "--metrics", "mrr@10")
	run("--pool", "3", "--pool-seed", "5", "--max-tokens", "9", "--metrics", "mrr@10")
}

func evalCompareGoldens(g *goldens) {
	g.withAdapters()
	g.questions()
	for _, mix := range []string{"none", "docs", "other"} {
		g.ok("eval", "run", "--data", "questions", "--adapter", mix, "--out", filepath.Join("runs", mix))
	}
	g.json("eval", "compare", "runs/none", "runs/docs")
	g.json("eval", "report", "runs", "--format", "json")
	g.json("eval", "report", "runs", "--reference", "docs", "--format", "json")
}

func evalRobustGoldens(g *goldens) {
	g.withAdapters()
	must(g.t, os.CopyFS(filepath.Join(g.root, "tiny_go"), os.DirFS(codeData(g.t))))
	g.json("eval", "robust", "--data", "tiny_go", "--adapter", "docs", "--perturb", "rename,comments,typos,lower", "--pools", "2,all", "--out", "robust")
}

func evalEfficiencyGoldens(g *goldens) {
	g.withAdapters()
	g.questions()
	g.json("eval", "efficiency", "--data", "questions", "--adapter", "docs", "--queries", "2", "--documents", "2", "--rounds", "1")
}

func evalDataGoldens(g *goldens) {
	g.repo("painters", redPainters(24))
	g.json("eval", "mine", "--repo", "painters", "--out", "mined", "--kinds", "doc,test")
	write(g.t, filepath.Join(g.root, "csn"), map[string]string{
		"go_test_0.jsonl": `{"code":"func A() {}","docstring":"A does\nit.\n\nMore.","language":"go","partition":"test"}` + "\n" +
			`{"code":"func B() {}","docstring":"B does it.","language":"go","partition":"train"}` + "\n" +
			`{"code":"func A() {}","docstring":"Again A.","language":"go","partition":"test"}` + "\n",
	})
	g.json("eval", "import", "csn", "--from", "codesearchnet", "--out", "imported")
}

func evalTuneGoldens(g *goldens) {
	g.withAdapters()
	g.questions()
	write(g.t, g.root, map[string]string{"mine.yaml": "threads: 2\n"})
	g.json("eval", "tune", "--data", "questions", "--adapter", "docs", "--write", "mine.yaml")
}

func stateGoldens(g *goldens) {
	g.json("version")
	g.json("model", "list")
	g.json("status")
	g.withAdapters()
	g.repo("kitchen", kitchen())
	g.ok("index", "kitchen", "--adapter", "docs")
	g.t.Chdir(filepath.Join(g.root, "kitchen"))
	g.json("status")
	g.json("doctor")
	write(g.t, filepath.Join(g.root, "kitchen", ".loradex"), map[string]string{"index.db": "no database at all, but long enough to be read as one"})
	g.json("doctor")
	g.json("clean")
	g.json("clean")
}

func errorGoldens(g *goldens) {
	g.withAdapters()
	g.repo("kitchen", kitchen())
	g.t.Chdir(filepath.Join(g.root, "kitchen"))
	g.json("clean", "--branch", "side")
	g.ok("index")
	for _, command := range []string{
		"search lock --adapter ghost", "search lock --adapter docs", "search lock --adapter docs*", "search lock --mode fast", "search lock --lang klingon",
		"search lock --branch nowhere", "index --adapter auto", "index --rev nowhere", "index --adapter asker", "index elsewhere", "index a b",
		"adapters show ghost", "adapters remove ghost", "adapters add ghost", "adapters", "adapters burn", "burn", "search --no-such-flag",
		"train --out x", "train --data ghost --out x", "adapt --model none", "eval run --data ghost", "eval run", "eval compare ghost ghost",
		"eval report ghost", "eval robust --data ghost", "eval efficiency --data ghost", "eval tune --data ghost", "eval import ghost --from beir --out x",
		"eval mine --repo . --out x --kinds poem", "store copy --to sqlite", "status ghost", "status --model ghost", "clean --branch ghost",
		"model pull ghost", "search lock --quiet --verbose",
	} {
		g.json(strings.Fields(command)...)
	}
}
