package main

// This file defines the goldens of --json: what every command prints stands in testdata/json, one file a group of
// commands, and changes only on purpose:
//
//	scripts/go.sh test ./cmd/loradex -run TestJSON -update
//
// Two machines do not print the same bytes: what a place, a clock or a machine decides is written as #, and numbers with
// a fraction are written with four digits and compared with a tolerance, since processors round sums differently.

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"loradex/indexer/chunk"
)

var update = flag.Bool("update", false, "write the goldens of testdata/json anew")

// goldenFolder is absolute: tests change their folder.
var goldenFolder, _ = filepath.Abs(filepath.Join("testdata", "json"))

func TestJSON(t *testing.T) {
	if !chunk.Available() {
		t.Skip("no grammars in this build")
	}
	used := map[string]bool{}
	for _, c := range jsonGoldens {
		used[c.name+".txt"] = true
		t.Run(c.name, func(t *testing.T) {
			g := newGoldens(t)
			c.commands(g)
			g.compare(filepath.Join(goldenFolder, c.name+".txt"))
		})
	}
	entries, err := os.ReadDir(goldenFolder)
	must(t, err)
	for _, e := range entries {
		if !used[e.Name()] {
			t.Errorf("%s is the golden of no command", filepath.Join(goldenFolder, e.Name()))
		}
	}
}

// goldens runs commands in a folder of their own, with a tiny model, and keeps what they print.
type goldens struct {
	*place
	root   string // the work folder, $ROOT in goldens
	hidden string // key of values that training decides, with its indentation
	text   strings.Builder
}

func newGoldens(t *testing.T) *goldens {
	t.Helper()
	p := newPlace(t).withEncoder()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	p.home = filepath.Join(root, "home")
	models := filepath.Join(p.home, "models")
	must(t, os.MkdirAll(models, 0o755))
	tiny, err := filepath.Abs(filepath.Join("..", "..", "testdata", "models", "bert-shards-fp16"))
	must(t, err)
	must(t, os.CopyFS(filepath.Join(models, "tiny"), os.DirFS(tiny)))
	p.env["LORADEX_MODEL"], p.env["LORADEX_THREADS"] = "tiny", "1"
	t.Chdir(root)
	return &goldens{place: p, root: root}
}

// json runs a command with --json and keeps its document, whether it succeeds or not.
func (g *goldens) json(args ...string) { g.t.Helper(); g.jsonWith("", args...) }

func (g *goldens) jsonWith(stdin string, args ...string) {
	g.t.Helper()
	r := g.runWith(stdin, append(args, "--json")...)
	quoted := make([]string, len(args))
	for i, arg := range args {
		if quoted[i] = arg; strings.ContainsAny(arg, " *\"") {
			quoted[i] = strconv.Quote(arg)
		}
	}
	fmt.Fprintf(&g.text, "$ loradex %s", g.portable(strings.Join(quoted, " ")))
	if r.code != exitOK {
		fmt.Fprintf(&g.text, "exit %d\n", r.code)
	}
	g.text.WriteString(g.portable(r.out) + "\n")
}

// ofMachine are the keys whose values, with all that is in them, say something of a clock, a build or a machine.
var ofMachine = regexp.MustCompile(`^\s*"(seconds|took_ms|indexed_at|size|machine|version|platform|latency|\w*tokens_per_second|` +
	`peak_bytes|cursor)": |^\s*"(code": "dev|go": "go1)`)

var (
	number4        = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`)
	runtimeVersion = regexp.MustCompile(`ONNX Runtime [\d.]+`)
)

// portable is a document as every machine prints it.
func (g *goldens) portable(text string) string {
	text = strings.ReplaceAll(text, g.root, "$ROOT")
	var out strings.Builder
	end := "" // of a value that is left out
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if end != "" {
			if strings.TrimSuffix(line, ",") != end {
				continue
			}
			end = ""
			continue
		}
		if key, value, ok := strings.Cut(line, ": "); ok && (ofMachine.MatchString(line) || key == g.hidden) {
			if value == "{" {
				end = indentOf(line) + "}"
			}
			out.WriteString(key + ": #\n")
			continue
		}
		out.WriteString(number4.ReplaceAllStringFunc(runtimeVersion.ReplaceAllString(line, "ONNX Runtime #"), fourDigits) + "\n")
	}
	return out.String()
}

func indentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " "))] }

// fourDigits rounds a number with a fraction; strings and whole numbers stay.
func fourDigits(token string) string {
	if token[0] == '"' || !strings.ContainsAny(token, ".eE") {
		return token
	}
	v, err := strconv.ParseFloat(token, 64)
	if err != nil {
		return token
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// compare holds what was kept against the golden, or makes it the golden.
func (g *goldens) compare(file string) {
	g.t.Helper()
	if g.t.Failed() {
		return
	}
	got := g.text.String()
	if *update {
		must(g.t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(g.t, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	golden, err := os.ReadFile(file) //nolint:gosec // the test's own
	if errors.Is(err, fs.ErrNotExist) {
		g.t.Fatalf("%s is not there: run this with -update", file)
	}
	must(g.t, err)
	command := ""
	have, want := strings.Split(got, "\n"), strings.Split(string(golden), "\n")
	for i := range max(len(have), len(want)) {
		a, b := "(nothing more)", "(nothing more)"
		if i < len(have) {
			a = have[i]
		}
		if i < len(want) {
			b = want[i]
		}
		if strings.HasPrefix(b, "$ ") {
			command = b
		}
		if !sameLine(a, b) {
			g.t.Fatalf("%s line %d, of %s:\n  %s\nthe golden has\n  %s", file, i+1, command, a, b)
		}
	}
}

// sameLine tells whether two lines are the same but for the last digits of their numbers.
func sameLine(a, b string) bool {
	if a == b {
		return true
	}
	x, y := number4.FindAllString(a, -1), number4.FindAllString(b, -1)
	if len(x) != len(y) || number4.ReplaceAllString(a, "0") != number4.ReplaceAllString(b, "0") {
		return false
	}
	for i := range x {
		p, errP := strconv.ParseFloat(x[i], 64)
		q, errQ := strconv.ParseFloat(y[i], 64)
		whole := !strings.ContainsAny(x[i]+y[i], ".eE")
		if x[i] != y[i] && (errP != nil || errQ != nil || whole || math.Abs(p-q) > 1e-3*math.Abs(q)+1e-5) {
			return false
		}
	}
	return true
}

// apart wants the scores of neighbouring hits to differ enough for every machine to rank them the same.
func (g *goldens) apart() {
	g.t.Helper()
	for command := range strings.SplitSeq(g.text.String(), "\n$ ") {
		before := math.Inf(1)
		for _, m := range regexp.MustCompile(`(?m)^      "score": (.*),$`).FindAllStringSubmatch(command, -1) {
			score, err := strconv.ParseFloat(m[1], 64)
			must(g.t, err)
			if before-score < 1e-3*math.Abs(score) {
				g.t.Errorf("two hits have %g and %g: ask otherwise: %s", before, score, strings.SplitN(command, "\n", 2)[0])
			}
			before = score
		}
	}
}

// repo makes a repository in the work folder, whose commits have the same hashes everywhere.
func (g *goldens) repo(name string, files map[string]string) {
	g.t.Helper()
	dir := filepath.Join(g.root, name)
	must(g.t, os.Mkdir(dir, 0o755))
	git(g.t, dir, "init", "-q", "-b", "main")
	write(g.t, dir, files)
	g.commit(name, 1, "The first")
}

// commit commits all, day days after a fixed one.
func (g *goldens) commit(name string, day int, subject string) {
	g.t.Helper()
	when := time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC).Format(time.RFC3339)
	for _, key := range []string{"GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"} {
		g.t.Setenv(key, when)
	}
	dir := filepath.Join(g.root, name)
	git(g.t, dir, "add", "-A")
	git(g.t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", subject)
}
