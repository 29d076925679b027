package search

import (
	"path"
	"slices"
	"strings"

	"loradex/search/tokens"
)

// fileName is the share of the words of a file's name that the question says, in one form or another. People name files for what
// is in them, and questions about a repository are about that.
func (e *evidence) fileName(h *Hit, _ float64) float64 {
	words := nameWords(h.Path)
	said := 0
	for _, w := range words {
		stem := tokens.Stem(w)
		if slices.ContainsFunc(e.stems, func(s string) bool { return tokens.Akin(s, stem) }) {
			said++
		}
	}
	if said == 0 {
		return 0
	}
	return float64(said) / float64(len(words))
}

// whole folders are what files of these names stand for.
var ofFolder = []string{"index", "mod", "main", "init", "lib", "package"}

// nameWords are the words of a file's name without its extensions; those of its folder where the name says only that it is
// the folder's file.
func nameWords(file string) []string {
	name, _, _ := strings.Cut(strings.TrimLeft(path.Base(file), "."), ".")
	if slices.Contains(ofFolder, strings.ToLower(strings.Trim(name, "_"))) {
		if folder := path.Base(path.Dir(file)); folder != "." && folder != "/" {
			name = folder
		}
	}
	words := tokens.Unique(name)
	if len(words) > 1 {
		words = words[:len(words)-1] // the last one is the whole, or the last part again
	}
	return words
}
