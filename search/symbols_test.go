package search_test

import (
	"fmt"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/search"
)

// TestSymbolsByName: names are found as editors complete them, the best match first.
func TestSymbolsByName(t *testing.T) {
	store := open(t)
	names := []string{
		"ReadTimeout", "read_timeout", "Server.readTimeOut", "Reader", "Thread", "HTTPServer.Close", "xReadx", "spread",
		"retry", "Store.Close", "close", "Closer", "utf8Decode", "größeLesen",
	}
	for i, name := range names {
		f := indexer.File{Path: fmt.Sprintf("f%02d.go", i), Language: "go", Blob: fmt.Sprintf("%040d", i), Texts: []string{name}}
		symbol := indexer.Symbol{Name: name, Kind: "function", StartLine: 3, EndLine: 30}
		for _, start := range []int{1, 20} { // split: both parts are of it
			c := indexer.Chunk{StartLine: start, EndLine: start + 18, Kind: "function", Symbol: name, Text: name, Symbols: []indexer.Symbol{symbol}}
			f.Chunks = append(f.Chunks, c)
		}
		f.Texts = []string{name, name + "2"}
		must(t, store.PutFiles(t.Context(), "c", []indexer.File{f}))
	}
	for query, want := range map[string]string{
		"ReadTimeout":      "ReadTimeout read_timeout Server.readTimeOut",
		"readtimeout":      "ReadTimeout read_timeout Server.readTimeOut",
		"read":             "Reader ReadTimeout read_timeout Server.readTimeOut xReadx Thread spread",
		"rt":               "ReadTimeout read_timeout Server.readTimeOut retry",
		"rTO":              "Server.readTimeOut ReadTimeout read_timeout",
		"close":            "close Store.Close HTTPServer.Close Closer",
		"Store::Close":     "Store.Close",
		"store.cl":         "Store.Close",
		"hscl":             "HTTPServer.Close",
		"ud":               "utf8Decode",
		"u8d":              "utf8Decode",
		"gro\u0308\u00dfe": "größeLesen",
		"gl":               "größeLesen",
		"to":               "Server.readTimeOut Store.Close utf8Decode ReadTimeout read_timeout HTTPServer.Close",
		"nothing":          "",
		"  ":               "",
	} {
		hits, err := search.Symbols(t.Context(), store, nil, query, 20)
		must(t, err)
		var got []string
		for _, h := range hits {
			got = append(got, h.Symbol)
			if h.StartLine != 3 || h.EndLine != 30 || h.Kind != "function" || h.Line() != 3 {
				t.Errorf("%q: %+v", query, h)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", query, got, want)
		}
	}
	if hits, err := search.Symbols(t.Context(), store, nil, "read", 2); err != nil || len(hits) != 2 {
		t.Errorf("asked for two: %+v, %v", hits, err)
	}
}
