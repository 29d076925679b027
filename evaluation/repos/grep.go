package repos

// This file is what search is compared with: an agent's way of grep and read, as a fixed policy without a language model.

import (
	"bytes"
	"cmp"
	"context"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/tokens"
)

// The ways of grep: files with a line that holds a word of the question, in any case, by the number of such lines. GrepRead reads
// each file from its top to its end before the next, GrepHead the first 50 lines of each.
const (
	GrepRead search.Mode = "grep-read"
	GrepHead search.Mode = "grep-head"
)

// IsGrep tells whether a mode is one of those, which need no index.
func IsGrep(m search.Mode) bool { return m == GrepRead || m == GrepHead }

// Limits of a grep.
const (
	blockLines  = 50      // that are read at a time
	maxGrepFile = 4 << 20 // longer files are passed over
)

// Grep greps a folder.
type Grep struct {
	paths []string
	text  map[string][]byte
}

// OpenGrep reads the files below a folder as ripgrep does: without hidden and binary ones.
func OpenGrep(dir string) (*Grep, error) {
	g := &Grep{text: map[string][]byte{}}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		hidden := name != "." && strings.HasPrefix(path.Base(name), ".")
		switch {
		case err != nil:
			return err
		case d.IsDir() && hidden:
			return fs.SkipDir
		case !d.Type().IsRegular() || hidden:
			return nil
		}
		if info, err := d.Info(); err != nil || info.Size() > maxGrepFile {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err == nil && bytes.IndexByte(data, 0) < 0 {
			g.paths, g.text[name] = append(g.paths, name), data
		}
		return err
	})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the files of %s", dir)
	}
	return g, nil
}

// Ask returns what is read, in the order in which it is, at most k blocks of lines.
func (g *Grep) Ask(ctx context.Context, m search.Mode, query string, k int) ([]Hit, error) {
	words := wordsOf(query)
	count := map[string]int{}
	var files []string
	for _, name := range g.paths {
		if err := ctx.Err(); err != nil {
			return nil, fault.Wrap(fault.Canceled, err, "a search by grep")
		}
		for line := range bytes.Lines(bytes.ToLower(g.text[name])) {
			if slices.ContainsFunc(words, func(w []byte) bool { return bytes.Contains(line, w) }) {
				count[name]++
			}
		}
		if count[name] > 0 {
			files = append(files, name)
		}
	}
	slices.SortStableFunc(files, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	var out []Hit
	for _, name := range files {
		lines := bytes.SplitAfter(g.text[name], []byte("\n"))
		for from := 0; from < len(lines) && len(out) < k; from += blockLines {
			to := min(from+blockLines, len(lines))
			size := 0
			for _, line := range lines[from:to] {
				size += len(line)
			}
			out = append(out, Hit{Path: name, Start: from + 1, End: to, Tokens: search.TokensOf(size)})
			if m == GrepHead {
				break
			}
		}
	}
	return out, nil
}

// wordsOf are the words of a question, in small letters, without those that every question has.
func wordsOf(query string) [][]byte {
	var out [][]byte
	for word := range strings.FieldsFuncSeq(strings.ToLower(query), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(word) > 1 && !tokens.AskedWith(word) {
			out = append(out, []byte(word))
		}
	}
	return out
}
