package words_test

import (
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"loradex/search/sqlite/words"
)

// zipf draws words as often as they occur in code: a few in half of the chunks, most in one.
func zipf(r *rand.Rand) func() string {
	z := rand.NewZipf(r, 1.15, 4, 400_000)
	return func() string { return "w" + strconv.FormatUint(z.Uint64(), 36) }
}

func zipfWords(r *rand.Rand, word func() string) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for weight, n := range map[float64]int{4: 2, 2: 5, 1: 25 + r.IntN(160)} {
			for range n {
				if !yield(word(), weight) {
					return
				}
			}
		}
	}
}

// BenchmarkSearch measures queries of 8 words, drawn as those of the chunks are, so that most have a word of half of them.
// LORADEX_BENCH_DOCS is the size, 100,000 by default.
func BenchmarkSearch(b *testing.B) {
	docs := 100_000
	if text := os.Getenv("LORADEX_BENCH_DOCS"); text != "" {
		docs, _ = strconv.Atoi(text) //nolint:errcheck // 0 then
	}
	r := rand.New(rand.NewPCG(1, 1))
	word := zipf(r)
	start := time.Now()
	var parts []words.Part
	for at := 0; at < docs; {
		builder := words.NewBuilder(1)
		for range min(1<<14, docs-at) {
			if err := builder.Add(words.Doc{Chunk: int64(at + 1), File: int64(at / 10), Kind: 1}, zipfWords(r, word)); err != nil {
				b.Fatal(err)
			}
			at++
		}
		var out bytes.Buffer
		if err := builder.Write(&out); err != nil {
			b.Fatal(err)
		}
		parts = append(parts, words.Part{Segment: decode(b, out.Bytes())})
	}
	built := time.Since(start)
	start = time.Now()
	var out bytes.Buffer
	if err := words.Merge(&out, parts); err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "built in %v, merged in %v, %d bytes a chunk\n", built, time.Since(start), out.Len()/docs)
	x := words.NewIndex([]words.Part{{Segment: decode(b, out.Bytes())}})
	for _, c := range []struct {
		name   string
		filter *words.Filter
	}{
		{"all", nil},
		{"a tenth", &words.Filter{File: func(file int64) bool { return file%10 == 3 }}},
		{"a thousandth", &words.Filter{File: func(file int64) bool { return file%1000 == 3 }}},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(2, 2))
			word := zipf(r)
			var times []time.Duration
			for b.Loop() {
				q := words.Query{K: 100, Filter: c.filter}
				seen := map[string]bool{}
				for len(q.Terms) < 8 {
					if w := word(); !seen[w] {
						seen[w] = true
						q.Terms = append(q.Terms, words.Term{Text: w, Weight: 1})
					}
				}
				start := time.Now()
				if _, err := x.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
