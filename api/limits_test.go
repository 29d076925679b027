package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"loradex/internal/fault"
	"loradex/search"
)

// TestHead: every route that can be got answers HEAD as it answers GET, without the body.
func TestHead(t *testing.T) {
	url, _ := serve(t, Options{}, fake{embedder: fakeEmbedder{}, fakeSearcher: fakeSearcher{new(search.Request)}})
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/v1/repos": 200, "/v1/search?q=x": 200, "/v1/search": 400, "/v1/embeddings": 405, "/none": 404,
	} {
		r, err := http.Head(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != want || len(body) != 0 || err != nil {
			t.Errorf("HEAD %s: %d with %d bytes, %v; want %d", path, r.StatusCode, len(body), err, want)
		}
		if got, err := http.Get(url + path); err != nil || got.StatusCode != want || got.Header.Get("Content-Type") != r.Header.Get("Content-Type") {
			t.Errorf("GET %s differs: %v, %v", path, got, err)
		} else {
			got.Body.Close()
		}
	}
}

// TestUnknownPathListsRoutes: whoever asks for a path that is not there reads all that are.
func TestUnknownPathListsRoutes(t *testing.T) {
	s := New(Options{}, fake{})
	for _, r := range s.echo.Routes() {
		if r.Method != http.MethodHead && !slices.Contains(strings.Split(s.paths, ", "), r.Method+" "+r.Path) {
			t.Errorf("%s %s is not in %s", r.Method, r.Path, s.paths)
		}
	}
	url, _ := serve(t, Options{}, fake{})
	r, err := http.Get(url + "/v1/models")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var p problem
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil || p.Hint != "there are "+s.paths || strings.Count(p.Hint, "/") < 9 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestWrongUseIsTheClients: no code that a client can provoke is answered as if the server lacked something.
func TestWrongUseIsTheClients(t *testing.T) {
	for code, want := range map[fault.Code]int{
		fault.Invalid: 400, fault.NotFound: 404, fault.Conflict: 409, fault.Unsupported: 422,
		fault.Corrupt: 500, fault.Unavailable: 503, fault.Canceled: 503,
	} {
		if p := problemOf(fault.New(code, "x")); p.Status != want || p.Status == http.StatusNotImplemented {
			t.Errorf("%s: %d, want %d", code, p.Status, want)
		}
	}
}

// TestLimits: what the options bound is refused with the name of the setting that raises it.
func TestLimits(t *testing.T) {
	url, _ := serve(t, Options{MaxInputs: 2, MaxBodyBytes: 200}, fake{embedder: fakeEmbedder{}})
	for _, tt := range []struct {
		input, words string
		status       int
	}{
		{`["a","b"]`, "", 200},
		{`["a","b","c"]`, "3 inputs are more than 2", 400},
		{`["a","b","c"]`, "serve.max_inputs", 400},
		{`[[1],[2],[3]]`, "3 inputs are more than 2", 400},
		{`[1,2,3,4]`, "", 200},
		{`["` + strings.Repeat("x", 300) + `"]`, "serve.max_body_bytes", 413},
		{`"a"` + strings.Repeat(" ", 300), "serve.max_body_bytes", 413},
	} {
		a := post(url+"/v1/embeddings", `{"model":"base","input":`+tt.input+`}`)
		if a.status != tt.status || !strings.Contains(a.body, tt.words) || a.err != nil {
			t.Errorf("%.40s: %+v", tt.input, a)
		}
	}
	if a := post(url+"/v1/embeddings", `{"model":"base","input":"a"}`+strings.Repeat(" ", 300)); a.status != 413 {
		t.Errorf("space behind the value: %+v", a)
	}
}

// TestMemoryReturns: behind large requests the process has about as much memory as before.
func TestMemoryReturns(t *testing.T) {
	url, _ := serve(t, Options{MaxBodyBytes: 64 << 20}, fake{embedder: fakeEmbedder{}})
	held := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapSys - m.HeapReleased) //nolint:gosec // far below 2⁶³
	}
	body := fmt.Sprintf(`{"model":"base","input":[%q]}`, strings.Repeat("a lock ", 4<<20))
	runtime.GC()
	before := held()
	for range 3 {
		if a := post(url+"/v1/embeddings", body); a.status != http.StatusOK {
			t.Fatalf("%+v", a)
		}
	}
	if more := held() - before; more > 16<<20 {
		t.Errorf("%d MB are kept behind requests of %d MB", more>>20, len(body)>>20)
	}
}

// TestElements splits what is well-formed where it is to be split.
func TestElements(t *testing.T) {
	for _, list := range []string{
		`[]`, ` [ ] `, `[1]`, `[1, 2,3 ]`, `["a,b","]\\",",\"]"]`, `[[1,2],["a",["b"]],{"a":[1,2],"b":"}"}]`, `[null,true,"\u005d"]`,
	} {
		var want []json.RawMessage
		if err := json.Unmarshal([]byte(list), &want); err != nil {
			t.Fatal(err)
		}
		var got []string
		for item := range elements([]byte(list)) {
			got = append(got, string(item))
		}
		same := len(got) == len(want)
		for i := range want {
			same = same && got[i] == string(want[i])
		}
		if !same {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}
