package main

// This file tests what an editor finds in texts that it has not saved, through the program's own input and output.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// editor speaks with `loradex lsp`.
type editor struct {
	t    testing.TB
	in   io.WriteCloser
	out  *bufio.Reader
	errs *lockedBuffer
	code chan int
	id   int
}

func (p *place) edit(dir string, args ...string) *editor {
	p.t.Helper()
	in, send := io.Pipe()
	receive, out := io.Pipe()
	e := &editor{t: p.t, in: send, out: bufio.NewReader(receive), errs: &lockedBuffer{}, code: make(chan int, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		e.code <- run(ctx, append([]string{"lsp"}, args...), p.getenv, in, out, e.errs)
		_ = out.Close()
	}()
	p.t.Cleanup(func() {
		cancel()
		_ = send.Close()
		_ = receive.Close()
	})
	e.call("initialize", `{"capabilities":{},"rootUri":"`+fileURI(dir)+`"}`)
	return e
}

func fileURI(path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

func (e *editor) write(body string) {
	e.t.Helper()
	_, err := fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(body), body)
	must(e.t, err)
}

func (e *editor) notify(method, params string) {
	e.t.Helper()
	e.write(`{"jsonrpc":"2.0","method":"` + method + `","params":` + params + `}`)
}

// call returns the result of a request. Log messages of the server fail the test.
func (e *editor) call(method, params string) json.RawMessage {
	e.t.Helper()
	result, failed := e.answer(method, params)
	if failed != nil {
		e.t.Fatalf("%s: the server says %s", method, failed)
	}
	return result
}

// refused returns the error of a command.
func (e *editor) refused(command, argument string) string {
	e.t.Helper()
	_, failed := e.answer("workspace/executeCommand", `{"command":"`+command+`","arguments":[`+argument+`]}`)
	return string(failed)
}

// answer returns the result of a request, or its error.
func (e *editor) answer(method, params string) (result, failed json.RawMessage) {
	e.t.Helper()
	e.id++
	e.write(`{"jsonrpc":"2.0","id":` + strconv.Itoa(e.id) + `,"method":"` + method + `","params":` + params + `}`)
	header, err := textproto.NewReader(e.out).ReadMIMEHeader()
	must(e.t, err)
	n, err := strconv.Atoi(header.Get("Content-Length"))
	must(e.t, err)
	body := make([]byte, n)
	_, err = io.ReadFull(e.out, body)
	must(e.t, err)
	var m struct {
		ID     *int            `json:"id"`
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	must(e.t, json.Unmarshal(body, &m))
	if m.ID == nil || *m.ID != e.id {
		e.t.Fatalf("%s: the server says %s", method, body)
	}
	return m.Result, m.Error
}

// symbols lists the files of what workspace/symbol finds.
func (e *editor) symbols(query string) string {
	e.t.Helper()
	var found []struct {
		Location struct {
			URI string `json:"uri"`
		} `json:"location"`
	}
	must(e.t, json.Unmarshal(e.call("workspace/symbol", `{"query":`+strconv.Quote(query)+`}`), &found))
	var out []string
	for _, f := range found {
		out = append(out, f.Location.URI[strings.LastIndexByte(f.Location.URI, '/')+1:])
	}
	return strings.Join(out, " ")
}

// hits is what loradex.search or loradex.similar answers, and whether the hits have vectors.
func (e *editor) hits(command, argument string) (paths, texts []string, dense []*float64) {
	e.t.Helper()
	var found struct {
		Hits []struct {
			URI    string `json:"uri"`
			Text   string `json:"text"`
			Scores struct {
				Dense *float64 `json:"dense"`
			} `json:"scores"`
		} `json:"hits"`
	}
	must(e.t, json.Unmarshal(e.call("workspace/executeCommand", `{"command":"`+command+`","arguments":[`+argument+`]}`), &found))
	for _, h := range found.Hits {
		paths, texts, dense = append(paths, h.URI), append(texts, h.Text), append(dense, h.Scores.Dense)
	}
	return paths, texts, dense
}

func (e *editor) open(path, text string) {
	e.t.Helper()
	body, err := json.Marshal(text)
	must(e.t, err)
	e.notify("textDocument/didOpen", `{"textDocument":{"uri":"`+fileURI(path)+`","languageId":"x","version":1,"text":`+string(body)+`}}`)
}

func (e *editor) change(path, text string) {
	e.t.Helper()
	body, err := json.Marshal(text)
	must(e.t, err)
	e.notify("textDocument/didChange", `{"textDocument":{"uri":"`+fileURI(path)+`","version":2},"contentChanges":[{"text":`+string(body)+`}]}`)
}

func (e *editor) on(path, event string) {
	e.t.Helper()
	e.notify("textDocument/"+event, `{"textDocument":{"uri":"`+fileURI(path)+`"}}`)
}

func (e *editor) leaves() {
	e.t.Helper()
	e.call("shutdown", "null")
	e.write(`{"jsonrpc":"2.0","method":"exit"}`)
	if code := <-e.code; code != exitOK {
		e.t.Errorf("exit %d\n%s", code, e.errs)
	}
}

// TestEditorTexts: words of a text that was not saved are found at once, and only these; what is ignored is not.
func TestEditorTexts(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, map[string]string{
		"lock.go": servedFiles["lock.go"], "read.py": servedFiles["read.py"], ".gitignore": "secret/\n",
	})
	p.ok("index", dir)
	e := p.edit(dir)
	lock := filepath.Join(dir, "lock.go")
	e.open(lock, servedFiles["lock.go"])
	if got := e.symbols("acquire"); got != "lock.go" {
		t.Errorf("as it is indexed: %q", got)
	}
	changed := strings.ReplaceAll(servedFiles["lock.go"], "Acquire", "Obtain")
	e.change(lock, changed)
	if got := e.symbols("obtain"); got != "lock.go" {
		t.Errorf("what was typed just now: %q", got)
	}
	if got := e.symbols("acquire"); got != "" {
		t.Errorf("what was overwritten: %q", got)
	}
	e.open(filepath.Join(dir, "fresh.go"), "package lock\n\n// Fresh is new.\nfunc Fresh() {}\n")
	for name, text := range map[string]string{"secret/key.go": "package secret\n\nfunc Hidden() {}\n", ".git/COMMIT_EDITMSG": "hidden\n"} {
		e.open(filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	if got := e.symbols("fresh hidden"); got != "fresh.go" {
		t.Errorf("files that are not on disk: %q", got)
	}
	// Saved and closed: the text stays until the index has it, and the index is brought up to date beside the server.
	write(t, dir, map[string]string{"lock.go": changed})
	e.on(lock, "didSave")
	e.on(lock, "didClose")
	if got := e.symbols("obtain"); got != "lock.go" {
		t.Errorf("saved and closed: %q", got)
	}
	p.ok("index", dir)
	if got := e.symbols("obtain"); got != "lock.go" {
		t.Errorf("when the index has it: %q", got)
	}
	// Closed without saving: what is stored counts again.
	e.open(lock, changed)
	e.change(lock, "package lock\n\nfunc Discarded() {}\n")
	e.on(lock, "didClose")
	if got := e.symbols("discarded"); got != "" {
		t.Errorf("thrown away: %q", got)
	}
	// Somebody writes to a file that was closed.
	e.open(lock, changed)
	e.change(lock, "package lock\n\nfunc Halfway() {}\n")
	write(t, dir, map[string]string{"lock.go": "package lock\n\nfunc Halfway() {}\n"})
	e.on(lock, "didSave")
	e.on(lock, "didClose")
	if got := e.symbols("halfway"); got != "lock.go" {
		t.Errorf("saved: %q", got)
	}
	must(t, os.Remove(lock))
	if a, b := e.symbols("halfway"), e.symbols("obtain"); a != "" || b != "" {
		t.Errorf("removed behind the editor's back, and found: %q, %q", a, b)
	}
	e.leaves()
}

// TestEditorTextsOfSeveralRepositories: each text belongs to its repository, and places are right in all of them.
func TestEditorTextsOfSeveralRepositories(t *testing.T) {
	p := newPlace(t)
	one, two, shared := repo(t, servedFiles), repo(t, servedFiles), filepath.Join(t.TempDir(), "shared")
	p.ok("index", one, "--index", shared)
	p.ok("index", two, "--index", shared)
	e := p.edit(two, "--index", shared)
	lock := filepath.Join(two, "lock.go")
	e.open(lock, strings.ReplaceAll(servedFiles["lock.go"], "Acquire", "Obtain"))
	paths, _, _ := e.hits("loradex.search", `{"query":"acquire obtain lock","mode":"lexical"}`)
	if len(paths) != 2 || paths[0] == paths[1] || !strings.Contains(strings.Join(paths, " "), fileURI(filepath.Join(one, "lock.go"))) ||
		!strings.Contains(strings.Join(paths, " "), fileURI(lock)) {
		t.Errorf("found %q", paths)
	}
	if got := e.symbols("obtain"); got != "lock.go" {
		t.Errorf("the changed one: %q", got)
	}
	e.leaves()
}

// TestEditorTextsByMeaning: a change is found by meaning within two seconds, and similar code is looked for in it.
func TestEditorTextsByMeaning(t *testing.T) {
	p := newPlace(t).withEncoder()
	dir := repo(t, servedFiles)
	p.ok("index", dir)
	e := p.edit(dir)
	lock := filepath.Join(dir, "lock.go")
	e.open(lock, servedFiles["lock.go"])
	_, _, dense := e.hits("loradex.search", `{"query":"parse numbers"}`) // starts the encoder
	if len(dense) == 0 || dense[0] == nil {
		t.Fatal("no vectors in the index")
	}
	text := "package lock\n\n// ParseDuration turns a text such as 5s into nanoseconds.\nfunc ParseDuration(s string) (int64, error) { return 0, nil }\n"
	e.change(lock, text)
	for began := time.Now(); ; {
		paths, texts, dense := e.hits("loradex.search", `{"query":"convert a string to a period of time","mode":"dense","k":1}`)
		if len(dense) == 1 && paths[0] == fileURI(lock) && strings.Contains(texts[0], "ParseDuration") {
			break
		}
		if time.Since(began) > 10*time.Second { // five times what is promised: tests of other packages run beside
			t.Fatal("a change is not found by meaning in time")
		}
		time.Sleep(20 * time.Millisecond)
	}
	// The text of the range is that of the buffer, which the index does not know.
	var found bytes.Buffer
	paths, _, _ := e.hits("loradex.similar", `{"uri":"`+fileURI(lock)+`","range":{"start":{"line":0,"character":0},"end":{"line":4,"character":0}}}`)
	fmt.Fprint(&found, paths)
	if !strings.Contains(found.String(), "read.py") || strings.Contains(found.String(), "lock.go") {
		t.Errorf("similar code is at %s", &found)
	}
	e.leaves()
}
