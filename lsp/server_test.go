package lsp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"loradex/internal/fault"
)

// TestPanicIsAnswered: a bug in a search ends neither the connection nor the process.
func TestPanicIsAnswered(t *testing.T) {
	defer fault.ExpectBugs()()
	e := newEditor(t, Options{}, &fakeIndex{})
	e.send("", `{"id":1,"method":"initialize","params":{"capabilities":{}}}`)
	e.receive("")
	e.send("", `{"id":2,"method":"workspace/symbol","params":{"query":"?panic"}}`)
	if log := e.receive(""); !strings.Contains(log, "window/logMessage") || !strings.Contains(log, "a bug") ||
		!strings.Contains(log, "fake_test.go") {
		t.Errorf("the editor's log gets %s", log)
	}
	if answer := e.receive(""); !strings.Contains(answer, `"code":-32603`) || strings.Contains(answer, "a bug") {
		t.Errorf("the answer is %s", answer)
	}
	e.send("", `{"id":3,"method":"shutdown"}`)
	if answer := e.receive(""); answer != `{"id":3,"result":null}` {
		t.Errorf("afterwards shutdown gives %s", answer)
	}
	e.end("", "nil")
}

// TestContextEndsServe: a signal ends the server while the editor says nothing and a search runs.
func TestContextEndsServe(t *testing.T) {
	in, editor := io.Pipe()
	defer editor.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var out bytes.Buffer
	served := make(chan error, 1)
	go func() { served <- New(Options{}, &fakeIndex{}).Serve(ctx, in, &out) }()
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`,
		`{"jsonrpc":"2.0","id":2,"method":"workspace/symbol","params":{"query":"wait"}}`,
		`{"jsonrpc":"2.0","method":"initialized"}`, // read only when the search has left the line
	} {
		if _, err := fmt.Fprintf(editor, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	select {
	case err := <-served:
		if err != nil {
			t.Errorf("Serve ends with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Serve does not end with its context")
	}
}

// TestRootOfTheEditor: the folder reaches the backend, and the index is opened once.
func TestRootOfTheEditor(t *testing.T) {
	for _, c := range []struct{ params, want string }{
		{`"rootUri":"file:///a%20b"`, "/a b"},
		{`"rootPath":"/old","rootUri":null`, "/old"},
		{`"rootUri":"file:///a","workspaceFolders":[{"uri":"file:///w","name":"w"}]`, "/w"},
		{`"rootUri":"file:///a","workspaceFolders":null`, "/a"},
		{`"rootUri":"vscode-remote://x/a"`, ""},
	} {
		backend := &fakeIndex{}
		e := newEditor(t, Options{}, backend)
		e.send(c.params, `{"id":1,"method":"initialize","params":{"capabilities":{},`+c.params+`}}`)
		e.receive(c.params)
		for range 2 {
			e.send(c.params, `{"id":2,"method":"workspace/symbol","params":{"query":"nothing"}}`)
			e.receive(c.params)
		}
		e.end(c.params, fault.Unavailable)
		if len(backend.roots) != 1 || backend.roots[0] != c.want {
			t.Errorf("%s opens %q, not %q once", c.params, backend.roots, c.want)
		}
	}
}

// TestFlood: more searches than may run at a time are all answered once they end.
func TestFlood(t *testing.T) {
	const n = 100
	e := newEditor(t, Options{MaxInFlight: 3}, &fakeIndex{})
	e.send("", `{"id":0,"method":"initialize","params":{"capabilities":{}}}`)
	e.receive("")
	go func() {
		for i := range n {
			e.send("", fmt.Sprintf(`{"id":%d,"method":"workspace/symbol","params":{"query":"lock"}}`, i))
		}
	}()
	seen := map[string]bool{}
	for range n {
		answer := e.receive("")
		id, _, _ := strings.Cut(answer, ",")
		if seen[id] || !strings.Contains(answer, "Acquire") {
			t.Fatalf("twice, or no answer: %s", answer)
		}
		seen[id] = true
	}
	e.end("", fault.Unavailable)
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{MaxMessageBytes: -1}, {MaxInFlight: -1}, {MaxSymbols: -1}} {
		err := New(o, &fakeIndex{}).Serve(context.Background(), strings.NewReader(""), io.Discard)
		if fault.CodeOf(err) != fault.Invalid || err == nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// brokenPipe is the output of an editor that is gone.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestEditorThatDoesNotRead(t *testing.T) {
	body := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`
	in := strings.NewReader(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
	err := New(Options{}, &fakeIndex{}).Serve(context.Background(), in, brokenPipe{})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("Serve ends with %v", err)
	}
}

func TestReadMessage(t *testing.T) {
	many := strings.Repeat("X: y\r\n", maxHeaderLines)
	for _, c := range []struct{ name, in, body, err string }{
		{"one", "Content-Length: 2\r\n\r\n{}", "{}", ""},
		{"bare line ends", "Content-Length: 2\n\n{}", "{}", ""},
		{"other fields", "Content-Type: x\r\nCONTENT-LENGTH:2\r\n\r\n{}", "{}", ""},
		{"empty input", "", "", "EOF"},
		{"no length", "Content-Type: x\r\n\r\n{}", "", "no Content-Length"},
		{"negative", "Content-Length: -1\r\n\r\n", "", "-1"},
		{"not a number", "Content-Length: 1e3\r\n\r\n", "", "1e3"},
		{"more than an int", "Content-Length: 99999999999999999999\r\n\r\n", "", "999"},
		{"too long", "Content-Length: 101\r\n\r\n", "", "longer than 100"},
		{"no field", "hello\r\n", "", "hello"},
		{"long line", strings.Repeat("x", 2*maxHeaderLine), "", "too long"},
		{"many lines", many + "Content-Length: 2\r\n\r\n{}", "", "more than"},
		{"cut header", "Content-Length: 2\r\n", "", "unexpected EOF"},
		{"cut line", "Content-Le", "", "unexpected EOF"},
		{"cut body", "Content-Length: 2\r\n\r\n{", "", "unexpected EOF"},
	} {
		body, err := readMessage(bufio.NewReaderSize(strings.NewReader(c.in), maxHeaderLine), 100)
		if string(body) != c.body || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q, %v", c.name, body, err)
		}
	}
}
