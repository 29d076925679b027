package main

// This file is the harness of the end-to-end tests: they call run as main does, in a home of their own.

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/embed/runtime"
	"loradex/internal/home"
)

// asProgram makes the test binary behave as loradex, for tests that kill it.
const asProgram = "LORADEX_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// place is where a test runs: a home and a working folder.
type place struct {
	t    testing.TB
	home string
	env  map[string]string
}

// result is what a command left.
type result struct {
	code     int
	out, err string
}

// newPlace makes an empty home. Commands in it work without vectors, unless withEncoder is called.
func newPlace(t testing.TB) *place {
	t.Helper()
	return &place{t: t, home: t.TempDir(), env: map[string]string{}}
}

// withEncoder links the installed runtime and models into the home, and skips the test where there are none.
func (p *place) withEncoder() *place {
	p.t.Helper()
	if !runtime.Available {
		p.t.Skip("this build has no encoder")
	}
	h, err := home.Resolve(os.Getenv)
	if err != nil {
		p.t.Skip(err)
	}
	if _, err := h.Model(home.DefaultModel); err != nil {
		p.t.Skip(err)
	}
	lib, err := h.NativeRuntime("cpu")
	if err != nil {
		p.t.Skip(err)
	}
	p.env[home.EnvRuntime] = lib
	p.env["LORADEX_WAITING"] = "sleep"                             // tests of other packages run beside
	must(p.t, os.MkdirAll(filepath.Join(p.home, "models"), 0o750)) // of those that are installed the default alone: tests count them
	must(p.t, os.Symlink(filepath.Join(h.Models(), home.DefaultModel), filepath.Join(p.home, "models", home.DefaultModel)))
	return p
}

func (p *place) getenv(key string) string {
	if key == home.EnvHome {
		return p.home
	}
	return p.env[key]
}

// run calls the program with no input.
func (p *place) run(args ...string) result { return p.runWith("", args...) }

func (p *place) runWith(stdin string, args ...string) result {
	p.t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, p.getenv, strings.NewReader(stdin), &out, &errs)
	return result{code, out.String(), errs.String()}
}

// ok runs a command that must succeed and returns its output.
func (p *place) ok(args ...string) string {
	p.t.Helper()
	r := p.run(args...)
	if r.code != exitOK {
		p.t.Fatalf("loradex %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// json runs a command with --json that must succeed and decodes its document.
func (p *place) json(args ...string) map[string]any {
	p.t.Helper()
	return document(p.t, p.ok(append(args, "--json")...))
}

// fails runs a command that must fail with an exit code, an error code and some words, with --json and without.
func (p *place) fails(code int, kind, words string, args ...string) {
	p.t.Helper()
	r := p.run(args...)
	if r.code != code || !strings.Contains(r.err, words) || !strings.HasPrefix(lastError(r.err), "loradex: ") {
		p.t.Errorf("loradex %s: exit %d, want %d with %q\n%s%s", strings.Join(args, " "), r.code, code, words, r.out, r.err)
	}
	r = p.run(slices.Insert(slices.Clone(args), 0, "--json")...)
	if r.code != code {
		p.t.Errorf("with --json: exit %d, want %d", r.code, code)
	}
	e, ok := document(p.t, r.out)["error"].(map[string]any)
	if !ok || e["code"] != kind || !strings.Contains(e["message"].(string)+" "+e["hint"].(string), words) || len(e) != 3 {
		p.t.Errorf("loradex %s --json: %s, want code %s and %q", strings.Join(args, " "), r.out, kind, words)
	}
}

// lastError is the text from the last line that begins an error.
func lastError(stderr string) string {
	if at := strings.LastIndex(stderr, "loradex: "); at >= 0 {
		return stderr[at:]
	}
	return stderr
}

// document decodes exactly one JSON object.
func document(t testing.TB, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := decodeStrict([]byte(text), &doc); err != nil {
		t.Fatalf("not one JSON document: %v\n%s", err, text)
	}
	return doc
}

// keysOf lists the keys of a document as dotted paths; elements of lists count as one.
func keysOf(v any) []string {
	var keys []string
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				keys = append(keys, prefix+key)
				walk(prefix+key+".", inner)
			}
		case []any:
			for _, inner := range v {
				walk(prefix, inner)
			}
		}
	}
	walk("", v)
	slices.Sort(keys)
	return slices.Compact(keys)
}

// wantKeys compares the shape of a document.
func wantKeys(t testing.TB, doc any, want string) {
	t.Helper()
	w := strings.Fields(want)
	slices.Sort(w)
	if got := keysOf(doc); !slices.Equal(got, w) {
		data, err := json.MarshalIndent(doc, "", " ")
		t.Errorf("keys are\n%s\nwant\n%s\n%s %v", strings.Join(got, " "), strings.Join(w, " "), data, err)
	}
}

// number reads a number of a document by its dotted path.
func number(t testing.TB, doc map[string]any, path string) float64 {
	t.Helper()
	var v any = doc
	for _, key := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("no %s in %v", path, doc)
		}
		v = m[key]
	}
	n, ok := v.(float64)
	if !ok {
		t.Fatalf("%s is %v", path, v)
	}
	return n
}

// isTrue reads a boolean of a document; false where it is none.
func isTrue(v any) bool {
	b, ok := v.(bool)
	return ok && b
}

// repo makes a git repository with files and one commit, and returns its folder.
func repo(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	git(t, dir, "init", "-q", "-b", "main")
	write(t, dir, files)
	commitAll(t, dir)
	return dir
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
}

func commitAll(t testing.TB, dir string) {
	t.Helper()
	git(t, dir, "add", "-A")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x", "--allow-empty")
}

func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		if _, missing := exec.LookPath("git"); missing != nil {
			t.Skip("the git program is not installed")
		}
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sample is a small repository whose answers are plain to see.
func sample() map[string]string {
	return map[string]string{
		"go.mod": "module sample\n\ngo 1.26\n",
		"lock/lock.go": `// Package lock keeps others out.
package lock

import "os"

// Acquire takes the writer's lock of a folder and fails at once where another process holds it.
func Acquire(dir string) (*os.File, error) {
	return os.OpenFile(dir+"/lock", os.O_CREATE|os.O_EXCL, 0o600)
}
`,
		"net/fetch.py": `"""Fetch pages."""


def download_with_retry(url, attempts=3):
    """Download a page over HTTP and try again when the server is busy."""
    for _ in range(attempts):
        try:
            return get(url)
        except Busy:
            continue
    raise Busy(url)
`,
		"README.md": "# Sample\n\nSome words about nothing.\n\n## Cooking\n\nBoil the potatoes until they are soft.\n",
		"logo.png":  "\x89PNG\x00\x00",
	}
}
