//go:build cgo

package chunk

import (
	"strings"
	"testing"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// TestStoppedParser: a parser without time returns nothing and breaks nothing, wherever it is stopped.
func TestStoppedParser(t *testing.T) {
	src := []byte(strings.Repeat("int f(int a) { return a + (1; }\n#if X\nstruct {\n", 2000))
	language := sitter.NewLanguage(parsers["c"]())
	stopped := 0
	for limit := 50 * time.Microsecond; limit < 2*time.Second; limit += limit / 2 {
		parsed, err := try(t.Context(), language, src, readSize, limit)
		if err != nil {
			t.Fatal(err)
		}
		if parsed == nil {
			stopped++
			continue
		}
		parsed.Close()
		break
	}
	if stopped == 0 {
		t.Error("50 µs were enough")
	}
}
