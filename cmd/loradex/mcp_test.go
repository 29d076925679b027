package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// agent plays calls of tools and returns the answers by the call's place.
func (p *place) agent(calls []string, args ...string) []map[string]any {
	p.t.Helper()
	in := `{"jsonrpc":"2.0","id":-1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n"
	for i, c := range calls {
		in += fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}`+"\n", i, c)
	}
	r := p.runWith(in, append([]string{"mcp", "--model", "none"}, args...)...)
	if r.code != exitOK {
		p.t.Fatalf("exit %d\n%s", r.code, r.err)
	}
	out := make([]map[string]any, len(calls))
	for line := range strings.Lines(r.out) {
		doc := document(p.t, line)
		if id := int(doc["id"].(float64)); id >= 0 {
			out[id] = doc["result"].(map[string]any)
		}
	}
	return out
}

// said is the text of an answer.
func said(answer map[string]any) string {
	return answer["content"].([]any)[0].(map[string]any)["text"].(string)
}

// TestMCP: an agent asks where nothing is indexed, reads what it found as it is now, and nothing that is not the repository's.
func TestMCP(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, map[string]string{"lock.go": servedFiles["lock.go"], "sub/read.py": servedFiles["read.py"], ".gitignore": "secret.txt\n"})
	outside := t.TempDir()
	write(t, outside, map[string]string{"secret.txt": "out of here\n"})
	write(t, dir, map[string]string{"secret.txt": "a password\n"})
	must(t, os.Symlink(outside, filepath.Join(dir, "away")))
	must(t, os.Symlink(filepath.Join(outside, "secret.txt"), filepath.Join(dir, "link.txt")))
	search := `{"name":"search","arguments":{"query":"acquire the lock","k":1}}`
	first := p.agent([]string{search}, "--repo", dir)[0]
	if text := said(first); !strings.Contains(text, `"handle":"lock.go:1-4"`) || !strings.Contains(text, "were indexed just now") {
		t.Fatal(text)
	}
	write(t, dir, map[string]string{"lock.go": "package lock\n\n\n// Acquire is another one now.\nfunc Acquire() {}\n", "new.go": "package lock\n\nfunc Brand() {}\n"})
	calls, words := []string{}, []string{}
	for _, c := range [][2]string{
		{search, "another one now"},
		{`{"name":"read","arguments":{"handle":"lock.go:4-5","around":1}}`, `"text":"\n// Acquire is another one now.\nfunc Acquire() {}"`},
		{`{"name":"read","arguments":{"handle":"` + filepath.ToSlash(filepath.Join(dir, "sub", "read.py")) + `"}}`, "read_config"},
		{`{"name":"read","arguments":{"handle":"new.go"}}`, "Brand"},
		{`{"name":"similar","arguments":{"path":"lock.go","line":5}}`, `"hits":[`},
		{`{"name":"search","arguments":{"query":"config","path":["sub"],"lang":"python"}}`, "sub/read.py"},
		{`{"name":"read","arguments":{"handle":"away/secret.txt"}}`, "error (not_found)"},
		{`{"name":"read","arguments":{"handle":"link.txt"}}`, "error (not_found)"},
		{`{"name":"read","arguments":{"handle":"secret.txt"}}`, "error (not_found)"},
		{`{"name":"read","arguments":{"handle":".git/config"}}`, "error (not_found)"},
		{`{"name":"read","arguments":{"handle":"../x"}}`, "error (invalid)"},
		{`{"name":"read","arguments":{"handle":"` + filepath.ToSlash(outside) + `/secret.txt:1"}}`, "error (invalid)"},
		{`{"name":"similar","arguments":{"path":"away/secret.txt","line":1}}`, "error (not_found)"},
		{`{"name":"search","arguments":{"query":"x","path":["/nowhere/x"]}}`, "lies outside"},
		{`{"name":"search","arguments":{"query":"x","adapter":"missing"}}`, "error ("},
		{`{"name":"read","arguments":{"handle":"lock.go:90-99"}}`, "has 5 lines"},
		{`{"name":"status","arguments":{}}`, `"indexed":true`},
	} {
		calls, words = append(calls, c[0]), append(words, c[1])
	}
	for i, answer := range p.agent(calls, "--repo", dir) {
		text := said(answer)
		if !strings.Contains(text, words[i]) || strings.Contains(text, "password") || strings.Contains(text, "out of here") {
			t.Errorf("%s: %s", calls[i], text)
		}
	}
	// Several repositories: handles say which is meant.
	other, shared := repo(t, map[string]string{"lock.go": "package other\n\nfunc Other() {}\n"}), filepath.Join(t.TempDir(), "shared")
	p.ok("index", dir, "--index", shared)
	p.ok("index", other, "--index", shared)
	both := p.agent([]string{
		`{"name":"read","arguments":{"handle":"lock.go"}}`, `{"name":"read","arguments":{"handle":"` + filepath.ToSlash(other) + `/lock.go:3-3"}}`,
		`{"name":"search","arguments":{"query":"Other","repo":"` + filepath.Base(other) + `"}}`,
	}, "--index", shared)
	for i, want := range []string{"is a file of 2 repositories", "func Other", `"handle":"` + filepath.ToSlash(other) + "/lock.go:"} {
		if text := said(both[i]); !strings.Contains(text, want) {
			t.Errorf("of several: %s, want %s", text, want)
		}
	}
	if r := p.runWith("hello\n", "mcp", "--repo", dir, "--json"); r.code != exitFailure || r.out != "" || !strings.Contains(r.err, "an agent") {
		t.Errorf("no agent: exit %d\n%s\n%s", r.code, r.out, r.err)
	}
	s := p.serve("--repo", dir)
	client, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).
		Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: s.url + "/mcp"}, nil)
	must(t, err)
	found, err := client.CallTool(t.Context(), &sdk.CallToolParams{Name: "search", Arguments: map[string]any{"query": "acquire"}})
	if err != nil || found.IsError || !strings.Contains(found.Content[0].(*sdk.TextContent).Text, "lock.go:") {
		t.Errorf("over HTTP: %+v %v", found, err)
	}
	must(t, client.Close())
	s.stop()
}

// TestRead: files are read as they are on disk, line by line.
func TestRead(t *testing.T) {
	p := newPlace(t)
	text := "\n\nfirst := 1\n\n\n\tlast line, two blank ones before\n"
	files := map[string]string{"a.txt": text, "b.go": "package b\n\nimport \"fmt\"\n\n// F does.\nfunc F() {\n\n\tfmt.Println()\n}\n\n\ntype T struct{}\n"}
	dir := repo(t, files)
	p.ok("index", dir, "--model", "none")
	a := newApp(p.getenv, strings.NewReader(""), &strings.Builder{}, &strings.Builder{})
	must(t, a.setup(func(string) bool { return false }))
	for name, want := range files {
		got, err := a.Open(dir).Read(t.Context(), name, 0, 0)
		if err != nil || got.Text != strings.TrimSuffix(want, "\n") || got.Lines != strings.Count(want, "\n") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	must(t, a.Close())
}
