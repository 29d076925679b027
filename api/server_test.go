package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"loradex/adapters/adapterstest"
	"loradex/embed"
	"loradex/internal/fault"
	"loradex/search"
)

// patience is how long a test waits for what must come. It only ends tests that fail.
const patience = 20 * time.Second

// serve starts a server on a loopback port. stop ends it and returns what Serve returned.
func serve(t *testing.T, o Options, w Workspace) (url string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- New(o, w).Serve(ctx, listener) }()
	stop = func() error {
		cancel()
		select {
		case err := <-served:
			served <- err // for the clean-up
			return err
		case <-time.After(patience):
			t.Error("Serve does not end")
			return errors.New("time is up")
		}
	}
	t.Cleanup(func() { _ = stop() })
	return "http://" + listener.Addr().String(), stop
}

// answer is what a request in the background got.
type answer struct {
	status int
	body   string
	err    error
}

func post(url, body string) answer {
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, string(text), err}
}

func within(t *testing.T, c <-chan answer) answer {
	t.Helper()
	select {
	case a := <-c:
		return a
	case <-time.After(patience):
		t.Fatal("no answer")
		return answer{}
	}
}

// waitingEmbedder tells when it is at work.
type waitingEmbedder struct {
	fakeEmbedder
	begun chan struct{}
}

func (w waitingEmbedder) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	w.begun <- struct{}{}
	return w.fakeEmbedder.Each(ctx, rows, take)
}

const waitBody = `{"model":"base","input":"wait"}`

func TestStopFinishesRequests(t *testing.T) {
	w := waitingEmbedder{fakeEmbedder{make(chan struct{})}, make(chan struct{}, 1)}
	url, stop := serve(t, Options{}, fake{embedder: w})
	got := make(chan answer, 1)
	go func() { got <- post(url+"/v1/embeddings", waitBody) }()
	<-w.begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	// The server takes no new connections any more, and the request goes on.
	for {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	close(w.wait)
	if a := within(t, got); a.status != http.StatusOK || a.err != nil {
		t.Errorf("the request in flight gets %+v", a)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestStopAnswersAfterGrace: what is in flight when the grace is over is answered.
func TestStopAnswersAfterGrace(t *testing.T) {
	w := waitingEmbedder{fakeEmbedder{make(chan struct{})}, make(chan struct{}, 2)}
	url, stop := serve(t, Options{Grace: time.Millisecond, MaxInFlight: 2}, fake{embedder: w})
	got, late := make(chan answer, 2), make(chan answer, 1)
	for range 2 {
		go func() { got <- post(url+"/v1/embeddings", waitBody) }()
		<-w.begun
	}
	go func() { late <- post(url+"/v1/embeddings", waitBody) }()
	if err := stop(); err != nil { // returns only when the handler is through: nothing else ends it but its context
		t.Error(err)
	}
	for range 2 {
		if a := within(t, got); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "the server is being stopped") ||
			!strings.Contains(a.body, `"code":"unavailable"`) {
			t.Errorf("the request gets %+v", a)
		}
	}
	// The third was queued, or had no connection yet when the listener was closed.
	if a := within(t, late); a.err == nil && a.status != http.StatusServiceUnavailable {
		t.Errorf("the third request gets %+v", a)
	}
}

func TestRequestTimeout(t *testing.T) {
	url, _ := serve(t, Options{RequestTimeout: time.Millisecond}, fake{embedder: fakeEmbedder{make(chan struct{})}})
	a := post(url+"/v1/embeddings", waitBody)
	if a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, `"code":"canceled"`) ||
		!strings.Contains(a.body, "no answer within 1ms") {
		t.Errorf("%+v", a)
	}
}

// TestBusy: with one slot the second request waits for the first, while health and readiness are answered at once.
func TestBusy(t *testing.T) {
	w := waitingEmbedder{fakeEmbedder{make(chan struct{})}, make(chan struct{}, 2)}
	url, _ := serve(t, Options{MaxInFlight: 1}, fake{embedder: w})
	got := make(chan answer, 2)
	for range 2 {
		go func() { got <- post(url+"/v1/embeddings", waitBody) }()
	}
	<-w.begun
	for _, path := range []string{"/healthz", "/readyz"} {
		r, err := http.Get(url + path)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v, %v", path, r, err)
		}
		r.Body.Close()
	}
	if len(w.begun) != 0 {
		t.Error("two requests are worked on")
	}
	close(w.wait)
	for range 2 {
		if a := within(t, got); a.status != http.StatusOK {
			t.Errorf("%+v", a)
		}
	}
}

// TestForeignHost: a page whose name points at a loopback address reads nothing.
func TestForeignHost(t *testing.T) {
	url, _ := serve(t, Options{}, fake{fakeSearcher: fakeSearcher{new(search.Request)}})
	port := url[strings.LastIndex(url, ":"):]
	for host, want := range map[string]int{
		"127.0.0.1" + port: 200, "localhost" + port: 200, "[::1]" + port: 200, "localhost": 200, "[::1]": 200, "127.1.2.3": 200,
		"evil.example" + port: 421, "evil.example": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example" + port: 421, "10.0.0.1": 421,
	} {
		r, err := http.NewRequest(http.MethodGet, url+"/v1/search?q=x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != want {
			t.Errorf("Host %s: %d, not %d", host, got.StatusCode, want)
		}
	}
}

// TestBodyOfUnknownLength: the bound holds for what is sent in chunks, without a length.
func TestBodyOfUnknownLength(t *testing.T) {
	url, _ := serve(t, Options{MaxBodyBytes: 1000}, fake{embedder: fakeEmbedder{}})
	body := io.MultiReader(strings.NewReader(`{"model":"base","input":"`), strings.NewReader(strings.Repeat("x", 2000)))
	r, err := http.Post(url+"/v1/embeddings", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", r.StatusCode)
	}
}

func TestNotReady(t *testing.T) {
	s := New(Options{}, fake{unready: fault.New(fault.Unavailable, "no model").WithHint("run `loradex model pull`")})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "model pull") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestBugsAreLogged: the log says what the answer keeps to itself; texts are in neither.
func TestBugsAreLogged(t *testing.T) {
	defer fault.ExpectBugs()()
	var log bytes.Buffer
	s := New(Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, fake{embedder: fakeEmbedder{}})
	for _, text := range []string{"panic", "secret text"} {
		r := httptest.NewRequest(http.MethodPost, "/v1/embeddings", strings.NewReader(`{"model":"base","input":"`+text+`"}`))
		r.Header.Set("Content-Type", "application/json")
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if !strings.Contains(log.String(), "a bug") || !strings.Contains(log.String(), "fake_test.go") || strings.Contains(log.String(), "secret") {
		t.Errorf("the log is %s", log.String())
	}
}

func TestListenerFails(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := New(Options{}, fake{}).Serve(context.Background(), listener); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
	for _, o := range []Options{{MaxBodyBytes: -1}, {MaxInputs: -1}, {MaxInFlight: -1}, {Grace: -1}} {
		if err := New(o, fake{}).Serve(context.Background(), listener); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestSearchRequest: both spellings of a search ask for the same.
func TestSearchRequest(t *testing.T) {
	var got search.Request
	s := New(Options{}, fake{fakeSearcher: fakeSearcher{&got}})
	mix := adapterstest.Mix("docs*0.5+go")
	want := search.Request{
		Query: "a lock", K: 5, Adapter: &mix, Mode: search.Dense, Exact: true, Explain: true,
		Filter: search.Filter{Languages: []string{"go", "c++"}, Kinds: []string{"function", "method"}, Paths: []string{"api/**"}},
		Trees:  search.Selection{Repo: "/one", Branches: []string{"main", "a,b"}},
	}
	for name, r := range map[string]*http.Request{
		"GET": httptest.NewRequest(http.MethodGet, "/v1/search?q=a+lock&k=5&lang=Go&lang=c%2B%2B&path=api/**&kind=function,method&"+
			"adapter=go%2Bdocs*0.5&mode=dense&exact=true&explain=true&repo=/one&branch=main&branch=a,b", nil),
		"POST": httptest.NewRequest(http.MethodPost, "/v1/search", strings.NewReader(`{"q":"a lock","k":5,"lang":"Go, c++","path":"api/**",
			"kind":"function,method","adapter":"go+docs*0.5","mode":"dense","exact":true,"explain":true,"repo":"/one","branch":["main","a,b"]}`)),
	} {
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if w.Code != http.StatusOK || !bytes.Equal(a, b) {
			t.Errorf("%s: %d, asks for %s, not %s", name, w.Code, b, a)
		}
	}
}

// TestOpenAIClient asks through the client that people use. It needs a Python with the package openai:
// LORADEX_TEST_PYTHON names one, else the python3 on the path is tried.
func TestOpenAIClient(t *testing.T) {
	python := os.Getenv("LORADEX_TEST_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import openai").Run(); err != nil {
		t.Skip("no Python with the package openai here")
	}
	url, _ := serve(t, Options{}, fake{embedder: fakeEmbedder{}})
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, "testdata/openai_client.py", url+"/v1").CombinedOutput()
	if err != nil || string(out) != "ok\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

func ExampleNew() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- New(Options{}, fake{}).Serve(ctx, listener) }()
	r, err := http.Get("http://" + listener.Addr().String() + "/healthz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Body.Close()
	fmt.Println(r.Status)
	stop()
	fmt.Println(<-served)
	// Output:
	// 200 OK
	// <nil>
}
