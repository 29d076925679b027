package search

import (
	"path"
	"slices"
	"strings"

	"loradex/search/tokens"
)

// This file lowers what repeats or shows the code that is asked for rather than being it: tests, examples, documents, what is kept
// for old users, declarations without bodies. A question that names the kind of file gets it as it stands.

// pathKind is a kind of files that a path tells.
type pathKind struct {
	folders []string // any folder of the path is called so
	names   []string // the file's name without extensions is, begins or ends so, as "test_*" and "*_test" say
	exts    []string // all extensions of the file end so
	asked   []string // words of questions that want such files
	lost    float64  // share of its standing that a hit loses at strength 1
}

var pathKinds = [...]pathKind{
	{ // tests
		folders: []string{"test", "tests", "__tests__", "spec", "specs", "testing", "testdata", "fixtures"},
		names:   []string{"test_*", "*_test", "*_spec", "*tests"}, exts: []string{".test.*", ".spec.*"},
		asked: []string{"test", "spec", "fixture", "mock"}, lost: 1,
	},
	{ // examples and benchmarks
		folders: []string{"example", "examples", "demo", "demos", "sample", "samples", "benchmark", "benchmarks", "bench", "benches"},
		asked:   []string{"example", "demo", "sample", "benchmark"}, lost: 1,
	},
	{ // what is kept for old users
		folders: []string{"legacy", "compat", "deprecated", "vendor", "third_party", "old"},
		asked:   []string{"legacy", "compatible", "deprecate", "vendor"}, lost: 1,
	},
	{ // documents
		folders: []string{"docs", "doc", "documentation"}, exts: []string{".md", ".rst", ".txt", ".adoc", ".markdown"},
		asked: []string{"document", "docs", "readme", "changelog", "guide", "license"}, lost: 0.4,
	},
	{ // declarations without bodies
		exts: []string{".d.ts", ".pyi"}, asked: []string{"declare", "type"}, lost: 0.7,
	},
}

// unaskedKinds are those that a question of these stems does not ask for.
func unaskedKinds(stems []string) (kinds []*pathKind) {
	for i := range pathKinds {
		k := &pathKinds[i]
		if !slices.ContainsFunc(k.asked, func(word string) bool { return slices.Contains(stems, tokens.Stem(word)) }) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// unasked is by how much a hit falls for the kinds that its file is of, and the question does not ask for.
func (e *evidence) unasked(h *Hit, standing float64) float64 {
	if standing <= 0 {
		return 0
	}
	folders := strings.Split(strings.ToLower(path.Dir(h.Path)), "/")
	name, ext := strings.ToLower(path.Base(h.Path)), ""
	if i := strings.IndexByte(name, '.'); i > 0 {
		name, ext = name[:i], name[i:]
	}
	left := 1.0
	for _, k := range e.kinds {
		if k.holds(folders, name, ext) {
			left *= 1 - k.lost
		}
	}
	return standing * (left - 1)
}

// holds says whether a file is of the kind, by its folders, its name without extensions and these.
func (k *pathKind) holds(folders []string, name, ext string) bool {
	matches := func(patterns []string, text, before string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(before+p, text); return ok })
	}
	return slices.ContainsFunc(k.folders, func(f string) bool { return slices.Contains(folders, f) }) ||
		matches(k.names, name, "") || matches(k.exts, ext, "*")
}
