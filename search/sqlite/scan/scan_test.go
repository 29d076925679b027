package scan_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"loradex/search/sqlite/scan"
)

func random(r *rand.Rand, dims int) []float32 {
	v := make([]float32, dims)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// rows makes n random vectors with their plan.
func rows(r *rand.Rand, n, dims int) ([][]float32, scan.Plan) {
	words := scan.Words(dims)
	signs := make([]uint64, n*words)
	vectors := make([][]float32, n)
	for i := range vectors {
		vectors[i] = random(r, dims)
		scan.Signs(signs[i*words:], vectors[i])
	}
	return vectors, scan.Plan{Parts: []scan.Part{{Signs: signs}}, Words: words, Dims: dims}
}

// candidates calls Candidates and wants no error.
func candidates(t testing.TB, p scan.Plan, query []float32, allowed []uint64, want int) []uint32 {
	t.Helper()
	rows, err := p.Candidates(t.Context(), query, allowed, want)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestDot(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 70 {
		a, b := random(r, n), random(r, n)
		var want float64
		for i := range a {
			want += float64(a[i]) * float64(b[i])
		}
		if got := scan.Dot(a, b); math.Abs(float64(got)-want) > 1e-4 {
			t.Errorf("%d dimensions: %v, want %v", n, got, want)
		}
	}
}

func TestSigns(t *testing.T) {
	for _, dims := range []int{1, 63, 64, 65, 384} {
		v := random(rand.New(rand.NewPCG(2, uint64(dims))), dims)
		v[0] = 0
		dst := make([]uint64, scan.Words(dims))
		for i := range dst {
			dst[i] = ^uint64(0) // must be overwritten, the bits behind the end too
		}
		scan.Signs(dst, v)
		set := 0
		for i, x := range v {
			if bit := dst[i/64]>>(i%64)&1 == 1; bit != (x >= 0) {
				t.Errorf("%d dimensions: bit %d is %v for %v", dims, i, bit, x)
			}
			if x >= 0 {
				set++
			}
		}
		ones := 0
		for _, w := range dst {
			ones += bits.OnesCount64(w)
		}
		if ones != set {
			t.Errorf("%d dimensions: %d bits set, want %d", dims, ones, set)
		}
	}
}

// TestCandidates compares with the definition: the rows of smallest Hamming distance, of which those with the greatest
// dot products of query and signs. Fast paths, filters and sizes must not change that.
func TestCandidates(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, dims := range []int{1, 7, 64, 70, 128, 384} {
		_, p := rows(r, 700, dims)
		for _, want := range []int{0, 1, 5, 40, 87, 88, 1000} {
			for _, filtered := range []bool{false, true} {
				query := random(r, dims)
				var allowed []uint64
				if filtered {
					allowed = make([]uint64, (p.Rows()+63)/64)
					for i := range allowed {
						allowed[i] = r.Uint64()
					}
				}
				got := candidates(t, p, query, allowed, want)
				if exp := reference(p, query, allowed, want); !slices.Equal(got, exp) {
					t.Errorf("%d dimensions, %d wanted, filtered %v:\n got %v\nwant %v", dims, want, filtered, got, exp)
				}
			}
		}
	}
}

func reference(p scan.Plan, query []float32, allowed []uint64, want int) []uint32 {
	type row struct {
		id       uint32
		distance int
		estimate float32
	}
	q := make([]uint64, p.Words)
	scan.Signs(q, query)
	var all []row
	for i := range p.Rows() {
		if len(allowed) > 0 && allowed[i/64]>>(i%64)&1 == 0 {
			continue
		}
		r := row{id: uint32(i)}
		for w := range p.Words {
			x := p.Parts[0].Signs[i*p.Words+w]
			r.distance += bits.OnesCount64(x ^ q[w])
		}
		for d, x := range query {
			if p.Parts[0].Signs[i*p.Words+d/64]>>(d%64)&1 == 0 {
				x = -x
			}
			r.estimate += x
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b row) int { return cmp.Compare(a.distance, b.distance) })
	all = all[:min(len(all), want*scan.Oversample)]
	if len(all) > want {
		// Estimates are sums in another order, so rows that nearly tie may differ: none do with these seeds.
		slices.SortStableFunc(all, func(a, b row) int {
			return cmp.Or(cmp.Compare(round(b.estimate), round(a.estimate)), cmp.Compare(a.id, b.id))
		})
		all = all[:want]
	}
	var ids []uint32
	for _, r := range all {
		ids = append(ids, r.id)
	}
	slices.Sort(ids)
	return ids
}

func round(x float32) float64 { return math.Round(float64(x)*1e4) / 1e4 }

func TestTop(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 200 {
		n, k := r.IntN(60), r.IntN(20)
		a, b := scan.NewTop(k), scan.NewTop(k)
		var all []scan.Hit
		for i := range n {
			h := scan.Hit{ID: int64(i), Score: float32(r.IntN(8))} // many ties
			all = append(all, h)
			if r.IntN(2) == 0 {
				a.Push(h.ID, h.Score)
			} else {
				b.Push(h.ID, h.Score)
			}
		}
		slices.SortFunc(all, func(x, y scan.Hit) int {
			return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.ID, y.ID))
		})
		a.Merge(b)
		if got, want := a.Sorted(), all[:min(n, k)]; !slices.Equal(got, want) {
			t.Fatalf("best %d of %d: %v, want %v", k, n, got, want)
		}
	}
}

// TestPartsAndWorkers: rows in several parts, with numbers left out between them, and any number of goroutines give
// what one run of the same rows gives.
func TestPartsAndWorkers(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	const n, dims, cut = 140_000, 64, 100_001
	signs := make([]uint64, n)
	for i := range signs {
		signs[i] = r.Uint64()
	}
	whole := scan.Plan{Parts: []scan.Part{{Signs: signs}}, Words: 1, Dims: dims, Workers: 1}
	second := (cut + 63) / 64 * 64
	guarded := atomic.Int32{}
	split := scan.Plan{
		Parts: []scan.Part{{Signs: signs[:cut]}, {First: second, Signs: signs[cut:]}}, Words: 1, Dims: dims, Workers: 3,
		Guard: func(work func() error) error { guarded.Add(1); return work() },
	}
	moved := func(row uint32) uint32 { // from whole to split
		if row >= cut {
			return row - cut + uint32(second)
		}
		return row
	}
	for i := range 10 {
		query := random(r, dims)
		var allowed, allowedSplit []uint64
		if i%2 == 1 {
			allowed, allowedSplit = make([]uint64, (n+63)/64), make([]uint64, (split.Rows()+63)/64)
			for row := range n {
				if row/1000%3 > 0 || r.IntN(3) == 0 { // long runs, and single ones
					allowed[row/64] |= 1 << (row % 64)
					to := moved(uint32(row))
					allowedSplit[to/64] |= 1 << (to % 64)
				}
			}
		}
		want := candidates(t, whole, query, allowed, 200)
		for i := range want {
			want[i] = moved(want[i])
		}
		if got := candidates(t, split, query, allowedSplit, 200); len(got) != 200 || !slices.Equal(got, want) {
			t.Fatalf("search %d:\n got %v\nwant %v", i, got, want)
		}
	}
	if guarded.Load() < 20 {
		t.Errorf("the guard ran %d times", guarded.Load())
	}
}

func TestEndedSearch(t *testing.T) {
	_, p := rows(rand.New(rand.NewPCG(9, 9)), 100, 64)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Candidates(ctx, make([]float32, 64), nil, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	p.Guard = func(func() error) error { return errors.New("cut short") }
	if _, err := p.Candidates(t.Context(), make([]float32, 64), nil, 5); err == nil {
		t.Error("the guard's error is lost")
	}
}

// TestNoGarbage: a search of many rows leaves little behind, whatever their number.
func TestNoGarbage(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	_, p := rows(r, 20_000, 64)
	query := random(r, 64)
	candidates(t, p, query, nil, 100) // fills the pool
	if n := testing.AllocsPerRun(50, func() { candidates(t, p, query, nil, 100) }); n > 24 {
		t.Errorf("%v allocations a search", n)
	}
}

func BenchmarkCandidates(b *testing.B) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{100_000, 1_000_000} {
		signs := make([]uint64, n*6)
		for i := range signs {
			signs[i] = r.Uint64()
		}
		query := random(r, 384)
		for _, workers := range []int{1, 2} {
			p := scan.Plan{Parts: []scan.Part{{Signs: signs}}, Words: 6, Dims: 384, Workers: workers}
			b.Run(fmt.Sprintf("rows=%d/workers=%d", n, workers), func(b *testing.B) {
				for b.Loop() {
					candidates(b, p, query, nil, 500)
				}
			})
		}
	}
}

func BenchmarkDot384(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 7))
	x, y := random(r, 384), random(r, 384)
	var sum float32
	for b.Loop() {
		sum += scan.Dot(x, y)
	}
	_ = sum
}
