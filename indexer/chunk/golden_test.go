package chunk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"hash"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The golden files are testdata/*.txtar: options, a source, and the chunks it is cut into. `go test -update` rewrites
// the chunks and the digests; read the difference before you commit it, and change the language's version.

var update = flag.Bool("update", false, "rewrite the golden files")

// golden is one such file.
type golden struct {
	file, language string
	opts           options
	source, chunks string
}

const (
	sourceMark = "-- source --\n"
	chunksMark = "-- chunks --\n"
	digestFile = "testdata/version.txt"
)

func readGoldens(tb testing.TB) []golden {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no golden files: %v", err)
	}
	var all []golden
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		g := golden{file: file}
		headText, rest, ok := strings.Cut(string(data), sourceMark)
		if !ok {
			tb.Fatalf("%s has no source", file)
		}
		g.source, g.chunks, _ = strings.Cut(rest, chunksMark)
		for _, line := range strings.Split(headText, "\n") {
			switch key, value, _ := strings.Cut(line, ": "); key {
			case "language":
				g.language = value
			case "options":
				_, err := fmt.Sscanf(value, "lines %d target %d min %d", &g.opts.maxLines, &g.opts.targetLines, &g.opts.minLines)
				if err != nil {
					tb.Fatalf("%s: %v", file, err)
				}
			}
		}
		all = append(all, g)
	}
	return all
}

// listing shows chunks the way the golden files do.
func listing(chunks []Chunk) string {
	var b strings.Builder
	for _, c := range chunks {
		fmt.Fprintf(&b, "%d-%d %s %s", c.StartLine, c.EndLine, c.Kind, c.Symbol)
		if c.Doc != "" {
			fmt.Fprintf(&b, " | %q", c.Doc)
		}
		if c.Signature != "" {
			fmt.Fprintf(&b, " <- %s", c.Signature)
		}
		if len(c.Symbols) > 1 || len(c.Symbols) == 1 && c.Symbols[0] != (Symbol{c.Symbol, c.Kind, c.StartLine, c.EndLine}) {
			for _, s := range c.Symbols {
				fmt.Fprintf(&b, "\n    %d-%d %s %s", s.StartLine, s.EndLine, s.Kind, s.Name)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	sums := map[string]hash.Hash{}
	for _, g := range readGoldens(t) {
		t.Run(filepath.Base(g.file), func(t *testing.T) {
			if table := grammarFor(g.language); table != nil && !table.available() {
				t.Skip("no grammars in this build")
			}
			chunks, err := splitBy(context.Background(), g.opts.filled(), g.language, []byte(g.source))
			if err != nil {
				t.Fatal(err)
			}
			check(t, []byte(g.source), chunks, g.opts)
			got := listing(chunks)
			if *update {
				data, err := os.ReadFile(g.file)
				if err != nil {
					t.Fatal(err)
				}
				kept, _, _ := strings.Cut(string(data), chunksMark)
				if err := os.WriteFile(g.file, []byte(kept+chunksMark+got), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if got != g.chunks {
				t.Errorf("%s: got\n%s\nwant\n%s", g.file, got, g.chunks)
			}
			if sums[g.language] == nil {
				sums[g.language] = sha256.New()
			}
			fmt.Fprintf(sums[g.language], "%s\n%s\n", g.file, got)
		})
	}
	if !Available() || t.Failed() {
		return
	}
	// The goldens stand for the output: when they change, what is stored of files in the language is stale, and its version
	// must say so.
	now := ""
	for _, language := range slices.Sorted(maps.Keys(sums)) {
		now += fmt.Sprintf("%s %s %s\n", cmp.Or(language, "other"), Identity(language), hex.EncodeToString(sums[language].Sum(nil)))
	}
	was, err := os.ReadFile(digestFile)
	switch {
	case err == nil && string(was) == now:
	case *update:
		if err := os.WriteFile(digestFile, []byte(now), 0o600); err != nil {
			t.Fatal(err)
		}
	case err != nil:
		t.Fatal(err)
	default:
		t.Errorf("the golden chunks are not those of %s: change the version of the language if it has been released, then run with -update", digestFile)
	}
}
