package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"loradex/adapters/adapterstest"
	"loradex/embed"
	"loradex/evaluation/endpoint"
	"loradex/internal/fault"
)

// asked is a request as a server sees it.
type asked struct {
	Model     string   `json:"model"`
	Input     []string `json:"input"`
	Format    string   `json:"encoding_format"`
	InputType string   `json:"input_type"`
	key, path string
}

// server answers each text by the vector of its length and 1, last first; before may answer in its place.
func server(t *testing.T, before func(w http.ResponseWriter, attempt int) bool) (at string, seen *[]asked) {
	t.Helper()
	seen = &[]asked{}
	var attempts atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := asked{key: r.Header.Get("Authorization"), path: r.URL.Path}
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s: %v", r.Method, err)
		}
		*seen = append(*seen, a) // the client's calls come one at a time
		if before != nil && before(w, int(attempts.Add(1))) {
			return
		}
		var data []string
		for i, text := range slices.Backward(a.Input) {
			data = append(data, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[%d,1]}`, i, len(text)))
		}
		fmt.Fprintf(w, `{"object":"list","data":[%s],"model":"m","usage":{"total_tokens":1}}`, strings.Join(data, ","))
	}))
	t.Cleanup(s.Close)
	return s.URL, seen
}

func open(t *testing.T, o endpoint.Options) *endpoint.Client {
	t.Helper()
	if o.Model == "" {
		o.Model = "m"
	}
	o.Backoff = time.Millisecond
	c, err := endpoint.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// textRows are documents with these texts.
func textRows(texts ...string) []embed.Row {
	rows := make([]embed.Row, len(texts))
	for i, text := range texts {
		rows[i] = embed.Row{Text: text, Role: embed.Document}
	}
	return rows
}

func TestEncode(t *testing.T) {
	at, seen := server(t, nil)
	c := open(t, endpoint.Options{URL: at + "/v1/", Key: "secret", Batch: 2, InputType: true})
	rows := textRows("a", "bb", "ccc", "dddd")
	rows[3].Role = embed.Query
	vectors, err := c.Encode(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		if !slices.Equal(v, []float32{float32(i + 1), 1}) {
			t.Errorf("vector %d is %v", i, v)
		}
	}
	// Batches of two, and never two roles in one.
	want := []asked{
		{"m", []string{"a", "bb"}, "float", "document", "Bearer secret", "/v1/embeddings"},
		{"m", []string{"ccc"}, "float", "document", "Bearer secret", "/v1/embeddings"},
		{"m", []string{"dddd"}, "float", "query", "Bearer secret", "/v1/embeddings"},
	}
	if fmt.Sprint(*seen) != fmt.Sprint(want) {
		t.Errorf("requests\n%v, want\n%v", *seen, want)
	}
	if c.Space(embed.Query) == c.Space(embed.Document) || !strings.Contains(c.Space(embed.Query), c.Address()+" m") || !c.Loopback() {
		t.Errorf("spaces %q and %q", c.Space(embed.Query), c.Space(embed.Document))
	}
	plain := open(t, endpoint.Options{URL: at + "/v1/embeddings"})
	if _, err := plain.Encode(t.Context(), textRows("a")); err != nil {
		t.Error(err)
	}
	if last := (*seen)[len(*seen)-1]; last.path != "/v1/embeddings" || last.key != "" || last.InputType != "" || plain.Space(embed.Query) != plain.Space(embed.Document) {
		t.Errorf("plain: %+v", last)
	}
	mixed := textRows("a")
	mixed[0].Mix = adapterstest.Mix("go")
	if _, err := c.Encode(t.Context(), mixed); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("with an adapter: %v", err)
	}
	if none, err := c.Encode(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("no rows: %v, %v", none, err)
	}
}

func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name     string
		fails    int // attempts that get status before one that is answered
		status   int
		retries  int
		attempts int
		code     fault.Code // of the error; "" for none
	}{
		{"too many requests", 2, http.StatusTooManyRequests, 0, 3, ""},
		{"server error", 5, http.StatusInternalServerError, 0, 6, ""},
		{"bad gateway for good", 99, http.StatusBadGateway, 2, 3, fault.Unavailable},
		{"without retries", 99, http.StatusServiceUnavailable, -1, 1, fault.Unavailable},
		{"no key", 99, http.StatusUnauthorized, 0, 1, fault.Invalid},
		{"no such model", 99, http.StatusNotFound, 0, 1, fault.NotFound},
		{"bad request", 99, http.StatusBadRequest, 0, 1, fault.Invalid},
		{"elsewhere", 99, http.StatusTemporaryRedirect, 0, 1, fault.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, seen := server(t, func(w http.ResponseWriter, attempt int) bool {
				if attempt > tt.fails {
					return false
				}
				w.Header().Set("Retry-After", "0")
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, "what the\nserver says\x1b[31m")
				return true
			})
			_, err := open(t, endpoint.Options{URL: at, Retries: tt.retries}).Encode(t.Context(), textRows("a"))
			if len(*seen) != tt.attempts {
				t.Errorf("%d attempts, want %d", len(*seen), tt.attempts)
			}
			if tt.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), "what the server says") || fault.HintOf(err) == "" || strings.ContainsRune(err.Error(), 0x1b) {
				t.Errorf("%v (%s), want %s", err, fault.CodeOf(err), tt.code)
			}
		})
	}
}

func TestAnswersThatCannotBeUsed(t *testing.T) {
	for name, answer := range map[string]string{
		"not JSON":             `<html>`,
		"another document":     `{"hits":[]}`,
		"too few":              `{"data":[{"index":0,"embedding":[1]}]}`,
		"too many":             `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]},{"index":2,"embedding":[1]}]}`,
		"no index":             `{"data":[{"embedding":[1]},{"index":1,"embedding":[1]}]}`,
		"an index twice":       `{"data":[{"index":1,"embedding":[1]},{"index":1,"embedding":[1]}]}`,
		"an index outside":     `{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]}`,
		"a negative index":     `{"data":[{"index":0,"embedding":[1]},{"index":-1,"embedding":[1]}]}`,
		"different dimensions": `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]}`,
		"no dimensions":        `{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":[]}]}`,
		"no float32":           `{"data":[{"index":0,"embedding":[1e99]},{"index":1,"embedding":[1]}]}`,
		"base64":               `{"data":[{"index":0,"embedding":"AAAA"},{"index":1,"embedding":"AAAA"}]}`,
		"two documents":        `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}]}{}`,
		"longer than allowed":  `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}],"x":"` + strings.Repeat("x", 2000) + `"}`,
	} {
		at, seen := server(t, func(w http.ResponseWriter, _ int) bool {
			_, _ = io.WriteString(w, answer)
			return true
		})
		_, err := open(t, endpoint.Options{URL: at, MaxResponse: 1000}).Encode(t.Context(), textRows("a", "b"))
		if fault.CodeOf(err) != fault.Unavailable || err == nil || len(*seen) != 1 {
			t.Errorf("%s: %v after %d requests", name, err, len(*seen))
		}
	}
}

func TestDimensionsMayNotChange(t *testing.T) {
	at, _ := server(t, func(w http.ResponseWriter, attempt int) bool {
		if attempt == 1 {
			return false
		}
		_, _ = io.WriteString(w, `{"data":[{"index":0,"embedding":[1,2,3]}]}`)
		return true
	})
	_, err := open(t, endpoint.Options{URL: at, Batch: 1}).Encode(t.Context(), textRows("a", "b"))
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "3 dimensions, and of 2") {
		t.Errorf("%v", err)
	}
}

// TestStops: neither a slow server nor a long wait keeps a caller who gives up.
func TestStops(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server sees that its client has gone once it has read the request
		<-r.Context().Done()
	}))
	defer slow.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := open(t, endpoint.Options{URL: slow.URL}).Encode(ctx, textRows("a")); fault.CodeOf(err) != fault.Canceled || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a slow server: %v", err)
	}
	// The limit of one attempt is no end: it is tried again.
	if _, err := open(t, endpoint.Options{URL: slow.URL, Timeout: 10 * time.Millisecond, Retries: 1}).Encode(t.Context(), textRows("a")); fault.CodeOf(err) != fault.Unavailable ||
		!strings.Contains(err.Error(), "2 attempts") {
		t.Errorf("a slow server, twice: %v", err)
	}
	at, _ := server(t, func(w http.ResponseWriter, _ int) bool {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := open(t, endpoint.Options{URL: at}).Encode(ctx, textRows("a")); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("a long wait: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []endpoint.Options{
		{URL: "", Model: "m"},
		{URL: "127.0.0.1:80/v1", Model: "m"},
		{URL: "ftp://host/v1", Model: "m"},
		{URL: "file:///etc", Model: "m"},
		{URL: "https://user:password@host/v1", Model: "m"},
		{URL: "https://host/v1?key=x", Model: "m"},
		{URL: "https://host/v1"},
		{URL: "https://host/v1", Model: "m", Key: "a\nb"},
		{URL: "https://host/v1", Model: "m", Batch: -1},
		{URL: "https://host/v1", Model: "m", Batch: 5000},
		{URL: "https://host/v1", Model: "m", Retries: -2},
	} {
		_, err := endpoint.New(o)
		if fault.CodeOf(err) != fault.Invalid || err == nil || strings.Contains(err.Error(), "password") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for at, want := range map[string]struct {
		address  string
		loopback bool
	}{
		"https://api.example.com/v1":           {"https://api.example.com/v1/embeddings", false},
		"https://api.example.com/v1/":          {"https://api.example.com/v1/embeddings", false},
		"http://localhost:1/openai/embeddings": {"http://localhost:1/openai/embeddings", true},
		"http://[::1]:1":                       {"http://[::1]:1/embeddings", true},
		"http://10.0.0.1":                      {"http://10.0.0.1/embeddings", false},
		"http://localhost.example.com":         {"http://localhost.example.com/embeddings", false},
	} {
		c, err := endpoint.New(endpoint.Options{URL: at, Model: "m"})
		if err != nil || c.Address() != want.address || c.Loopback() != want.loopback {
			t.Errorf("%s: %v, %v", at, c, err)
		}
	}
}
