package qdrant

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"loradex/indexer"
	"loradex/internal/fault"
)

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		ok   bool
	}{
		{"default", Options{}, true},
		{"no port", Options{Address: "host"}, false},
		{"no host", Options{Address: ":6334"}, false},
		{"port 0", Options{Address: "host:0"}, false},
		{"IPv6", Options{Address: "[::1]:6334"}, true},
		{"key in the clear", Options{Address: "host:6334", APIKey: "k"}, false},
		{"key with TLS", Options{Address: "host:6334", APIKey: "k", TLS: true}, true},
		{"key on this machine", Options{APIKey: "k"}, true},
		{"TLS settings without TLS", Options{TLSConfig: &tls.Config{MinVersion: tls.VersionTLS13}}, false},
		{"prefix", Options{Prefix: "A b"}, false},
		{"negative shards", Options{Shards: -1}, false},
		{"more consistency than replicas", Options{Replicas: 2, WriteConsistency: 3}, false},
		{"consistency", Options{Replicas: 3, WriteConsistency: 2}, true},
		{"quantization", Options{Quantization: "product"}, false},
		{"oversampling", Options{Oversampling: 0.5}, false},
		{"retries", Options{Retries: -2}, false},
		{"time-out", Options{Timeout: -time.Second}, false},
		{"batch", Options{Batch: -1}, false},
	} {
		if err := c.o.Validate(); (err == nil) != c.ok || err != nil && fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestCollectionNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"", "/", "a/index", "b/index", "/home/ü/.loradex", `c:\x\.loradex`, strings.Repeat("x", 999)} {
		got := collectionName("p", name)
		if seen[got] || len(got) > 64 || strings.ContainsAny(got, `/\ü.`) || !strings.HasPrefix(got, "p-") {
			t.Errorf("%q becomes %q", name, got)
		}
		seen[got] = true
	}
}

func TestTree(t *testing.T) {
	for path, want := range map[string][]string{"a": {"a"}, "a/b/c": {"a/b/c", "a/b", "a"}, "/a": {"/a"}} {
		if got := tree(path); !slices.Equal(got, want) {
			t.Errorf("tree(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestPause(t *testing.T) {
	for attempt, ms := range []int{100, 200, 400, 800, 1600, 3200, 5000, 5000} {
		whole := time.Duration(ms) * time.Millisecond
		for range 50 {
			if d := pause(100*time.Millisecond, attempt); d < whole/2 || d > whole {
				t.Fatalf("pause %d is %v, want %v to %v", attempt, d, whole/2, whole)
			}
		}
	}
	if d := pause(time.Hour, 60); d > maxBackoff {
		t.Errorf("pause of %v", d)
	}
}

// TestDocumentWeighs checks the term's part of BM25 against the formula by hand.
func TestDocumentWeighs(t *testing.T) {
	v := document("x", &indexer.Chunk{Symbol: "parse", Text: "parse it twice"}).GetSparse()
	// parse: 4 as a symbol and 1 in the text; length 5 of 200: 5·2.2 / (5 + 1.2·(0.25 + 0.75·5/200)).
	count := 5.0
	want := float32(count * 2.2 / (count + 1.2*(0.25+0.75*count/200)))
	at := slices.Index(v.GetIndices(), termIndex("parse"))
	if at < 0 || v.GetValues()[at] != want || len(v.GetIndices()) != 4 || !slices.IsSorted(v.GetIndices()) {
		t.Errorf("document %v, want %v for parse of 4 terms", v, want)
	}
	if document("/", &indexer.Chunk{Text: "+-"}) != nil {
		t.Error("a document without words has a vector")
	}
}

// FuzzText: every text comes back as it was, and what is stored is valid UTF-8.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain", "ünï\x00", "\xff\xfe", escape, escape + "####", "a" + escape} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e := encodeText(s); !utf8.ValidString(e) || decodeText(e) != s {
			t.Errorf("%q is stored as %q and read as %q", s, e, decodeText(e))
		}
		decodeText(escape + s) // never panics
	})
}
