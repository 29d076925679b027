package lsp

import (
	"testing"

	"loradex/search"
)

// TestNearIsADocument: clients may name the document that the user is in as they do everywhere, by its URI.
func TestNearIsADocument(t *testing.T) {
	s := &server{}
	for text, want := range map[string]search.Near{
		"file:///repo/a%20b.go:3": {Path: "/repo/a b.go", Line: 3},
		"file:///repo/c.go":       {Path: "/repo/c.go"},
		"lock/file.go:7":          {Path: "lock/file.go", Line: 7},
	} {
		r, err := s.request(search.How{Near: text})
		if err != nil || r.Near == nil || *r.Near != want {
			t.Errorf("%q: %v, %v", text, r.Near, err)
		}
	}
}
