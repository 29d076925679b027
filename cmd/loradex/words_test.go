package main

// This file walks all commands and checks the words of their help, and tries what is said of mistyped ones.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"loradex/internal/commandline"
)

// everyCommand calls f for each command with its words.
func everyCommand(c *cobra.Command, f func(c *cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		everyCommand(sub, f)
	}
}

// TestHelpFits: no help has a line of more than 80 columns, none loses a word, and values of flags are named as such.
func TestHelpFits(t *testing.T) {
	p := newPlace(t)
	n := 0
	named := regexp.MustCompile("^(|[A-Z]+([:=|,][A-Z]+)*|string|strings|stringArray|int|ints|int64|float|duration|uint)$")
	everyCommand(newRoot(newApp(p.getenv, nil, &bytes.Buffer{}, &bytes.Buffer{})), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		if c.Name() == "help" || c.Hidden {
			return
		}
		n++
		help := p.ok(append(path, "--help")...)
		for line := range strings.SplitSeq(help, "\n") {
			if utf8.RuneCountInString(line) > commandline.Width {
				t.Errorf("%v: %d columns: %s", path, utf8.RuneCountInString(line), line)
			}
			if strings.HasSuffix(line, " ") {
				t.Errorf("%v: a line ends with a space: %q", path, line)
			}
		}
		squeezed := strings.Join(strings.Fields(strings.ReplaceAll(help, "\\\n", "")), " ")
		for _, text := range []string{c.Long, c.Example} {
			if want := strings.Join(strings.Fields(strings.ReplaceAll(text, "\\\n", "")), " "); !strings.Contains(squeezed, want) {
				t.Errorf("%v: the help has other words than %.200s\nin\n%.400s", path, want, squeezed)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			value, usage := pflag.UnquoteUsage(f)
			switch {
			case f.Hidden:
			case !named.MatchString(value):
				t.Errorf("%v: the value of --%s is called %q", path, f.Name, value)
			case strings.Contains(usage, "`"):
				t.Errorf("%v: --%s: a quotation mark is left in %q", path, f.Name, usage)
			case usage == "" || strings.HasSuffix(usage, ".") || usage[0] >= 'A' && usage[0] <= 'Z' && usage[1] >= 'a' && usage[1] <= 'z':
				t.Errorf("%v: --%s: %q is not worded like the others", path, f.Name, usage)
			}
		})
	})
	if n < 30 {
		t.Errorf("only %d commands", n)
	}
}

// commandsIn lists the calls of loradex in an example, as a shell would split it.
func commandsIn(text string) [][]string {
	var calls [][]string
	var words []string
	word, quote, begun := "", rune(0), false
	flush := func() {
		if begun {
			words = append(words, word)
		}
		word, begun = "", false
	}
	end := func() {
		flush()
		for len(words) > 0 && strings.Contains(words[0], "=") && !strings.HasPrefix(words[0], "-") { // VARIABLE=value
			words = words[1:]
		}
		if len(words) > 0 && words[0] == "loradex" {
			calls = append(calls, words[1:])
		}
		words = nil
	}
	for _, r := range strings.ReplaceAll(text, "\\\n", " ") {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word += string(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case r == '\n' || r == '|' || r == '&' || r == ';' || r == '<' || r == '>':
			redirect := r == '<' || r == '>'
			end()
			if redirect { // what follows is a file
				words = []string{"file"}
			}
		case r == ' ':
			flush()
		case r == '#' && !begun:
			begun = false
			end()
			words = []string{"comment"}
		default:
			word, begun = word+string(r), true
		}
	}
	end()
	return calls
}

// TestExamplesParse: every call in the examples names a command, its flags and as many arguments as it takes.
func TestExamplesParse(t *testing.T) {
	p := newPlace(t)
	n := 0
	var all []string
	everyCommand(newRoot(newApp(p.getenv, nil, &bytes.Buffer{}, &bytes.Buffer{})), func(c *cobra.Command) { all = append(all, c.Example) })
	for _, text := range all {
		for _, call := range commandsIn(text) {
			n++
			root := newRoot(newApp(p.getenv, nil, &bytes.Buffer{}, &bytes.Buffer{}))
			c, rest, err := root.Find(call)
			if err == nil {
				err = c.ParseFlags(rest)
			}
			if err == nil {
				err = c.ValidateArgs(c.Flags().Args())
			}
			if err == nil {
				err = c.ValidateRequiredFlags()
			}
			if err != nil || c == root {
				t.Errorf("loradex %s: %v", strings.Join(call, " "), err)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d examples", n)
	}
}

func TestVersionFlag(t *testing.T) {
	p := newPlace(t)
	p.home = "relative" // which is a mistake for all that needs a home
	if got, want := p.ok("--version"), p.ok("version"); got != want || !strings.HasPrefix(got, "loradex ") {
		t.Errorf("%q, want %q", got, want)
	}
	if got := p.ok("-V"); got != p.ok("version") {
		t.Errorf("-V: %s", got)
	}
	wantKeys(t, p.json("--version"), "version commit go platform build build.encoder build.tree_sitter")
	if help := p.ok(); help != p.ok("--help") || !strings.Contains(help, "--version") {
		t.Errorf("without words:\n%s", help)
	}
}

func TestDidYouMean(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	t.Chdir(repo(t, servedFiles))
	p.ok("index", "--model", "none")
	for _, tt := range []struct {
		code       int
		hint, args string
	}{
		{exitUsage, "did you mean search?", "serch"},
		{exitUsage, "did you mean search?", "serch lock -k 3"},
		{exitUsage, "did you mean status?", "help stauts"},
		{exitUsage, "did you mean show? use one of", "adapters shw"},
		{exitUsage, "did you mean show?", "help adapters shwo"},
		{exitUsage, "did you mean run?", "eval rnu"},
		{exitUsage, "did you mean --mode?", "search lock --mod lexical"},
		{exitUsage, "did you mean --branch?", "index --brnach x"},
		{exitUsage, "did you mean --quiet?", "status --queit"},
		{exitUsage, "did you mean --version?", "--vresion"},
		{exitUsage, "did you mean hybrid?", "search lock --mode hybird"},
		{exitUsage, "did you mean function?", "search lock --kind functoin"},
		{exitUsage, "did you mean qdrant?", "index --store qdarnt"},
		{exitUsage, "did you mean query?", "embed --role qurey"},
		{exitFailure, "did you mean small?", "adapters show smal"},
		{exitFailure, "did you mean small?", "adapters remove samll"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			p.t = t
			r := p.run(strings.Fields(tt.args)...)
			if r.code != tt.code || !strings.Contains(r.err, "\nhint: "+tt.hint) {
				t.Errorf("exit %d, want %d with %q\n%s", r.code, tt.code, tt.hint, r.err)
			}
		})
	}
	p.t = t
	if r := p.run("frobnicate"); strings.Contains(r.err, "mean") || !strings.Contains(r.err, `unknown command "frobnicate"`) {
		t.Errorf("%s", r.err)
	}
	if doc := document(t, p.run("--json", "serch").out); doc["error"].(map[string]any)["hint"] != "did you mean search? run `loradex --help`" {
		t.Errorf("%v", doc)
	}
}

func TestCompletionOfRepositories(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, servedFiles)
	git(t, dir, "branch", "feature/one")
	git(t, dir, "tag", "v1.0")
	for i := range 150 {
		git(t, dir, "update-ref", fmt.Sprintf("refs/tags/w%03d", i), "HEAD")
	}
	must(t, os.MkdirAll(filepath.Join(dir, "deep", "er"), 0o750))
	t.Chdir(dir)
	for _, tt := range []struct{ args, want string }{
		{"index --branch ", "feature/one\n"},
		{"search x --branch ", "feature/one\n"},
		{"search x --rev ", "feature/one\n"},
		{"search x --rev v", "v1.0\n:"},
		{"search x --rev w", "w000\n"},
		{"search x --rev w14", "w140\nw141\n"},
		{"search x --branch v", ":"},
		{"index --add-rev feature", "feature/one\n:"},
		{"clean --branch ", "feature/one\n"},
		{"index --add-rev ", "feature/one\n"},
		{"search --path ", "deep/\nlock.go\nread.py\n"},
		{"search --path de", "deep/\n"},
		{"search --path deep/", "deep/er/\n"},
		{"search --path !lo", "!lock.go\n"},
		{"search --path none/", ":"},
	} {
		out := p.ok(append([]string{"__complete"}, strings.Split(tt.args, " ")...)...)
		if !strings.HasPrefix(out, tt.want) && !strings.Contains("\n"+out, "\n"+tt.want) {
			t.Errorf("%q offers %q, want %q", tt.args, out, tt.want)
		}
		if n := strings.Count(out, "\n"); n > 110 {
			t.Errorf("%q offers %d names", tt.args, n)
		}
	}
	t.Chdir(t.TempDir())
	if out := p.ok("__complete", "index", dir, "--branch", ""); !strings.Contains(out, "feature/one\n") {
		t.Errorf("of another repository: %q", out)
	}
	if out := p.ok("__complete", "index", "--branch", ""); strings.Contains(out, "feature") {
		t.Errorf("outside of any repository: %q", out)
	}
}

// TestCleanSharedIndex: an index of several repositories goes with its folder, and nothing that is not one.
func TestCleanSharedIndex(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, servedFiles)
	shared := filepath.Join(t.TempDir(), "all")
	p.ok("index", dir, "--index", shared)
	p.fails(exitUsage, "invalid", "--repo", "clean", "--index", shared, "--branch", "x")
	if doc := p.json("clean", "--index", shared); len(doc["removed"].([]any)) != 1 || doc["removed"].([]any)[0] != shared {
		t.Errorf("%v", doc)
	}
	if _, err := os.Stat(shared); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if doc := p.json("clean", "--index", shared); len(doc["removed"].([]any)) != 0 {
		t.Errorf("%v", doc)
	}
	other := t.TempDir()
	write(t, other, map[string]string{"lock": "", "mine.txt": "x"})
	p.run("clean", "--index", other, "--yes")
	if _, err := os.Stat(filepath.Join(other, "mine.txt")); err != nil {
		t.Errorf("a folder of other things was removed: %v", err)
	}
}
