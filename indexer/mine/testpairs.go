package mine

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"loradex/indexer"
)

// mineTests pairs tests with what they test: code as a query for code. A test's name says what it tests, by the
// conventions below, and its body must use that name.
func mineTests(_ context.Context, r *run) ([]pair, error) {
	targets := map[string][]int{} // definitions by compact symbol and by compact last name
	for i := range r.corpus.docs {
		d := &r.corpus.docs[i]
		if d.chunk.Signature != "" || d.chunk.Symbol == "" || !d.definition && d.why == "" {
			continue
		}
		for symbol := range strings.SplitSeq(d.chunk.Symbol, ", ") {
			full, last := compact(symbol), compact(lastName(symbol))
			targets[full] = append(targets[full], i)
			if last != full {
				targets[last] = append(targets[last], i)
			}
		}
	}
	var out []pair
	for i := range r.corpus.tests {
		t := &r.corpus.tests[i]
		if !isFunction(t.chunk.Kind) {
			continue
		}
		at, why := r.corpus.tested(t, targets)
		if why == "" {
			why = r.corpus.docs[at].why
		}
		if why != "" {
			r.report.leave(kindTest, why)
			continue
		}
		out = append(out, pair{
			kind: kindTest, id: fmt.Sprintf("%s:%d", t.path, t.chunk.StartLine), query: t.text, language: t.language,
			docs: []int{at},
		})
	}
	return out, nil
}

// tested finds the definition that a test is named after.
func (c *corpus) tested(t *document, targets map[string][]int) (at int, why string) {
	why = leftNoTarget
	for _, name := range testedNames(t.chunk.Symbol) {
		found := slices.DeleteFunc(slices.Clone(targets[name]), func(i int) bool {
			d := &c.docs[i]
			return d.language != t.language || !calls(t.chunk.Text, lastName(d.chunk.Symbol))
		})
		switch found = nearest(c, found, t.path); len(found) {
		case 0:
		case 1:
			return found[0], ""
		default:
			why = leftUnclear
		}
	}
	return 0, why
}

// calls tells whether a text uses a name as code does: it is called, instantiated, or the owner of what is. The word alone
// may stand in a string.
func calls(text, name string) bool {
	return identifier.MatchString(name) &&
		regexp.MustCompile(`(^|[^\w])`+name+`(\(|\{|\[|<|::|\.\w|\)|,)`).MatchString(text)
}

// nearest keeps the candidates in the test's own file, else those in its folder, else all.
func nearest(c *corpus, found []int, from string) []int {
	for _, near := range []func(string) bool{
		func(p string) bool { return p == from },
		func(p string) bool { return path.Dir(p) == path.Dir(from) },
	} {
		var same []int
		for _, i := range found {
			if near(c.docs[i].path) {
				same = append(same, i)
			}
		}
		if len(same) > 0 {
			return same
		}
	}
	return found
}

// minTested is the shortest compact name that a test's name is cut down to: shorter ones are words of any name.
const minTested = 4

// testedNames lists the compact names that a test may be for, most specific first.
//
//	TestParseConfigErrors      parseconfigerrors, parseconfig, parse       (Go)
//	test_parse_config_errors   the same                                    (Python, Ruby, Rust)
//	ParserTest.testConfig      parserconfig, config                        (Java, C#, PHP; TestParser and ParserTests too)
func testedNames(symbol string) []string {
	words := indexer.SplitWords(lastName(symbol))
	marked := false
	if len(words) > 1 && slices.Contains([]string{"test", "tests", "benchmark", "fuzz", "example", "bench"}, words[0]) {
		words, marked = words[1:], true
	}
	owner := indexer.SplitWords(ownerOf(symbol))
	tests := func(w string) bool { return w == "test" || w == "tests" || w == "spec" || w == "case" }
	isOwner := slices.ContainsFunc(owner, tests)
	if !marked && !isOwner {
		return nil
	}
	class := ""
	if isOwner {
		class = strings.Join(slices.DeleteFunc(owner, tests), "")
	}
	var out []string
	add := func(name string) {
		if len(name) >= minTested && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if class != "" {
		for n := len(words); n > 0; n-- {
			add(class + strings.Join(words[:n], ""))
		}
	}
	for n := len(words); n > 0; n-- {
		add(strings.Join(words[:n], ""))
	}
	return out
}
