package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// conversation writes messages as an editor does.
func conversation(bodies ...string) string {
	var b strings.Builder
	for _, body := range bodies {
		body = strings.Replace(body, "{", `{"jsonrpc":"2.0",`, 1)
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	return b.String()
}

// TestLSP plays what needs no waiting: a search is answered when it is done, which may be after exit.
func TestLSP(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, servedFiles)
	p.ok("index", dir)
	root := (&url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}).String()
	begin := `{"id":1,"method":"initialize","params":{"capabilities":{},"rootUri":"` + root + `"}}`
	r := p.runWith(conversation(begin,
		`{"id":2,"method":"workspace/executeCommand","params":{"command":"loradex.setAdapter","arguments":[{"adapter":"missing"}]}}`,
		`{"id":3,"method":"shutdown"}`, `{"method":"exit"}`), "lsp")
	if r.code != exitOK || !strings.Contains(r.out, `"id":3,"result":null`) || !strings.Contains(r.out, `adapter \"missing\"`) {
		t.Errorf("exit %d\n%s\n%s", r.code, r.out, r.err)
	}
	if r := p.runWith(conversation(begin, `{"method":"exit"}`), "lsp"); r.code != exitFailure {
		t.Errorf("exit without shutdown: exit %d\n%s", r.code, r.err)
	}
	if r := p.runWith("hello\n", "lsp", "--json"); r.code != exitFailure || r.out != "" || !strings.Contains(r.err, "an editor") {
		t.Errorf("no editor: exit %d\n%s\n%s", r.code, r.out, r.err)
	}
}

// TestEditorBackend: places in the work tree, wherever the editor's folder lies in it.
func TestEditorBackend(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, map[string]string{"sub/lock.go": servedFiles["lock.go"]})
	p.ok("index", dir)
	a := newApp(p.getenv, strings.NewReader(""), &strings.Builder{}, &strings.Builder{})
	must(t, a.setup(func(string) bool { return false }))
	w := a.Open("")
	must(t, w.OpenFor(t.Context(), filepath.Join(dir, "sub")))
	if roots := w.Roots(); len(roots) != 1 || roots[0].Dir != dir {
		t.Errorf("paths start from %v, not %q", roots, dir)
	}
	must(t, a.Close())
}
