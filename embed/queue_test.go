//go:build cgo && ORT

package embed_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"loradex/embed"
	"loradex/embed/embedtest"
	"loradex/internal/fault"
)

// TestConcurrentCallers sends many small requests at once and compares each answer with the one it gets alone.
func TestConcurrentCallers(t *testing.T) {
	texts, _ := parityTexts(t)
	texts = texts[:24]
	e := shared(t)
	mixes := []string{"none", "qv_r4", "qv_r16"}
	want := make([][]float32, len(texts))
	rows := make([]embed.Row, len(texts))
	for i, s := range texts {
		rows[i] = embed.Row{Text: s, Mix: mix(t, mixes[i%len(mixes)])}
		want[i] = encode(t, e, rows[i:i+1])[0]
	}
	var wg sync.WaitGroup
	for i := range rows {
		wg.Go(func() {
			v, err := e.Encode(t.Context(), rows[i:i+1])
			if err != nil {
				t.Error(err)
			} else if d := maxDiff(v[0], want[i]); d > 2e-6 {
				t.Errorf("row %d: differs by %.2g", i, d)
			}
		})
	}
	wg.Wait()
}

func TestCancelledCaller(t *testing.T) {
	e := open(t, embed.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Encode(ctx, []embed.Row{{Text: "x"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	// A caller that leaves in the middle of a long request gets its error, and others are served.
	rows := make([]embed.Row, 600)
	for i := range rows {
		rows[i].Text = strings.Repeat("func main() { run() } ", 30)
	}
	ctx, cancel = context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := e.Encode(ctx, rows); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	small := encode(t, e, []embed.Row{{Text: "small"}}) // served between the batches of the long request, or before it
	cancel()
	wg.Wait()
	if again := encode(t, e, []embed.Row{{Text: "small"}}); maxDiff(small[0], again[0]) > 2e-6 {
		t.Error("a vector changed after a cancelled request")
	}
}

// TestEach: each row comes once, with the vector that it has alone and its tokens, a window's or several; an error of take
// ends the work.
func TestEach(t *testing.T) {
	e := open(t, embed.Options{Window: 34, Stride: 32, BatchTokens: 70, Adapters: library(t)})
	rows := []embed.Row{{Text: "one"}, {Text: strings.Repeat("alpha ", 100)}, {Text: "two words", Mix: mix(t, "qv_r4")}, {Text: ""}}
	tokens := []int{3, 100 + 4*2, 4, 2} // the long text has four windows, and each has two special tokens
	seen := make([]int, len(rows))
	err := e.Each(t.Context(), rows, func(i int, v []float32, n int) error {
		if seen[i]++; n != tokens[i] {
			t.Errorf("row %d: %d tokens, want %d", i, n, tokens[i])
		}
		v = slices.Clone(v) // what comes later must not change it
		if d := maxDiff(v, encode(t, e, rows[i:i+1])[0]); d > 2e-6 {
			t.Errorf("row %d: differs by %.2g", i, d)
		}
		return nil
	})
	if err != nil || !slices.Equal(seen, []int{1, 1, 1, 1}) {
		t.Errorf("%v, rows came %v times", err, seen)
	}
	enough := errors.New("enough")
	calls := 0
	err = e.Each(t.Context(), slices.Repeat(rows, 20), func(int, []float32, int) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestClosedEncoder(t *testing.T) {
	e, err := embed.Open(t.Context(), embedtest.Env, embed.Options{Model: embedtest.BaseModel})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Encode(t.Context(), []embed.Row{{Text: "x"}}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("got %v, want a conflict", err)
	}
}

func TestEmptyRequest(t *testing.T) {
	e := open(t, embed.Options{})
	if v, err := e.Encode(t.Context(), nil); err != nil || len(v) != 0 {
		t.Errorf("got %d vectors, %v", len(v), err)
	}
}

// TestWindows checks windows against what they are made of: the windows encoded as texts of their own.
func TestWindows(t *testing.T) {
	words := strings.Fields(strings.Repeat("alpha beta gamma delta ", 20)) // one token each, 80 in all
	e := open(t, embed.Options{Window: 34, Stride: 32})                    // 32 tokens of text a window
	plain := open(t, embed.Options{})
	var parts []embed.Row
	for from := 0; from < len(words); from += 32 {
		parts = append(parts, embed.Row{Text: strings.Join(words[from:min(from+32, len(words))], " ")})
	}
	want := make([]float32, 384)
	for _, v := range encode(t, plain, parts) {
		for i, x := range v {
			want[i] += x
		}
	}
	var norm float32
	got := encode(t, e, []embed.Row{{Text: strings.Join(words, " ")}, {Text: "short"}})
	for i := range want {
		norm += want[i] * got[0][i]
	}
	for i := range want {
		want[i] /= norm // norm is the length of want, where got points the same way
	}
	if d := maxDiff(got[0], want); d > 1e-5 {
		t.Errorf("windows differ from their parts by %.2g", d)
	}
	if d := maxDiff(got[1], encode(t, plain, []embed.Row{{Text: "short"}})[0]); d > 2e-6 {
		t.Errorf("a short text has another vector with windows: %.2g", d)
	}
	a, err1 := e.Space(t.Context(), mix(t, "none"))
	b, err2 := plain.Space(t.Context(), mix(t, "none"))
	if err1 != nil || err2 != nil || a.ID == b.ID {
		t.Errorf("windows share a space with truncation: %v %v", err1, err2)
	}
}

func TestOptionsValidate(t *testing.T) {
	for name, o := range map[string]embed.Options{
		"no model":        {},
		"negative budget": {Model: "m", BatchTokens: -1},
		"stride alone":    {Model: "m", Stride: 3},
		"wide stride":     {Model: "m", Window: 8, Stride: 9},
		"long wait":       {Model: "m", JoinWait: 1e9},
	} {
		if err := o.Validate(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	if _, err := embed.Open(t.Context(), embedtest.Env, embed.Options{Model: embedtest.BaseModel, MaxTokens: 100000}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("too many tokens: %v", err)
	}
}
