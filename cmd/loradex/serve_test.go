package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loradex/indexer"
)

// served is a server that runs.
type served struct {
	t    testing.TB
	url  string
	ctx  context.CancelFunc
	code chan int
	err  *bytes.Buffer // standard error up to the line with the address
}

// serve starts `loradex serve` on a free port; flags come behind it. stop ends it.
func (p *place) serve(args ...string) *served {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &served{t: p.t, ctx: cancel, code: make(chan int, 1), err: &bytes.Buffer{}}
	errs, out := io.Pipe()
	go func() {
		var stdout bytes.Buffer
		s.code <- run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), p.getenv, strings.NewReader(""), &stdout, out)
		out.Close()
	}()
	p.t.Cleanup(func() {
		cancel()
		errs.Close()
	})
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		s.err.WriteString(lines.Text() + "\n")
		if at, ok := strings.CutPrefix(lines.Text(), "note: listening on "); ok {
			s.url = at
			go io.Copy(io.Discard, errs) //nolint:errcheck // ends with the pipe
			return s
		}
	}
	p.t.Fatalf("the server does not listen: exit %d\n%s", <-s.code, s.err)
	return nil
}

// stop interrupts the server and returns its exit code.
func (s *served) stop() int {
	s.t.Helper()
	s.ctx()
	select {
	case code := <-s.code:
		return code
	case <-time.After(20 * time.Second):
		s.t.Fatal("the server does not end")
		return 0
	}
}

// get and post return status and document of an answer.
func (s *served) get(path string) (int, map[string]any) {
	s.t.Helper()
	r, err := http.Get(s.url + path)
	must(s.t, err)
	return s.read(r)
}

func (s *served) post(path, body string) (int, map[string]any) {
	s.t.Helper()
	r, err := http.Post(s.url+path, "application/json", strings.NewReader(body))
	must(s.t, err)
	return s.read(r)
}

func (s *served) read(r *http.Response) (int, map[string]any) {
	s.t.Helper()
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	must(s.t, err)
	return r.StatusCode, document(s.t, string(data))
}

var servedFiles = map[string]string{
	"lock.go": "package lock\n\n// Acquire takes the lock and waits for it.\nfunc Acquire() error { return nil }\n",
	"read.py": "def read_config(path):\n    \"\"\"Reads the configuration.\"\"\"\n    return open(path).read()\n",
}

func TestServeWithoutVectors(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, servedFiles)
	s := p.serve("--repo", dir)
	if !strings.Contains(s.err.String(), "has no index") || !strings.Contains(s.err.String(), "search is lexical") {
		t.Errorf("the server starts with\n%s", s.err)
	}
	if code, doc := s.get("/healthz"); code != http.StatusOK {
		t.Errorf("%d %v", code, doc)
	}
	if code, doc := s.get("/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("without index and model: %d %v", code, doc)
	}
	if code, doc := s.get("/v1/search?q=lock&k=1"); code != http.StatusOK || doc["mode"] != "lexical" || len(doc["hits"].([]any)) != 1 {
		t.Errorf("without an index: %d %v", code, doc)
	}
	p.ok("index", dir) // while the server runs
	code, doc := s.get("/v1/search?q=" + url.QueryEscape("acquire the lock") + "&k=1")
	if hits, ok := doc["hits"].([]any); code != http.StatusOK || !ok || len(hits) != 1 || doc["mode"] != "lexical" ||
		hits[0].(map[string]any)["path"] != "lock.go" {
		t.Errorf("with an index: %d %v", code, doc)
	}
	if code, doc := s.get("/readyz"); code != http.StatusOK {
		t.Errorf("with an index: %d %v", code, doc)
	}
	// Removed and made anew, as `clean` and `index` do, with something else in it.
	must(t, os.RemoveAll(filepath.Join(dir, indexer.FolderOf)))
	if code, doc := s.get("/v1/search?q=lock&k=1"); code != http.StatusOK || len(doc["hits"].([]any)) != 1 {
		t.Errorf("with the index removed: %d %v", code, doc)
	}
	write(t, dir, map[string]string{"lock.go": "package lock\n\nfunc Seize() {} // the lock\n"})
	p.ok("index", dir)
	code, doc = s.get("/v1/search?q=lock&k=1")
	if hits, ok := doc["hits"].([]any); code != http.StatusOK || !ok || len(hits) != 1 ||
		!strings.Contains(hits[0].(map[string]any)["text"].(string), "Seize") {
		t.Errorf("with a new index: %d %v", code, doc)
	}
	if code, doc := s.post("/v1/embeddings", `{"model":"base","input":"a"}`); code != http.StatusServiceUnavailable || doc["hint"] == "" {
		t.Errorf("without a model: %d %v", code, doc)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// TestServeWithEncoder: what the server says of texts is what `embed` says of them.
func TestServeWithEncoder(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	dir := repo(t, servedFiles)
	p.ok("index", dir)
	// Before the server starts: a process has one runtime.
	_, want := rows(t, p.runWith(`{"id":0,"text":"read a file"}`+"\n"+`{"id":1,"text":"read a file","adapter":"small"}`+"\n",
		"embed", "--role", "query").out)
	if len(want) != 2 || apart(want[0], want[1]) < 1e-3 {
		t.Fatalf("embed gives %v", want)
	}
	p.env["LORADEX_SERVE_MAX_INPUTS"] = "2"
	s := p.serve("--repo", dir)
	code, doc := s.post("/v1/embeddings", `{"model":"base","input":["read a file","read a file"],"input_type":"query","mixes":["none","small"]}`)
	got, ok := doc["data"].([]any)
	if code != http.StatusOK || !ok || len(got) != len(want) {
		t.Fatalf("%d %v", code, doc)
	}
	for i, item := range got {
		var vector []float64
		for _, x := range item.(map[string]any)["embedding"].([]any) {
			vector = append(vector, x.(float64))
		}
		if d := apart(vector, want[i]); d > 2e-6 {
			t.Errorf("row %d differs by %g", i, d)
		}
	}
	// The tokens of that text, and a name that is the model's own.
	code, doc = s.post("/v1/embeddings", `{"model":"all-MiniLM-L6-v2","input":[[3191,1037,5371],[101,3191,1037,5371,102]],"input_type":"query"}`)
	if got, ok = doc["data"].([]any); code != http.StatusOK || !ok || len(got) != 2 || doc["model"] != "all-MiniLM-L6-v2" {
		t.Fatalf("%d %v", code, doc)
	}
	for i, item := range got {
		var vector []float64
		for _, x := range item.(map[string]any)["embedding"].([]any) {
			vector = append(vector, x.(float64))
		}
		if d := apart(vector, want[0]); d > 2e-6 {
			t.Errorf("tokens %d: the vector differs by %g from that of the text", i, d)
		}
	}
	for body, words := range map[string]string{
		`{"model":"base","input":[100277]}`:           "token 100277 is not one of the 30522",
		`{"model":"base","input":["a","b","c"]}`:      "3 inputs are more than 2",
		`{"model":"base","input":"a","dimensions":9}`: "384",
	} {
		if code, doc := s.post("/v1/embeddings", body); code != http.StatusBadRequest || !strings.Contains(doc["detail"].(string), words) {
			t.Errorf("%s: %d %v", body, code, doc)
		}
	}
	code, doc = s.get("/v1/search?k=1&q=" + url.QueryEscape("how are settings loaded"))
	if hits, ok := doc["hits"].([]any); code != http.StatusOK || !ok || len(hits) != 1 || doc["mode"] != "hybrid" || doc["coverage"] != 1.0 {
		t.Errorf("%d %v", code, doc)
	}
	if code, doc := s.get("/v1/search?q=x&adapter=missing"); code != http.StatusNotFound || !strings.Contains(doc["detail"].(string), "missing") {
		t.Errorf("an unknown adapter: %d %v", code, doc)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

func TestServeIsUsedWrongly(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		code  int
		words string
		args  []string
	}{
		{exitUsage, "--addr", []string{"serve", "--addr", "8080"}},
		{exitUsage, "no arguments", []string{"serve", "x"}},
		{exitUsage, "serve.grace", []string{"serve", "--grace", "-1s"}},
		{exitUsage, "takes a time", []string{"serve", "--grace", "soon"}},
		{exitFailure, "nope", []string{"serve", "--addr", "127.0.0.1:0", "--model", "nope"}},
		{exitFailure, "nothing can listen", []string{"serve", "--addr", "127.0.0.1:99999"}},
	} {
		if r := p.run(c.args...); r.code != c.code || !strings.Contains(r.err, c.words) || r.out != "" {
			t.Errorf("%v: exit %d\n%s%s", c.args, r.code, r.out, r.err)
		}
	}
}
