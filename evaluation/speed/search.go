package speed

import (
	"context"
	"errors"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"loradex/internal/fault"
	"loradex/internal/machine"
	"loradex/search"
	"loradex/search/tokens"
)

// SearchOptions say what [Search] measures.
type SearchOptions struct {
	Store      string // its name, for the report
	Sizes      []int  // of the indexes, in chunks, the smallest first
	Encode     int    // real chunks that texts and vectors are drawn from
	Queries, K int
	// Source is a folder of source code; see [DefaultSource].
	Source string
	// Dir keeps vectors and indexes, and is looked into for earlier ones.
	Dir string
	// Open opens the index of a folder.
	Open func(ctx context.Context, dir string, readOnly bool) (search.Backend, error)
	// Discard, where it is set, is called with the folder of every index that was measured.
	Discard func(ctx context.Context, dir string) error
}

// SearchReport is what `bench search --json` prints: the figures of one size lie at the top, those of --sizes in
// a list.
type SearchReport struct {
	Machine    machine.Facts    `json:"machine"`
	Store      string           `json:"store"`
	Encoded    int              `json:"encoded"` // real chunks that texts and vectors are drawn from
	Queries    int              `json:"queries"`
	K          int              `json:"k"`
	Neighbours *neighbourReport `json:"neighbours"`
	Formula    string           `json:"memory_formula,omitempty"`
	*SearchSize
	Sizes []*SearchSize `json:"sizes,omitempty"`
}

// SearchSize is what was measured over an index of one size.
type SearchSize struct {
	Chunks  int            `json:"chunks"`
	Vector  TimesMS        `json:"vector_ms"`
	Lexical TimesMS        `json:"lexical_ms"`
	Whole   TimesMS        `json:"whole_ms"`      // both, and reading the best chunks; encoding not
	ExactMS TimesMS        `json:"exact_ms"`      // the vector part by the exact scan
	Recall  float64        `json:"recall_at_k"`   // of the default mode against the exact scan
	OpenMS  float64        `json:"open_ms"`       // opening the index
	FirstMS float64        `json:"first_ms"`      // both searches, for the first time after that
	BuildS  float64        `json:"build_seconds"` // filling the store; 0 for a kept index
	Before  machine.Memory `json:"memory_before"`
	After   machine.Memory `json:"memory_after"`
	// Of the embedded store only: mapped bytes by the formula, and what lies on disk.
	Predicted int64        `json:"memory_predicted,omitempty"`
	Size      *search.Size `json:"size,omitempty"`
}

// memoryFormula is that of the embedded store.
const memoryFormula = "mapped: texts·(4·dimensions + 12) + chunks·(24 + 8·⌈dimensions/64⌉) bytes and the word files; a search: at most 2·chunks + 640·dimensions + 64·candidates more"

// Search fills indexes with chunks drawn from real ones and measures searches over them. Where several sizes are asked for,
// the report lists them; else the figures of the one lie at its top.
func Search(ctx context.Context, s Setup, o SearchOptions) (*SearchReport, error) {
	src, err := s.drawFrom(ctx, &o)
	if err != nil {
		return nil, err
	}
	doc := &SearchReport{Machine: machine.Read(), Store: o.Store, Encoded: o.Encode, Queries: len(src.queries), K: o.K}
	if doc.Neighbours, err = src.drawer.compare(ctx, o.Sizes[len(o.Sizes)-1]); err != nil {
		return nil, err
	}
	for _, n := range o.Sizes {
		s.step("%d chunks", n)
		dir := filepath.Join(o.Dir, "index-"+strconv.Itoa(n))
		size, err := s.searchSize(ctx, &o, dir, n, src)
		if o.Discard != nil { // a measurement that was stopped leaves nothing there, either
			err = errors.Join(err, o.Discard(context.WithoutCancel(ctx), dir))
		}
		if err != nil {
			return nil, err
		}
		if size.Size != nil {
			doc.Formula = memoryFormula
		}
		doc.Sizes = append(doc.Sizes, size)
	}
	return doc, nil
}

// searchSize fills an index, unless a kept one holds so many chunks, and measures it.
func (s *Setup) searchSize(ctx context.Context, so *SearchOptions, dir string, n int, src *drawSource) (*SearchSize, error) {
	built, err := s.fill(ctx, so, dir, n, src)
	if err != nil {
		return nil, err
	}
	debug.FreeOSMemory() // what filling left is not what searching takes
	out := &SearchSize{BuildS: built, Before: machine.ReadMemory()}
	start := time.Now()
	store, err := so.Open(ctx, dir, true)
	if err != nil {
		return nil, err
	}
	defer store.Close() //nolint:errcheck // it was only read
	out.OpenMS = inMS(time.Since(start))
	o := searchOptions{k: so.K, depth: max(100, so.K)}
	start = time.Now()
	if _, err := store.Dense(ctx, drawnSpace, src.queries[0].vector, search.Filter{}, o.depth, false); err != nil {
		return nil, err
	}
	if _, _, err := store.Lexical(ctx, search.Terms(tokens.Unique(src.queries[0].text)), search.Filter{}, o.depth); err != nil {
		return nil, err
	}
	out.FirstMS = inMS(time.Since(start))
	chunks, err := store.Count(ctx, nil, nil, "")
	if err != nil {
		return nil, err
	}
	times, err := measureSearches(ctx, store, src.queries, o)
	if err != nil {
		return nil, err
	}
	out.After = machine.ReadMemory()
	o.exact = true
	exact, err := measureSearches(ctx, store, src.queries[:min(50, len(src.queries))], o)
	if err != nil {
		return nil, err
	}
	out.Chunks, out.Recall = chunks[0], times.recall
	out.Vector, out.Lexical, out.Whole, out.ExactMS = times.dense, times.lexical, times.whole, exact.dense
	return out, out.sized(ctx, store, len(src.queries[0].vector))
}

// settle waits until a store that was filled is as it will be searched, for an hour at most.
func settle(ctx context.Context, s search.Backend) error {
	switch s := s.(type) {
	case interface {
		Flush(ctx context.Context) error
	}:
		return s.Flush(ctx) // an older build may have left vector files that this one does not take
	case interface {
		WaitIndexed(ctx context.Context, space string) error
	}:
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		return s.WaitIndexed(ctx, drawnSpace)
	default:
		return fault.New(fault.Internal, "a store of type %T is not known", s)
	}
}

// sized adds what only the embedded store says of its size.
func (s *SearchSize) sized(ctx context.Context, store search.Backend, dims int) error {
	held, err := store.Describe(ctx)
	if err != nil || held.Size == nil {
		return err
	}
	stats := held.Size
	s.Size, s.Predicted = stats, int64(stats.Vectors)*int64(4*dims+12)+int64(s.Chunks)*int64(24+8*((dims+63)/64))+stats.WordBytes
	return nil
}

// Chart draws time against size, as SVG.
func (r *SearchReport) Chart() string {
	lines := []chartLine{
		{Name: "whole query, p95"}, {Name: "whole query, p50"}, {Name: "exact vectors, p50"}, {Name: "vectors, p95"}, {Name: "vectors, p50"},
	}
	for _, s := range r.Sizes {
		for i, y := range []float64{s.Whole.P95, s.Whole.P50, s.ExactMS.P50, s.Vector.P95, s.Vector.P50} {
			lines[i].Points = append(lines[i].Points, chartPoint{X: float64(s.Chunks), Y: y})
		}
	}
	return logChart("Time of a search, without encoding the query", "chunks", "milliseconds", lines)
}
