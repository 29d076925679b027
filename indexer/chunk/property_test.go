package chunk

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// split is splitBy with the checks of what always holds.
func split(tb testing.TB, language, src string, opts options) []Chunk {
	tb.Helper()
	chunks, err := splitBy(context.Background(), opts.filled(), language, []byte(src))
	if err != nil {
		tb.Fatalf("%s: %v", language, err)
	}
	check(tb, []byte(src), chunks, opts)
	return chunks
}

// sizes are option sets that force cuts and merges.
var sizes = []options{
	{},
	{maxLines: 6, targetLines: 4, minLines: 2, windowOverlap: 2},
	{maxLines: 2, targetLines: 1, minLines: 1, maxBytes: 64, windowOverlap: -1},
	{maxLines: 200, targetLines: 100, minLines: 20, maxBytes: 1 << 20},
}

// TestMutations cuts the golden sources after deleting, doubling and swapping pieces of them: mostly wrong syntax.
func TestMutations(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	extra := []string{"\x00", "\r\n", "\r", "\n\n", "\t", "\uFEFF", "{", "}", "(", "\"", "'", "`", "/*", "*/", "#", "é", "\xff", "```", "<<EOF\n", "end\n"}
	for _, g := range readGoldens(t) {
		for round := range 40 {
			src := g.source
			for range rng.IntN(6) {
				a := rng.IntN(len(src))
				b := min(len(src), a+rng.IntN(40))
				switch rng.IntN(4) {
				case 0:
					src = src[:a] + src[b:]
				case 1:
					src = src[:a] + extra[rng.IntN(len(extra))] + src[a:]
				case 2:
					src = src[:b] + src[a:]
				case 3:
					src = src[b:] + src[:a]
				}
				src += "\n" // never empty
			}
			if round%7 == 0 {
				src = strings.ReplaceAll(src, "\n", "\r\n")
			}
			split(t, g.language, src, sizes[round%len(sizes)])
			if t.Failed() {
				t.Fatalf("source was %q", src)
			}
		}
	}
}

// TestRealSources cuts the sources of the Go distribution and what other languages lie in it.
func TestRealSources(t *testing.T) {
	limit := 500
	if testing.Short() {
		limit = 100
	}
	n := 0
	for _, file := range realSources(t, filepath.Join(runtime.GOROOT(), "src"), 0) { //nolint:staticcheck // the toolchain that runs the test
		if n%17 == 0 && n/17 < limit {
			split(t, file.language, file.source, options{})
			if t.Failed() {
				t.Fatalf("in %s", file.path)
			}
		}
		n++
	}
	if n == 0 {
		t.Skip("the Go distribution has no sources here")
	}
}

type sourceFile struct{ path, language, source string }

// realSources returns the files under a folder whose language shows in the name; limit bounds the bytes, 0 none.
func realSources(tb testing.TB, root string, limit int) []sourceFile {
	tb.Helper()
	languages := map[string]string{
		".go": "go", ".py": "python", ".js": "javascript", ".c": "c", ".h": "c", ".cc": "c++", ".sh": "shell",
		".bash": "shell", ".md": "markdown", ".rs": "rust", ".s": "assembly", ".java": "java", ".rb": "ruby", ".php": "php",
		".cs": "c#", ".cpp": "c++", ".hpp": "c++", ".hh": "c++", ".ts": "typescript", ".mts": "typescript", ".tsx": "tsx",
		".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".kt": "kotlin", ".kts": "kotlin", ".swift": "swift",
		".scala": "scala", ".lua": "lua", ".ex": "elixir", ".exs": "elixir", ".hs": "haskell", ".zig": "zig", ".dart": "dart", ".proto": "protocol buffer", ".sql": "sql",
	}
	var all []sourceFile
	total := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		language, known := languages[filepath.Ext(path)]
		if err != nil || d.IsDir() || !known || limit > 0 && total > limit {
			return nil //nolint:nilerr // an unreadable folder is not what is tested
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil //nolint:nilerr // as above
		}
		total += len(data)
		all = append(all, sourceFile{path, language, string(data)})
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func TestDeterministicAndConcurrent(t *testing.T) {
	all := readGoldens(t)
	want := make([][]Chunk, len(all))
	for i, g := range all {
		want[i] = split(t, g.language, g.source, g.opts)
	}
	done := make(chan bool)
	for range 4 {
		go func() {
			same := true
			for i, g := range all {
				got, err := splitBy(context.Background(), g.opts.filled(), g.language, []byte(g.source))
				same = same && err == nil && reflect.DeepEqual(got, want[i])
			}
			done <- same
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("a concurrent run gave other chunks")
		}
	}
}

// FuzzSplit feeds any text to any language. Inputs are short because recovery from errors takes quadratic time.
func FuzzSplit(f *testing.F) {
	names := append(Languages(), "")
	for _, g := range readGoldens(f) {
		i := uint8(max(slices.Index(names, g.language), 0))
		f.Add(i, g.source, uint8(1))
		f.Add(i, strings.ReplaceAll(g.source, "\n", "\r\n"), uint8(2))
		f.Add(i, g.source[:len(g.source)/2], uint8(0))
	}
	f.Add(uint8(14), "\x00\n\x00", uint8(0))
	f.Fuzz(func(t *testing.T, language uint8, src string, size uint8) {
		if len(src) > 4096 {
			t.Skip()
		}
		name, opts := names[int(language)%len(names)], sizes[int(size)%len(sizes)]
		chunks := split(t, name, src, opts)
		symbolsOf(t, chunks)
		checkDefinitions(t, name, src, chunks)
	})
}
