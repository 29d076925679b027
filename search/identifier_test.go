package search_test

import (
	"fmt"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/search"
)

// namedIndex is an index in which words alone rank the wrong chunks first: short ones that say the parts of a name again and
// again before a long one that contains it.
func namedIndex(t *testing.T) zeroTree {
	t.Helper()
	store := open(t)
	put := func(path, symbol, text string, start int) {
		f := indexer.File{Path: path, Language: "python", Blob: fmt.Sprintf("%x", path), Texts: []string{text}}
		c := indexer.Chunk{StartLine: 1, EndLine: 9, Kind: "function", Symbol: symbol, Text: text}
		if symbol != "" {
			c.Symbols = []indexer.Symbol{{Name: symbol, Kind: "function", StartLine: start, EndLine: start + 3}}
		}
		f.Chunks = []indexer.Chunk{c}
		must(t, store.PutFiles(t.Context(), "c1", []indexer.File{f}))
	}
	filler := strings.Repeat(" folder name other value", 30)
	for i := range 6 {
		put(fmt.Sprintf("wait%d.py", i), fmt.Sprintf("wait_%d", i), "timeout ms timeout ms constant time compare constant time compare retry", 2)
	}
	put("uses.py", "run", "def run(timeout_ms): ConstantTimeCompare(a, b) retry()"+filler, 2)
	put("defines.py", "Subtle.ConstantTimeCompare", "def ConstantTimeCompare(a, b)"+filler+filler, 2)
	put("other.py", "constant_time_compare", "def constant_time_compare(a, b)"+filler, 2)
	put("later.py", "Subtle.ConstantTimeCompare", "return v == 1"+filler, 90)
	put("retry.py", "retry", "def retry(): again"+filler+filler, 2)
	put("longer.py", "run2", "use timeout_msx and xtimeout_ms"+filler, 2)
	put("nfd.md", "", "Pru\u0308fung der Gro\u0308\u00dfe", 1)
	put("cjk.md", "", "초과근무 승인 규칙\n残業の月間上限は何時間ですか", 1)
	put("cjk2.md", "", "承認の上と限", 1)
	fill(t, store, plan{mix: "none"}, true)
	return store
}

// TestNamesComeFirst: what defines an identifier comes first, then what contains it, then the rest, in both modes that have
// words, and scores fall from hit to hit.
func TestNamesComeFirst(t *testing.T) {
	s := searcher(t, namedIndex(t), bag{})
	for _, c := range []struct {
		query string
		want  string // the first files
	}{
		{"ConstantTimeCompare", "defines other|later uses wait"},
		{"ConstantTimeCompare()", "defines other|later uses wait"},
		{"Subtle.ConstantTimeCompare", "defines other|later uses wait"},
		{"constant_time_compare", "other defines|later uses wait"},
		{"timeout_ms", "uses wait"},
		{"timeoutMs", "uses wait"},
		{"retry", "retry uses|wait"},
	} {
		for _, mode := range []search.Mode{search.Hybrid, search.Lexical} {
			answer, err := s.Search(t.Context(), search.Request{Query: c.query, Mode: mode, K: 20, Explain: true})
			must(t, err)
			var got []string
			for i, h := range answer.Hits {
				got = append(got, strings.TrimRight(strings.TrimSuffix(h.Path, ".py"), "0123456789"))
				if i > 0 && h.Score > answer.Hits[i-1].Score {
					t.Errorf("%s, %s: hit %d has a higher score than the one before", c.query, mode, i+1)
				}
			}
			if answer.Explain.Stages.Name == "" {
				t.Errorf("%s, %s: the answer does not say that the name came first", c.query, mode)
			}
			at := 0
			for part := range strings.FieldsSeq(c.want) {
				names := strings.Split(part, "|")
				n := 0
				for at < len(got) && strings.Contains(part, got[at]) {
					at++
					n++
				}
				if n < len(names) {
					t.Errorf("%s, %s: %v, want %s", c.query, mode, got, c.want)
					break
				}
			}
		}
	}
	// A word that nothing is called is a question like any other.
	answer, err := s.Search(t.Context(), search.Request{Query: "folder", Mode: search.Hybrid, Explain: true})
	if must(t, err); answer.Explain.Stages.Name != "" {
		t.Errorf("folder is taken for the name %q", answer.Explain.Stages.Name)
	}
}

// TestWordsInAnyScript: words inside of texts without spaces are found, however accents are written.
func TestWordsInAnyScript(t *testing.T) {
	s := searcher(t, namedIndex(t), nil)
	for query, want := range map[string]string{
		"승인": "cjk.md", "上限": "cjk.md", "月間上限": "cjk.md", "承認": "cjk2.md", "限": "cjk.md cjk2.md", "上限は": "cjk.md", "認承": "",
		"Prüfung": "nfd.md", "Pru\u0308fung": "nfd.md", "gro\u0308\u00dfe": "nfd.md", "größe": "nfd.md",
		"\u1109\u1173\u11bc\u110b\u1175\u11ab": "cjk.md",
	} {
		answer, err := s.Search(t.Context(), search.Request{Query: query, Mode: search.Lexical})
		must(t, err)
		var got []string
		for _, h := range answer.Hits {
			got = append(got, h.Path)
		}
		if len(got) == 2 && got[0] > got[1] {
			got[0], got[1] = got[1], got[0]
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %v, want %s", query, got, want)
		}
	}
}
