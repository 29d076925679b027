package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongUse(t *testing.T) {
	p := newPlace(t)
	t.Chdir(t.TempDir())
	for _, tt := range []struct{ words, args string }{
		{"unknown command", "frobnicate"},
		{"unknown flag", "index --frob"},
		{"unknown flag", "--frob"},
		{"needs a command", "adapters"},
		{`no command "fuse"`, "adapters fuse"},
		{"needs a command", "eval"},
		{"needs a command", "bench"},
		{"needs a command", "model"},
		{"at most one argument", "index a b"},
		{"no arguments", "version x"},
		{"an adapter", "adapters show"},
		{"required flag", "adapters add x"},
		{"required flag", "eval run"},
		{"adapter name", "adapters add x --name UPPER"},
		{"--adapter", "index --adapter go++x"},
		{"--drop-space", "index --drop-space *"},
		{"sqlite or qdrant", "index --store redis"},
		{"adapter language-wise", "index --adapter a --language-wise"},
		{"contradict", "status -q -v"},
		{"threads", "status --threads -1"},
		{`--threads is "x", and takes a whole number`, "status --threads x"},
		{`-k is "x", and takes a whole number`, "search y -k x"},
		{"needs an argument", "search --repo"},
		{`no command "zsch"`, "completion zsch"},
		{"run `loradex --help`", "-X"},
		{"role", "embed --role both"},
		{"--adapter", "embed --adapter +"},
		{"metric", "eval run --data x --metrics speed"},
		{"--run encodes nothing", "eval run --data x --run y --adapter z"},
		{"--pairs", "bench encode --pairs 2"},
		{"--peer and --against", "bench encode --peer x --against y"},
		{"--pairs", "model quantize x --pairs 2"},
		{"--chunks", "bench search --chunks 0"},
		{"--rows", "bench adapters --rows 0"},
		{"not a model name", "model pull . --name .."},
	} {
		t.Run(tt.args, func(t *testing.T) {
			p.t = t
			args := strings.Fields(tt.args)
			if args[0] == "embed" { // rows, not one document: errors stay on standard error
				if r := p.run(args...); r.code != exitUsage || !strings.Contains(r.err, tt.words) || r.out != "" {
					t.Errorf("%+v", r)
				}
				return
			}
			p.fails(exitUsage, "invalid", tt.words, args...)
		})
	}
}

func TestFailures(t *testing.T) {
	p := newPlace(t)
	plain := t.TempDir()
	t.Chdir(plain)
	must(t, os.WriteFile(filepath.Join(plain, "bad.yaml"), []byte("modell: x\n"), 0o600))
	for _, tt := range []struct{ kind, words, args string }{
		{"not_found", "not a git repository", "index"},
		{"not_found", "does not exist", "index nowhere/at/all"},
		{"not_found", "nowhere does not exist", "search --repo nowhere x"},
		{"not_found", "not a git repository", "index --store qdrant"},
		{"not_found", "not a git repository", "index --language-wise"},
		{"not_found", "ghost", "adapters show ghost"},
		{"not_found", "ghost", "adapters remove ghost"},
		{"not_found", "nowhere", "eval run --data nowhere"},
		{"not_found", "ghost", "status --config ghost.yaml"},
		{"invalid", "modell", "status --config bad.yaml"},
		{"not_found", "ghost", "model pull ghost"},
		{"unsupported", "router arrow", "adapters merge --into-base arrow(a,b) --out merged"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			p.t = t
			p.fails(exitFailure, tt.kind, tt.words, strings.Fields(tt.args)...)
		})
	}
}

func TestWithoutHome(t *testing.T) {
	p := newPlace(t)
	p.home = "relative"
	p.fails(exitFailure, "invalid", "LORADEX_HOME", "status")
	wantKeys(t, p.json("version"), "version commit go platform build build.encoder build.tree_sitter")
}

func TestHelpNamesTheCommands(t *testing.T) {
	p := newPlace(t)
	help := p.ok("--help")
	for _, name := range strings.Fields("index search embed adapters eval bench model status doctor clean version completion") {
		if !strings.Contains(help, "\n  "+name+" ") {
			t.Errorf("the help lacks %s", name)
		}
	}
	if got := p.ok("help", "eval", "run"); !strings.Contains(got, "--doc-adapter") {
		t.Errorf("help of a command: %s", got)
	}
	p.fails(exitUsage, "invalid", "frob", "help", "frob")
}

func TestCompletion(t *testing.T) {
	p := newPlace(t)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := p.ok("completion", shell); !strings.Contains(out, "loradex") {
			t.Errorf("%s: %q", shell, out)
		}
	}
	for _, tt := range []struct{ args, want string }{
		{"ind", "index"},
		{"search --mode ", "lexical"},
		{"search --lang ", "python"},
		{"index --store ", "sqlite"},
		{"embed --role ", "document"},
		{"status --device ", "cuda"},
		{"embed --adapter ", "none"},
	} {
		out := p.ok(append([]string{"__complete"}, strings.Split(tt.args, " ")...)...)
		if !strings.Contains("\n"+out, "\n"+tt.want) {
			t.Errorf("%q offers %q, want %s", tt.args, out, tt.want)
		}
	}
}

// TestOutputCannotBeWritten: a full disk behind standard output is a failure, not silence.
func TestOutputCannotBeWritten(t *testing.T) {
	p := newPlace(t)
	var errs strings.Builder
	code := run(t.Context(), []string{"version"}, p.getenv, strings.NewReader(""), fullDisk{}, &errs)
	if code != exitFailure || !strings.Contains(errs.String(), "cannot be written") {
		t.Errorf("exit %d, %s", code, errs.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, os.ErrInvalid }
