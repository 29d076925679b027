package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"loradex/internal/fault"
	"loradex/search"
)

// connect connects the SDK's client to a server; end ends both.
func connect(t *testing.T, f *fake) (session *sdk.ClientSession, end func()) {
	t.Helper()
	in, send := io.Pipe()
	receive, out := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- New(Options{}, f).Serve(context.WithoutCancel(t.Context()), in, out) }()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).
		Connect(t.Context(), &sdk.IOTransport{Reader: receive, Writer: send}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return session, func() {
		_ = session.Close() //nolint:errcheck // pipes
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

func call(t *testing.T, s *sdk.ClientSession, tool string, arguments any) *sdk.CallToolResult {
	t.Helper()
	r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestClient(t *testing.T) {
	f := newFake()
	s, end := connect(t, f)
	defer end()
	tools, err := s.ListTools(t.Context(), nil)
	if err != nil || len(tools.Tools) != 4 {
		t.Fatal(tools, err)
	}
	for _, tool := range tools.Tools {
		text, err := json.Marshal(tool)
		if err != nil || tool.OutputSchema == nil || !tool.Annotations.ReadOnlyHint || len(tool.Description) < 80 {
			t.Errorf("%s: %v", text, err)
		}
		for _, union := range []string{`"type":[`, "anyOf", "oneOf", "allOf", "null"} {
			if bytes.Contains(text, []byte(union)) {
				t.Errorf("%s has %s", tool.Name, union)
			}
		}
	}
	r := call(t, s, "search", map[string]any{"query": "take the lock", "tokens": 500})
	var out found
	text := r.Content[0].(*sdk.TextContent).Text
	structured, err := json.Marshal(r.StructuredContent)
	if err != nil || json.Unmarshal([]byte(text), &out) != nil || len(out.Hits) != 2 || out.Tokens != 7 || !jsonEqual(t, structured, []byte(text)) {
		t.Errorf("%s\n%s", structured, text)
	}
	link, ok := r.Content[1].(*sdk.ResourceLink)
	if !ok || link.URI != "file:///src/repo/lock/file.go#L10-L24" || len(r.Content) != 2 { // the other file is not here
		t.Errorf("link %+v", r.Content[1:])
	}
	if asked := f.asked.Load(); asked.K != search.TokensK || *asked.Lines != defaultLines || asked.Tokens != 500 {
		t.Errorf("asked %+v", asked)
	}
	call(t, s, "similar", map[string]any{"path": out.Hits[0].Handle})
	if asked := f.asked.Load(); asked.Span == nil || asked.Span.StartLine != 10 || asked.Span.EndLine != 24 || asked.Code == "" || asked.K != defaultK {
		t.Errorf("asked %+v", asked)
	}
}

func jsonEqual(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y bytes.Buffer
	if err := errors.Join(json.Compact(&x, a), json.Compact(&y, b)); err != nil {
		t.Fatal(err)
	}
	var v, w any
	if err := errors.Join(json.Unmarshal(a, &v), json.Unmarshal(b, &w)); err != nil {
		t.Fatal(err)
	}
	p, err1 := json.Marshal(v)
	q, err2 := json.Marshal(w)
	return err1 == nil && err2 == nil && bytes.Equal(p, q)
}

func TestReadIsCut(t *testing.T) {
	s, end := connect(t, newFake())
	defer end()
	var p passage
	if err := json.Unmarshal([]byte(call(t, s, "read", map[string]any{"handle": "lock/file.go"}).Content[0].(*sdk.TextContent).Text), &p); err != nil {
		t.Fatal(err)
	}
	if p.StartLine != 1 || p.EndLine != maxLines || strings.Count(p.Text, "\n") != maxLines-1 || p.Next != "lock/file.go:1001-2000" {
		t.Errorf("lines %d to %d, %d of them, next %q", p.StartLine, p.EndLine, strings.Count(p.Text, "\n")+1, p.Next)
	}
}

func TestBugs(t *testing.T) {
	defer fault.ExpectBugs()()
	s, end := connect(t, newFake())
	defer end()
	for _, query := range []string{"panic", "fail internal"} {
		r := call(t, s, "search", map[string]any{"query": query})
		if text := r.Content[0].(*sdk.TextContent).Text; !r.IsError || text != "error (internal): internal error" {
			t.Errorf("%s: %q", query, text)
		}
	}
}

// TestCancel: a call that is taken back stops working, and so does one whose client goes away.
func TestCancel(t *testing.T) {
	f := newFake()
	s, end := connect(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-f.waiting
		cancel()
	}()
	if _, err := s.CallTool(ctx, &sdk.CallToolParams{Name: "search", Arguments: map[string]any{"query": "wait"}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	eventually(t, func() bool { return f.ended.Load() == 1 })
	end()

	work, stop := context.WithCancel(t.Context())
	in, send := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- New(Options{}, f).Serve(work, in, io.Discard) }()
	for _, m := range []string{initialize, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search","arguments":{"query":"wait"}}}`} {
		if _, err := io.WriteString(send, m+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	<-f.waiting
	stop()
	if err := <-served; err != nil || f.ended.Load() != 2 {
		t.Errorf("%v, %d calls ended", err, f.ended.Load())
	}
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for range 1000 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("it never is so")
}

// TestEndOfInput: all that was asked is answered, although the input has ended.
func TestEndOfInput(t *testing.T) {
	var in strings.Builder
	var out bytes.Buffer
	in.WriteString(initialize + "\n")
	for id := range 20 {
		fmt.Fprintf(&in, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"status"}}`+"\n", id+2)
	}
	if err := New(Options{}, newFake()).Serve(t.Context(), strings.NewReader(in.String()), &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 21 || strings.Contains(out.String(), "isError") {
		t.Errorf("%d answers: %s", n, out.String())
	}
}

func TestMalformed(t *testing.T) {
	for _, text := range []string{"no JSON\n", "{]\n", `{"jsonrpc":"2.0"}` + "\n", strings.Repeat("[", 1000) + "\n", `{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 3000) + `"}` + "\n"} {
		var out bytes.Buffer
		err := New(Options{MaxMessageBytes: 2000}, newFake()).Serve(t.Context(), strings.NewReader(text), &out)
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.HintOf(err), "agent") {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if err := New(Options{MaxInFlight: -1}, newFake()).Serve(t.Context(), strings.NewReader(""), io.Discard); fault.CodeOf(err) != fault.Invalid {
		t.Error(err)
	}
	s, end := connect(t, newFake())
	defer end()
	r := call(t, s, "search", map[string]any{"query": strings.Repeat("lock ", search.MaxQuery/5+1)})
	if text := r.Content[0].(*sdk.TextContent).Text; !r.IsError || !strings.Contains(text, "more than 1048576") {
		t.Errorf("%.100q", text)
	}
}

func TestHTTP(t *testing.T) {
	f := newFake()
	server := httptest.NewServer(New(Options{MaxMessageBytes: 10_000}, f).Handler())
	defer server.Close()
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).
		Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: server.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := call(t, s, "search", map[string]any{"query": "take the lock"}); r.IsError || len(r.Content) != 2 {
		t.Errorf("%+v", r)
	}
	post := func(ctx context.Context, body string, header ...string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return http.DefaultClient.Do(r)
	}
	for _, c := range []struct {
		body   string
		header []string
		status int
	}{
		{initialize, nil, http.StatusOK},
		{initialize, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{initialize, []string{"Content-Type", "text/plain"}, http.StatusUnsupportedMediaType},
		{strings.Repeat("x", 20_000), nil, http.StatusRequestEntityTooLarge},
		{"{", nil, http.StatusBadRequest},
	} {
		r, err := post(t.Context(), c.body, c.header...)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close() //nolint:errcheck // read by nobody
		if r.StatusCode != c.status {
			t.Errorf("%.30q %v: %d, want %d", c.body, c.header, r.StatusCode, c.status)
		}
	}
	// A request that is broken off ends the work on it, at an old revision, too.
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-f.waiting
		cancel()
	}()
	if r, err := post(ctx, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search","arguments":{"query":"wait"}}}`, "MCP-Protocol-Version", "2025-06-18"); err == nil {
		_ = r.Body.Close() //nolint:errcheck // a failed test
		t.Error("a request that was broken off is answered")
	}
	eventually(t, func() bool { return f.ended.Load() == 1 })
}

// FuzzArguments: whatever a client sends, the tools answer, and the handle that they read is one that they could have written.
func FuzzArguments(f *testing.F) {
	f.Add(`{"query":"a","k":3,"path":["x"]}`, "lock/file.go:1-2")
	f.Add(`{"handle":"a:1","around":-1}`, "C:\\x:7")
	f.Add(`{"path":"a","line":1e9}`, "a:99999999999999999999")
	f.Add("null x", ":1")
	f.Fuzz(func(t *testing.T, arguments, handle string) {
		for _, in := range []any{&searchArguments{}, &similarArguments{}, &readArguments{}, &statusArguments{}} {
			if err := decode([]byte(arguments), in); err != nil && fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%q: %v", arguments, err)
			}
		}
		path, from, to, err := readHandle(handle)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%q: %v", handle, err)
			}
			return
		}
		if path == "" || from < 0 || to < from || (from == 0) != (to == 0) {
			t.Errorf("%q is %q, %d to %d", handle, path, from, to)
		}
		if from == 0 {
			return
		}
		again, a, b, err := readHandle(handleOf("", path, from, to))
		if err != nil || again != path || a != from || b != to {
			t.Errorf("%q: %q %d %d, then %q %d %d %v", handle, path, from, to, again, a, b, err)
		}
	})
}
