package main

import (
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEvalSystem measures our own server by its embeddings API: figures and scores are those of the encoder.
func TestEvalSystem(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("small")
	data, dir := tinyData(t), t.TempDir()
	want := map[string]map[string]any{}
	for _, mix := range []string{"none", "small"} { // before the server starts: a process has one runtime
		want[mix] = p.json("eval", "run", "--data", data, "--adapter", mix, "--out", filepath.Join(dir, mix))
	}
	s := p.serve("--repo", repo(t, servedFiles))
	p.env["SOME_KEY"] = "secret"
	for mix, model := range map[string]string{"none": "base", "small": "base:small"} {
		out := filepath.Join(dir, "system-"+mix)
		args := []string{"eval", "run", "--data", data, "--system", s.url + "/v1", "--system-model", model, "--system-key-env", "SOME_KEY", "--system-input-type", "--system-batch", "2"}
		doc := p.json(append(args, "--out", out)...)
		wantKeys(t, doc, evalKeys+" system input_type")
		if doc["model"] != model || doc["adapter"] != "none" || doc["system"] != s.url+"/v1/embeddings" || doc["truncation"] != "by the endpoint" {
			t.Errorf("the report says %v", doc)
		}
		for metric, v := range want[mix]["metrics"].(map[string]any) {
			if got := number(t, doc, "metrics."+metric); math.Abs(got-v.(float64)) > 1e-6 {
				t.Errorf("%s of %s is %g, by the encoder %g", metric, mix, got, v)
			}
		}
		sameScores(t, filepath.Join(out, "run.trec"), filepath.Join(dir, mix, "run.trec"))
		p.ok(append(args, "--baseline", out)...)
	}
	if r := p.run("eval", "run", "--data", data, "--system", s.url+"/v1", "--system-model", "unheard", "--no-cache"); r.code != exitFailure || !strings.Contains(r.err, "--system-model") {
		t.Errorf("an unknown model: exit %d, %s", r.code, r.err)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	// Every vector is in the cache now, and the server is gone.
	p.ok("eval", "run", "--data", data, "--system", s.url+"/v1", "--system-model", "base", "--system-input-type")
}

// sameScores compares two run files hit by hit.
func sameScores(t *testing.T, a, b string) {
	t.Helper()
	lines := func(path string) [][]string {
		text, err := os.ReadFile(path) //nolint:gosec // the test's own
		must(t, err)
		var out [][]string
		for line := range strings.Lines(string(text)) {
			out = append(out, strings.Fields(line))
		}
		return out
	}
	x, y := lines(a), lines(b)
	if len(x) != len(y) || len(x) != 6 {
		t.Fatalf("%d and %d hits", len(x), len(y))
	}
	for i := range x {
		was, err1 := strconv.ParseFloat(x[i][4], 64)
		is, err2 := strconv.ParseFloat(y[i][4], 64)
		if err1 != nil || err2 != nil || x[i][2] != y[i][2] || math.Abs(was-is) > 1e-6 {
			t.Errorf("hit %d: %v and %v", i, x[i], y[i])
		}
	}
}

// TestEvalSystemWithoutEncoder: neither model nor runtime is needed, and the key is sent.
func TestEvalSystemWithoutEncoder(t *testing.T) {
	p := newPlace(t)
	data := tinyData(t)
	var keys []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer server.Close()
	p.env["SOME_KEY"] = "secret"
	p.fails(exitFailure, "invalid", "--system-key-env", "eval", "run", "--data", data, "--system", server.URL, "--system-model", "m", "--system-key-env", "SOME_KEY")
	if len(keys) != 2 || keys[0] != "Bearer secret" {
		t.Errorf("keys %v", keys)
	}
	for _, tt := range []struct{ words, flags string }{
		{"--system-model", "--system " + server.URL},
		{"--system", "--system-model m"},
		{"address of an endpoint", "--system nowhere --system-model m"},
		{"is empty", "--system " + server.URL + " --system-model m --system-key-env NONE"},
		{"--adapter", "--system " + server.URL + " --system-model m --adapter x"},
		{"--max-tokens", "--system " + server.URL + " --system-model m --max-tokens 9"},
		{"without encryption", "--system http://loradex.invalid --system-model m --system-key-env SOME_KEY"},
		{"index", "--system " + server.URL + " --system-model m --mode hybrid"},
	} {
		p.fails(exitUsage, "invalid", tt.words, append([]string{"eval", "run", "--data", data}, strings.Fields(tt.flags)...)...)
	}
	// A key that is missing ends it before anything is sent, or said to be sent, to a host elsewhere.
	r := p.run("eval", "run", "--data", data, "--system", "http://loradex.invalid", "--system-model", "m", "--system-key-env", "NONE")
	if r.code != exitUsage || strings.Contains(r.err, "leave this machine") {
		t.Errorf("nothing was to be sent: %s", r.err)
	}
}
