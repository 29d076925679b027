package api

// This file plays the conversations in testdata/http: one file a request with its answer. A file holds the request line,
// header lines, an empty line, the body, a line of "---", and the answer: status, content type, body.
//
// `go test ./api -run TestGolden -update` rewrites the answers.

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
	"loradex/search"
)

var update = flag.Bool("update", false, "rewrite the golden answers")

const rule = "\n---\n"

func newTestServer() *server {
	return New(Options{MaxInputs: 3, MaxBodyBytes: 2000}, fake{embedder: fakeEmbedder{}, fakeSearcher: fakeSearcher{new(search.Request)}})
}

func TestGolden(t *testing.T) {
	defer fault.ExpectBugs()()
	files, err := filepath.Glob("testdata/http/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	s := newTestServer()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			request, want, _ := strings.Cut(string(text), rule)
			got := play(t, s, request)
			if *update {
				if err := os.WriteFile(file, []byte(request+rule+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("the answer is\n%s\nnot\n%s", got, want)
			}
		})
	}
}

// play sends a request and writes the answer down.
func play(t *testing.T, s *server, text string) string {
	t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	method, target, ok := strings.Cut(lines[0], " ")
	if !ok {
		t.Fatalf("%q is no request line", lines[0])
	}
	r := httptest.NewRequest(method, target, strings.NewReader(strings.TrimSpace(body)))
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var out strings.Builder
	fmt.Fprintf(&out, "%d\n", w.Code)
	for _, name := range []string{"Content-Type", "Allow", "Retry-After", "X-Should-Retry"} {
		if v := w.Header().Get(name); v != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, v)
		}
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, w.Body.Bytes(), "", "  "); err != nil {
		t.Errorf("the body %q is not JSON: %v", w.Body, err)
	}
	out.WriteString("\n" + strings.TrimSpace(pretty.String()) + "\n")
	if (w.Code >= http.StatusBadRequest) != strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
		t.Errorf("status %d with content type %s", w.Code, w.Header().Get("Content-Type"))
	}
	return out.String()
}
