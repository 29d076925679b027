package api

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"loradex/internal/fault"
	"loradex/search"
)

// FuzzEmbeddingsRequest: what is taken keeps the bounds and can be said again in its canonical form; what is refused is
// the client's fault.
func FuzzEmbeddingsRequest(f *testing.F) {
	for _, seed := range []string{
		`{"model":"base","input":"a"}`,
		`{"model":"base:go+docs*0.5","input":["a","b"],"encoding_format":"base64","input_type":"query","dimensions":3,"user":"u"}`,
		`{"model":"base","input":["a","b"],"mixes":["none",{"adapters":[{"id":"go"}]}]}`,
		`{"model":"base","input":[1,2]}`, `{"model":"base","input":[[1]]}`, `{"model":"tiny:go","input":[[1,2],["a"],"b\\"]"]}`, `{"input":null}`, `[]`, `{"model":"base:","input":""}`,
		`{"model":"base","input":"\ud800"}`, "{\"model\":\"base\",\"input\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 4
		parse := func(body []byte) (embeddingsRequest, error) {
			return parseEmbeddingsRequest(func(into any) error { return decodeStrict(bytes.NewReader(body), into) }, limit,
				func() (string, error) { return "tiny", nil })
		}
		r, err := parse(data)
		if err != nil {
			if code := fault.CodeOf(err); code != fault.Invalid && code != fault.NotFound {
				t.Fatalf("%s: %v", code, err)
			}
			return
		}
		if len(r.rows) < 1 || len(r.rows) > limit || r.dimensions < 0 {
			t.Fatalf("%d rows, %d dimensions", len(r.rows), r.dimensions)
		}
		texts := make([]any, len(r.rows))
		mixes := make([]string, len(r.rows))
		for i, row := range r.rows {
			texts[i], mixes[i] = row.Text, row.Mix.String()
			if tokens, ok := r.tokens[i]; ok {
				texts[i] = tokens
			}
		}
		again, err := json.Marshal(map[string]any{"model": "base", "input": texts, "mixes": mixes})
		if err != nil {
			t.Fatal(err)
		}
		s, err := parse(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		for i := range r.rows {
			if s.rows[i].Text != r.rows[i].Text || !slices.Equal(s.tokens[i], r.tokens[i]) || s.rows[i].Mix.String() != mixes[i] {
				t.Fatalf("row %d of %s is %+v, not %+v", i, again, s.rows[i], r.rows[i])
			}
		}
	})
}

// FuzzSearchRequest: query strings and bodies of a search.
func FuzzSearchRequest(f *testing.F) {
	for _, seed := range []string{
		"q=a&k=3&lang=go,c&adapter=go%2Bdocs", "q=%zz", "q=a;k=1", "&&=", `{"q":"a","adapter":"go"}`, `{"k":-1,"q":""}`,
		"q=a&repo=x&branch=b&branch=c&rev=1", `{"q":"a","branch":["b",null],"all_branches":true}`, `{"q":"a","branch":{}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(p search.Params, err error) {
			if err == nil {
				_, err = p.Request()
			}
			if err != nil && fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("%s: %v", fault.CodeOf(err), err)
			}
		}
		check(search.ParseParams(text))
		var p search.Params
		check(p, decodeStrict(strings.NewReader(text), &p))
	})
}
