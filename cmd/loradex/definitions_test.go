package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/indexer/chunk"
)

// TestDefinitionsAndWords: from files to hits, each short definition keeps its symbol and its line, and words are found however
// they are written, in the first place.
func TestDefinitionsAndWords(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	g := newGoldens(t)
	dir := filepath.Join(g.root, "defs")
	must(t, os.MkdirAll(dir, 0o750))
	files := map[string]string{
		"a.py":      "import os\n\n# The home.\ndef home_folder():\n    return os.environ[\"HOME\"]\n\ndef list_reports(folder):\n    out = []\n    for name in os.listdir(folder):\n        if name.endswith(\".csv\"):\n            out.append(name)\n    return sorted(out)\n",
		"e.go":      "package e\n\nimport \"os\"\n\nfunc homeFolder() string { return os.Getenv(\"HOME\") }\n\nfunc listReports(folder string) []string {\n\tvar out []string\n\tentries, _ := os.ReadDir(folder)\n\tfor _, e := range entries {\n\t\tout = append(out, e.Name())\n\t}\n\treturn out\n}\n",
		"README.md": "Parcel Tracker\n==============\n\none line of text\ntwo\nthree\nfour\nfive\nsix\nseven\n",
		"front.md":  "---\ntitle: x\n---\nGarden Gnome\n============\n\nline\n",
		"target.py": "import time\n\ndef run(timeout_ms, retries, folder, name, other):\n    a = folder + name\n    b = other + a\n    time.sleep(timeout_ms / 1000)\n    return b\n",
		"k.md":      "초과근무 승인 규칙\n\n残業の月間上限は何時間ですか\n",
		"nfd.md":    "Pru\u0308fung der Gro\u0308\u00dfe\n",
	}
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		files["w"+n+".py"] = "def wait_" + n + "(timeout):\n    \"\"\"Wait until the timeout in ms: timeout, ms, timeout.\"\"\"\n    ms = timeout\n    return ms\n"
	}
	write(t, dir, files)
	git(t, dir, "init", "-q", "-b", "main")
	g.commit("defs", 1, "x")
	t.Chdir(dir)
	g.place.json("index")
	for _, c := range []struct {
		query, path, symbol string
		line                float64 // of the symbol; 0 where none is asked for
	}{
		{"home_folder", "a.py", "home_folder", 4},
		{"homeFolder", "e.go", "homeFolder", 5},
		{"list_reports", "a.py", "list_reports", 7},
		{"parcel", "README.md", "Parcel Tracker", 1},
		{"gnome", "front.md", "Garden Gnome", 4},
		{"timeout_ms", "target.py", "run", 3},
		{"timeoutMs", "target.py", "run", 3},
		{"승인", "k.md", "", 0},
		{"上限", "k.md", "", 0},
		{"Prüfung", "nfd.md", "", 0},
	} {
		for _, mode := range []string{"lexical", "hybrid"} {
			if mode == "hybrid" && !strings.ContainsAny(c.query, "_MF") {
				continue // a model of random weights may put anything first
			}
			hits := g.place.json("search", c.query, "--mode", mode)["hits"].([]any)
			if len(hits) == 0 || hits[0].(map[string]any)["path"] != c.path {
				t.Errorf("%s, %s: %.300v, want %s first", c.query, mode, hits, c.path)
				continue
			}
			symbols := hits[0].(map[string]any)["symbols"].([]any)
			if c.line > 0 && !slices.ContainsFunc(symbols, func(s any) bool {
				symbol := s.(map[string]any)
				return symbol["name"] == c.symbol && symbol["start_line"] == c.line
			}) {
				t.Errorf("%s: symbols %v, want %s on line %v", c.query, symbols, c.symbol, c.line)
			}
		}
	}
}
