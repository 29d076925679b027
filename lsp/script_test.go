package lsp

// This file plays the scripts in testdata/script: conversations between an editor and the server. A line says
//
//	# a comment
//	> {...}            the editor sends this message ("jsonrpc" is added)
//	>> bytes           the editor sends these bytes, \r and \n written so
//	< {...}            the next message of the server is this one
//	options word ...   before all else: how the fake index behaves
//	end nil|CODE       the input ends; Serve returns nil or an error with this code
//
// `go test ./lsp -run TestScripts -update` writes what the server said into the lines with "<".

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"loradex/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the server's lines of the scripts")

// patience is how long a test waits for what must come. It only ends tests that fail.
const patience = 20 * time.Second

func TestScripts(t *testing.T) {
	defer fault.ExpectBugs()()
	files, err := filepath.Glob("testdata/script/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { playScript(t, file) })
	}
}

func playScript(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	backend, options := &fakeIndex{}, Options{Version: "1.2.3", MaxMessageBytes: 4096}
	var e *editor
	ended := false
	for i, line := range lines {
		verb, rest, _ := strings.Cut(line, " ")
		if verb != "" && verb[0] != '#' && verb != "options" && e == nil {
			e = newEditor(t, options, backend)
		}
		where := fmt.Sprintf("%s:%d", file, i+1)
		switch verb {
		case "options":
			for _, word := range strings.Fields(rest) {
				switch word {
				case "no-files":
					backend.root = "-"
				case "no-index-at-first":
					backend.failing = 1
				case "small-documents":
					options.MaxDocumentBytes, options.MaxDocuments = 16, 2
				case "one-at-a-time":
					options.MaxInFlight = 1
				default:
					t.Fatalf("%s: no option %q", where, word)
				}
			}
		case ">":
			e.send(where, rest)
		case ">>":
			e.sendRaw(where, strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(rest))
		case "<":
			got := e.receive(where)
			if *update {
				lines[i] = "< " + got
			} else if !sameJSON(got, rest) {
				t.Errorf("%s: the server says\n\t%s\nnot\n\t%s", where, got, rest)
			}
		case "end":
			ended = true
			e.end(where, fault.Code(rest))
		default:
			if verb != "" && verb[0] != '#' {
				t.Fatalf("%s: %q is no line of a script", where, line)
			}
		}
	}
	if !ended {
		t.Errorf("%s has no end line", file)
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// editor is the other end of a server's connection.
type editor struct {
	t      *testing.T
	conn   net.Conn
	in     *bufio.Reader
	served chan error
}

func newEditor(t *testing.T, o Options, b Workspace) *editor {
	here, there := net.Pipe()
	e := &editor{t: t, conn: here, in: bufio.NewReader(here), served: make(chan error, 1)}
	if err := here.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { e.served <- New(o, b).Serve(ctx, there, there) }()
	t.Cleanup(func() {
		here.Close()
		there.Close()
		cancel()
	})
	return e
}

// send sends a message whose "jsonrpc" member is left out in the script.
func (e *editor) send(where, message string) {
	e.t.Helper()
	body := strings.Replace(message, "{", `{"jsonrpc":"2.0",`, 1)
	e.sendRaw(where, fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func (e *editor) sendRaw(where, data string) {
	e.t.Helper()
	if _, err := e.conn.Write([]byte(data)); err != nil {
		e.t.Fatalf("%s: sending: %v", where, err)
	}
}

// receive returns the next message without its "jsonrpc" member.
func (e *editor) receive(where string) string {
	e.t.Helper()
	body, err := readMessage(e.in, 1<<20)
	if err != nil {
		e.t.Fatalf("%s: receiving: %v", where, err)
	}
	rest, ok := bytes.CutPrefix(body, []byte(`{"jsonrpc":"2.0",`))
	if !ok {
		e.t.Fatalf("%s: %s is not a message", where, body)
	}
	return "{" + string(rest)
}

// end closes the input and checks how Serve ends.
func (e *editor) end(where string, code fault.Code) {
	e.t.Helper()
	e.conn.Close()
	select {
	case err := <-e.served:
		if got := fault.CodeOf(err); (err == nil) != (code == "nil") || err != nil && got != code {
			e.t.Errorf("%s: Serve ends with %v (%s), not %s", where, err, got, code)
		}
	case <-time.After(patience):
		e.t.Fatalf("%s: Serve does not end", where)
	}
}
