package words_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"loradex/search/sqlite/words"
)

// chunk is what a test knows of a chunk. Each word stands in it once, with all of its weight.
type chunk struct {
	words.Doc
	counts map[string]float64
}

// made returns chunks with words of a skewed distribution.
func made(r *rand.Rand, first int64, n int) []chunk {
	out := make([]chunk, n)
	for i := range out {
		c := chunk{Doc: words.Doc{Chunk: first + int64(i), File: (first + int64(i)) / 7, Kind: r.Uint32N(3)}, counts: map[string]float64{}}
		for range r.IntN(60) {
			c.counts[fmt.Sprintf("w%d", int(math.Exp(r.Float64()*7)))] += []float64{4, 2, 1, 1, 1, 1}[r.IntN(6)]
		}
		if r.IntN(3) == 0 {
			c.counts["everywhere"]++
		}
		out[i] = c
	}
	return out
}

// each yields the words of a chunk as a builder takes them.
func (c *chunk) each() iter.Seq2[string, float64] { return maps.All(c.counts) }

// segment builds one.
func segment(t testing.TB, chunks []chunk) *words.Segment {
	t.Helper()
	b := words.NewBuilder(1)
	for i := range chunks {
		if err := b.Add(chunks[i].Doc, chunks[i].each()); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return decode(t, out.Bytes())
}

func decode(t testing.TB, data []byte) *words.Segment {
	t.Helper()
	s, err := words.Decode(data, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// brute scores every chunk.
func brute(chunks []chunk, q words.Query) map[int64]float64 {
	tokens, have := 0, map[string]int64{}
	for i := range chunks {
		tokens += len(chunks[i].counts)
		for w := range chunks[i].counts {
			have[w]++
		}
	}
	average := math.Max(1, float64(tokens)/float64(len(chunks)))
	out := map[int64]float64{}
	for i := range chunks {
		c := &chunks[i]
		if f := q.Filter; f != nil && (f.File != nil && !f.File(c.File) || f.Kind != nil && !f.Kind(c.Kind) || slices.Contains(f.Excluded, c.Chunk)) {
			continue
		}
		score, found := 0.0, false
		for _, t := range q.Terms {
			n := c.counts[t.Text]
			if n == 0 {
				continue
			}
			found = true
			idf := math.Log(1 + (float64(len(chunks))-float64(have[t.Text])+0.5)/(float64(have[t.Text])+0.5))
			score += t.Weight * idf * n * 2.2 / (n + 1.2*(0.25+0.75*float64(len(c.counts))/average))
		}
		if found {
			out[c.Chunk] = score
		}
	}
	return out
}

// compare holds a search against all scores.
func compare(t *testing.T, x *words.Index, chunks []chunk, q words.Query) {
	t.Helper()
	hits, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := brute(chunks, q)
	var scores []float64
	for _, s := range want {
		scores = append(scores, s)
	}
	slices.SortFunc(scores, func(a, b float64) int { return cmp.Compare(b, a) })
	if len(hits) != min(q.K, len(scores)) {
		t.Fatalf("%+v: %d hits of %d", q, len(hits), len(scores))
	}
	for i, h := range hits {
		if s, ok := want[h.ID]; !ok || math.Abs(s-float64(h.Score)) > 1e-5*math.Max(1, s) || math.Abs(s-scores[i]) > 1e-5*math.Max(1, s) {
			t.Fatalf("%+v: hit %d is chunk %d with %g; it has %g, and the place %g", q, i, h.ID, h.Score, s, scores[i])
		}
		if i > 0 && (hits[i-1].Score < h.Score || hits[i-1].Score == h.Score && hits[i-1].ID > h.ID) {
			t.Fatalf("%+v: hits %d and %d are out of order", q, i-1, i)
		}
	}
}

// TestSearchIsBruteForce: over segments that came, went and were merged, with filters and weights.
func TestSearchIsBruteForce(t *testing.T) {
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		var parts []words.Part
		var alive []chunk
		next := int64(1)
		for range 1 + r.IntN(5) {
			n := 1 + r.IntN(6000)
			if r.IntN(3) == 0 {
				n = 1 + r.IntN(20)
			}
			chunks := made(r, next, n)
			next += int64(n)
			parts = append(parts, words.Part{Segment: segment(t, chunks)})
			alive = append(alive, chunks...)
			check(t, r, parts, alive)
			if r.IntN(2) == 0 {
				rate := r.Float64() * r.Float64()
				gone := map[int64]bool{}
				for _, c := range alive {
					if r.Float64() < rate {
						gone[c.File] = true
					}
				}
				alive = slices.DeleteFunc(alive, func(c chunk) bool { return gone[c.File] })
				for i := range parts {
					parts[i] = parts[i].Bury(func(file int64) bool { return !gone[file] })
				}
				check(t, r, parts, alive)
			}
			if len(parts) > 1 && r.IntN(2) == 0 {
				from := r.IntN(len(parts) - 1)
				var out bytes.Buffer
				if err := words.Merge(&out, parts[from:]); err != nil {
					t.Fatal(err)
				}
				parts = append(parts[:from:from], words.Part{Segment: decode(t, out.Bytes())})
				check(t, r, parts, alive)
			}
			if len(parts) > 1 && r.IntN(3) == 0 {
				r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
				check(t, r, parts, alive)
			}
		}
	}
}

func check(t *testing.T, r *rand.Rand, parts []words.Part, alive []chunk) {
	t.Helper()
	x := words.NewIndex(parts)
	if x.Docs != int64(len(alive)) {
		t.Fatalf("%d documents, want %d", x.Docs, len(alive))
	}
	if x.Docs == 0 {
		return
	}
	for range 8 {
		q := words.Query{K: 1 + r.IntN(1+r.IntN(300))}
		seen := map[string]bool{}
		for range 1 + r.IntN(12) {
			text := fmt.Sprintf("w%d", int(math.Exp(r.Float64()*7.2)))
			if r.IntN(10) == 0 {
				text = "everywhere"
			}
			if !seen[text] {
				seen[text] = true
				q.Terms = append(q.Terms, words.Term{Text: text, Weight: []float64{1, 1, 0.1, 3}[r.IntN(4)]})
			}
		}
		switch r.IntN(4) {
		case 0:
			q.Filter = &words.Filter{File: func(file int64) bool { return file%3 == 0 }, Excluded: []int64{alive[0].Chunk}}
		case 1:
			few := alive[r.IntN(len(alive))].File
			q.Filter = &words.Filter{File: func(file int64) bool { return file == few }, Kind: func(k uint32) bool { return k != 1 }}
		}
		compare(t, x, alive, q)
	}
}

// TestDamage: no change of a file goes unnoticed where it is read, and none ends the process.
func TestDamage(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	b := words.NewBuilder(1)
	chunks := made(r, 1, 900)
	for i := range chunks {
		if err := b.Add(chunks[i].Doc, chunks[i].each()); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		data := bytes.Clone(out.Bytes())
		if at := r.IntN(len(data)); r.IntN(4) == 0 {
			data = data[:at]
		} else {
			data[at] ^= 1 << r.IntN(8)
		}
		s, err := words.Decode(data, false)
		if err == nil {
			err = s.Check()
		}
		if !errors.Is(err, words.ErrDamaged) {
			t.Fatalf("damage goes unnoticed: %v", err)
		}
	}
}

// FuzzDecode: a file that passes its checksums but holds nonsense is damaged, or gives some hits.
func FuzzDecode(f *testing.F) {
	b := words.NewBuilder(1)
	for i := range int64(140) { // a full block, and a rest
		counts := map[string]float64{"everywhere": float64(1 + i%5), fmt.Sprintf("w%d", i%4): 1}
		if err := b.Add(words.Doc{Chunk: i + 1, File: 1}, maps.All(counts)); err != nil {
			f.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		f.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 1))
	for range 300 {
		f.Add(out.Bytes(), r.IntN(600), byte(1+r.IntN(255))) // in the postings, the dictionary or its index
	}
	f.Add(out.Bytes(), 17, byte(5))
	f.Add(out.Bytes()[out.Len()-96:], 0, byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at int, to byte) {
		if len(data) > 0 {
			data = bytes.Clone(data)
			data[uint(at)%uint(len(data))] ^= to
		}
		s, err := words.Decode(data, true) // as if all checksums were right
		if err != nil {
			if !errors.Is(err, words.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		x := words.NewIndex([]words.Part{{Segment: s}})
		for _, term := range []string{"everywhere", "w1", "w2", "w700"} {
			if _, err := x.Search(t.Context(), words.Query{Terms: []words.Term{{Text: term, Weight: 1}, {Text: "w3", Weight: 1}}, K: 10}); err != nil && !errors.Is(err, words.ErrDamaged) {
				t.Fatal(err)
			}
		}
		if err := words.Merge(&bytes.Buffer{}, x.Parts); err != nil && !errors.Is(err, words.ErrDamaged) {
			t.Fatal(err)
		}
	})
}

// FuzzManifest: what is read is what would be written, and anything else is damaged.
func FuzzManifest(f *testing.F) {
	m := words.Manifest{Generation: 3, Stamp: -9, Form: "1", Segments: []words.Listed{{Name: "a", Docs: 70, Dead: []uint64{1, 2}}, {Name: "b", Docs: 1}}}
	f.Add(m.Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, b := range [][]byte{data, binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))} {
			m, err := words.DecodeManifest(b)
			if err != nil {
				if !errors.Is(err, words.ErrDamaged) {
					t.Fatal(err)
				}
				continue
			}
			if again := m.Encode(); !bytes.Equal(again, b) {
				t.Fatalf("%x becomes %x", b, again)
			}
		}
	})
}
