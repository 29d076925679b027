package search_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

func TestModes(t *testing.T) {
	s := searcher(t, index(t, plan{mix: "none"}), bag{})
	for _, c := range []struct {
		mode  search.Mode
		score func(h search.Hit) *float64
	}{
		{search.Hybrid, func(h search.Hit) *float64 { return h.Scores.Fused }},
		{search.Dense, func(h search.Hit) *float64 { return h.Scores.Dense }},
		{search.Lexical, func(h search.Hit) *float64 { return h.Scores.Lexical }},
	} {
		answer, err := s.Search(t.Context(), search.Request{Query: "listen for http requests", Mode: c.mode, Explain: true})
		must(t, err)
		if answer.Mode != c.mode || len(answer.Hits) == 0 || answer.Hits[0].Symbol != "Serve" {
			t.Fatalf("%s: %+v", c.mode, answer)
		}
		for i, h := range answer.Hits {
			if math.Abs(h.Score-*c.score(h)-h.Parts.Boost) > 1e-9 || i > 0 && h.Score > answer.Hits[i-1].Score {
				t.Errorf("%s: hit %d has score %v of %+v", c.mode, i, h.Score, h.Scores)
			}
		}
		h := answer.Hits[0]
		if h.Path != "net/server.go" || h.StartLine != 1 || h.EndLine != 9 || h.Language != "go" || h.Kind != "function" ||
			h.Commit != "c0ffee" || !h.Dirty || h.Text != sources[1].text || h.Ranks == nil {
			t.Errorf("%s: %+v", c.mode, h)
		}
		wantCoverage, wantAdapter := 1.0, "none"
		if c.mode == search.Lexical {
			wantCoverage, wantAdapter = 0, ""
		}
		if answer.Coverage != wantCoverage || h.Adapter != wantAdapter || (h.Space != "") != (c.mode != search.Lexical) {
			t.Errorf("%s: coverage %v, adapter %q, space %q", c.mode, answer.Coverage, h.Adapter, h.Space)
		}
	}
}

// TestFusion checks the sum of reciprocal ranks by hand: a hit that is first in both rankings has 1/61 + 0.5/61.
func TestFusion(t *testing.T) {
	s, err := search.New(index(t, plan{mix: "none"}), bag{}, search.Options{Fusion: search.FuseRanks, PathBoost: -1, FileBoost: -1})
	must(t, err)
	answer, err := s.Search(t.Context(), search.Request{Query: "listens for http requests", Explain: true})
	must(t, err)
	first := answer.Hits[0]
	if want := 1.0/61 + 0.5/61; math.Abs(first.Score-want) > 1e-12 || *first.Ranks != (search.Ranks{Dense: 1, Lexical: 1}) {
		t.Errorf("score %v (%+v), want %v", first.Score, first.Ranks, want)
	}
	for _, h := range answer.Hits {
		if h.Scores.Dense == nil || (h.Scores.Lexical == nil) != (h.Ranks.Lexical == 0) {
			t.Errorf("%s: scores %+v, ranks %+v", h.Path, h.Scores, h.Ranks)
		}
	}
}

func TestSpaceRules(t *testing.T) {
	base, shift := plan{mix: "none"}, plan{mix: "shift"}
	for _, c := range []struct {
		name    string
		plans   []plan
		adapter string // of the request; "" is none
		used    string // adapter of the hits
		code    fault.Code
		hint    string
	}{
		{name: "default is the base", plans: []plan{base}, used: "none"},
		{name: "default is an adapter", plans: []plan{shift, base}, used: "shift"},
		{name: "an adapter with a space", plans: []plan{base, shift}, adapter: "shift", used: "shift"},
		{name: "the base, though not the default", plans: []plan{shift, base}, adapter: "none", used: "none"},
		{name: "query adapter of the base", plans: []plan{base}, adapter: "ask", used: "ask"},
		{name: "query adapter of another space", plans: []plan{base, shift}, adapter: "askshift", used: "askshift"},
		{name: "no space for the adapter", plans: []plan{base}, adapter: "shift", code: fault.NotFound, hint: "loradex index --adapter 'shift'"},
		{name: "no space for the base", plans: []plan{shift}, adapter: "none", code: fault.NotFound, hint: "loradex index"},
		{name: "query adapter's space missing", plans: []plan{base}, adapter: "askshift", code: fault.NotFound, hint: "loradex index"},
		{name: "unknown adapter", plans: []plan{base}, adapter: "nobody", code: fault.NotFound},
		{name: "router", plans: []plan{base}, adapter: "auto", code: fault.Unsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := searcher(t, index(t, c.plans...), bag{})
			r := search.Request{Query: "yaml settings"}
			if c.adapter != "" {
				r.Adapter = mixOf(t, c.adapter)
			}
			answer, err := s.Search(t.Context(), r)
			if c.code != "" {
				if fault.CodeOf(err) != c.code || !strings.Contains(fault.HintOf(err), c.hint) {
					t.Errorf("got %v (%s, hint %q), want %s", err, fault.CodeOf(err), fault.HintOf(err), c.code)
				}
				return
			}
			must(t, err)
			if h := answer.Hits[0]; h.Adapter != c.used || !strings.Contains(h.Text, "yaml settings") {
				t.Errorf("first hit %+v, want adapter %s", h, c.used)
			}
		})
	}
}

// TestWholeSpacesBesideEachOther: a complete default space is searched alone; else coverage is never more than there is.
func TestWholeSpacesBesideEachOther(t *testing.T) {
	var calls [][]embed.Row
	both := index(t, plan{mix: "none"}, plan{mix: "shift"})
	_, err := searcher(t, both, bag{calls: &calls}).Search(t.Context(), search.Request{Query: "yaml"})
	must(t, err)
	if len(calls) != 1 || len(calls[0]) != 1 {
		t.Errorf("a complete default space: encoded %+v", calls)
	}
	overlapping := index(t, plan{"none", []string{"go"}}, plan{"shift", []string{"go"}})
	answer, err := searcher(t, overlapping, bag{}).Search(t.Context(), search.Request{Query: "yaml", Explain: true})
	must(t, err)
	if answer.Coverage != 0.5 || len(answer.Explain.Spaces) != 2 {
		t.Errorf("two spaces with the same half of the chunks: coverage %v, %+v", answer.Coverage, answer.Explain)
	}
}

// TestOtherModel: vectors of another model are never compared, even where the dimensions fit.
func TestOtherModel(t *testing.T) {
	_, err := searcher(t, index(t, plan{mix: "none"}), bag{base: "other"}).Search(t.Context(), search.Request{Query: "yaml"})
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(fault.HintOf(err), "loradex index") {
		t.Errorf("got %v, hint %q", err, fault.HintOf(err))
	}
}

func TestWithoutVectors(t *testing.T) {
	for name, s := range map[string]*search.Searcher{
		"no encoder": searcher(t, index(t, plan{mix: "none"}), nil),
		"no spaces":  searcher(t, index(t), bag{}),
		"no vectors": searcher(t, index(t, plan{"none", []string{"cobol"}}), bag{}),
	} {
		answer, err := s.Search(t.Context(), search.Request{Query: "download archive", Explain: true})
		if err != nil || answer.Mode != search.Lexical || answer.Coverage != 0 || answer.Explain.Reason == "" || answer.Hits[0].Symbol != "fetch" {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
		_, err = s.Search(t.Context(), search.Request{Query: "archive", Mode: search.Dense})
		if fault.CodeOf(err) != fault.Unavailable || fault.HintOf(err) == "" {
			t.Errorf("%s, dense: %v", name, err)
		}
		if _, err := s.Search(t.Context(), search.Request{Query: "archive", Adapter: mixOf(t, "shift")}); err == nil {
			t.Errorf("%s: an adapter was silently ignored", name)
		}
	}
}

func TestPartlyEncoded(t *testing.T) {
	s := searcher(t, index(t, plan{"none", []string{"go"}}), bag{})
	answer, err := s.Search(t.Context(), search.Request{Query: "download archive and check"})
	must(t, err)
	if answer.Mode != search.Hybrid || answer.Coverage != 0.5 {
		t.Errorf("mode %s, coverage %v", answer.Mode, answer.Coverage)
	}
	for _, h := range answer.Hits {
		if (h.Language == "python") != (h.Scores.Dense == nil) || (h.Scores.Dense == nil) != (h.Space == "") {
			t.Errorf("%s: scores %+v in space %q", h.Path, h.Scores, h.Space)
		}
	}
}

func TestCodeToCode(t *testing.T) {
	var calls [][]embed.Row
	s := searcher(t, index(t, plan{mix: "none"}), bag{calls: &calls})
	span := &search.Span{Path: "config/parse.go", StartLine: 3, EndLine: 4}
	for name, r := range map[string]search.Request{
		"with code":  {Code: sources[0].text, Span: span},
		"from index": {Span: span},
		"whole file": {Span: &search.Span{Path: "config/parse.go"}},
	} {
		calls = nil
		answer, err := s.Search(t.Context(), r)
		must(t, err)
		if len(answer.Hits) == 0 || answer.Hits[0].Symbol != "load_settings" || answer.Query != sources[0].text {
			t.Errorf("%s: %+v", name, answer)
		}
		for _, h := range answer.Hits {
			if h.Path == span.Path {
				t.Errorf("%s: the code found itself", name)
			}
		}
		if calls[0][0].Role != embed.Document || calls[0][0].Text != sources[0].text {
			t.Errorf("%s: encoded %+v", name, calls[0][0])
		}
	}
	_, err := s.Search(t.Context(), search.Request{Span: &search.Span{Path: "nowhere.go"}})
	if fault.CodeOf(err) != fault.NotFound {
		t.Errorf("span that is not in the index: %v", err)
	}
}

func TestFilters(t *testing.T) {
	s := searcher(t, index(t, plan{mix: "none"}), bag{})
	answer, err := s.Search(t.Context(), search.Request{Query: "yaml settings", Filter: search.Filter{Languages: []string{"python"}}, K: 1})
	must(t, err)
	if len(answer.Hits) != 1 || answer.Hits[0].Symbol != "load_settings" {
		t.Errorf("%+v", answer.Hits)
	}
}

func TestInvalidRequests(t *testing.T) {
	s := searcher(t, index(t, plan{mix: "none"}), bag{})
	for name, r := range map[string]search.Request{
		"nothing": {}, "blank": {Query: " \n"}, "both": {Query: "a", Code: "b"}, "span and query": {Query: "a", Span: &search.Span{Path: "a"}},
		"negative k": {Query: "a", K: -1}, "k": {Query: "a", K: search.MaxK + 1}, "depth": {Query: "a", Depth: -1},
		"mode": {Query: "a", Mode: "fuzzy"}, "long": {Query: strings.Repeat("a", search.MaxQuery+1)}, "no path": {Span: &search.Span{}},
		"adapter without vectors": {Query: "a", Mode: search.Lexical, Adapter: mixOf(t, "shift")},
		"glob":                    {Query: "a", Filter: search.Filter{Paths: []string{"["}}},
	} {
		if _, err := s.Search(t.Context(), r); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := search.New(nil, nil, search.Options{RRFK: -1}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("options: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Search(ctx, search.Request{Query: "a"}); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
}

// TestOverlappingWindows: of windows that share lines only the best is a hit.
func TestOverlappingWindows(t *testing.T) {
	store := index(t)
	f := indexer.File{Path: "notes.txt", Blob: "ff", Chunks: []indexer.Chunk{
		{StartLine: 1, EndLine: 40, Kind: "window", Text: "zebra"},
		{StartLine: 31, EndLine: 70, Kind: "window", Text: "zebra zebra zebra"},
		{StartLine: 61, EndLine: 100, Kind: "window", Text: "zebra and much more beside"},
		{StartLine: 101, EndLine: 140, Kind: "window", Text: "zebra too"},
	}, Texts: []string{"1", "2", "3", "4"}}
	must(t, store.PutFiles(t.Context(), "c1", []indexer.File{f}))
	answer, err := searcher(t, store, nil).Search(t.Context(), search.Request{Query: "zebra", Explain: true})
	must(t, err)
	if len(answer.Hits) != 2 || answer.Explain.Folded != 2 {
		t.Errorf("%d hits, %d folded", len(answer.Hits), answer.Explain.Folded)
	}
}

// vanishing is a reader whose first Chunks call finds a chunk gone, as beside an indexing run.
type vanishing struct {
	search.Reader
	calls int
}

func (v *vanishing) Chunks(ctx context.Context, trees []indexer.Tree, ids []search.ID) ([]search.Stored, error) {
	if v.calls++; v.calls == 1 {
		return nil, fault.New(fault.NotFound, "gone")
	}
	return v.Reader.Chunks(ctx, trees, ids)
}

func TestChunkGoneBetweenRankingAndReading(t *testing.T) {
	r := &vanishing{Reader: index(t, plan{mix: "none"})}
	answer, err := searcher(t, r, bag{}).Search(t.Context(), search.Request{Query: "yaml settings"})
	if err != nil || len(answer.Hits) == 0 || r.calls != 2 {
		t.Errorf("%v after %d calls", err, r.calls)
	}
}

// TestJSON holds the names of the contract.
func TestJSON(t *testing.T) {
	answer, err := searcher(t, index(t, plan{mix: "none"}), bag{}).Search(t.Context(), search.Request{Query: "listens for http requests and answers", K: 1})
	must(t, err)
	answer.Took = search.Took{Encode: 1, Dense: 2, Lexical: 3, Total: 6}
	if answer.Cursor == "" {
		t.Error("no cursor, and there is more")
	}
	answer.Cursor = ""
	answer.Hits[0].Score, answer.Hits[0].Scores, answer.Hits[0].Space = 0.5, search.Scores{Fused: new(0.5)}, "s"
	got, err := json.Marshal(answer)
	must(t, err)
	const want = `{"query":"listens for http requests and answers","mode":"hybrid","model":"bag","hits":[{"path":"net/server.go","start_line":1,"end_line":9,` +
		`"language":"go","symbol":"Serve","symbols":[],"kind":"function","commit":"c0ffee","dirty":true,"score":0.5,` +
		`"scores":{"dense":null,"lexical":null,"fused":0.5},"space":"s","adapter":"none",` +
		`"text":"func Serve(port int) listens for http requests and answers"}],"coverage":1,` +
		`"took_ms":{"encode":1,"dense":2,"lexical":3,"total":6}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	empty, err := searcher(t, index(t), nil).Search(t.Context(), search.Request{Query: "nowhereword"})
	must(t, err)
	if got, _ := json.Marshal(empty); !strings.Contains(string(got), `"hits":[]`) {
		t.Errorf("no hits are %s", got)
	}
}
