package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loradex/cmd/loradex/internal/bench"
	"loradex/internal/config"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/searchbench"
	"loradex/workspace"
)

// searchBenchFlags are the flags of `bench search`.
type searchBenchFlags struct {
	benchFlags
	encode, maxTokens, queries, k, candidates int
	keep, sizes, chart, store                 string
}

// benchSearchDocument is what `bench search --json` prints: the figures of one size lie at the top, those of --sizes in
// a list.
type benchSearchDocument struct {
	Machine    bench.Machine           `json:"machine"`
	Store      string                  `json:"store"`
	Encoded    int                     `json:"encoded"` // real chunks that texts and vectors are drawn from
	Queries    int                     `json:"queries"`
	K          int                     `json:"k"`
	Neighbours *searchbench.Comparison `json:"neighbours"`
	Formula    string                  `json:"memory_formula,omitempty"`
	*searchSize
	Sizes []*searchSize `json:"sizes,omitempty"`
}

// searchSize is what was measured over an index of one size.
type searchSize struct {
	Chunks  int          `json:"chunks"`
	Vector  timesMS      `json:"vector_ms"`
	Lexical timesMS      `json:"lexical_ms"`
	Whole   timesMS      `json:"whole_ms"`      // both, and reading the best chunks; encoding not
	ExactMS timesMS      `json:"exact_ms"`      // the vector part by the exact scan
	Recall  float64      `json:"recall_at_k"`   // of the default mode against the exact scan
	OpenMS  float64      `json:"open_ms"`       // opening the index
	FirstMS float64      `json:"first_ms"`      // both searches, for the first time after that
	BuildS  float64      `json:"build_seconds"` // filling the store; 0 for a kept index
	Before  bench.Memory `json:"memory_before"`
	After   bench.Memory `json:"memory_after"`
	// Of the embedded store only: mapped bytes by the formula, and what lies on disk.
	Predicted int64        `json:"memory_predicted,omitempty"`
	Size      *search.Size `json:"size,omitempty"`
}

// timesMS are quantiles in milliseconds.
type timesMS struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func benchSearchCommand(a *app) *cobra.Command {
	var f searchBenchFlags
	c := &cobra.Command{
		Use: "search", Short: "Search over many chunks: times, recall, memory", Args: exactArgs(0, "no arguments"),
		Long: "Fills an index with chunks drawn from real ones, whose vectors come from the encoder, and measures searches over it.\n" +
			"Queries are real doc comments. Drawn vectors lie between real neighbours, with noise; how near neighbours are to each\n" +
			"other is printed beside the real ones. With --store qdrant the server of the settings qdrant.* is measured, when it has\n" +
			"put all vectors into its graph; recall is then against its own exact search. With --keep the vectors and the index stay for the next time; an index that was\n" +
			"interrupted goes on. A million chunks take 9 GB of disk. For one core use `taskset -c 0` on a kept index.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.pairs = bench.MinPairs
			sizes, err := f.check()
			if err != nil {
				return err
			}
			doc, err := a.benchSearch(cmd.Context(), f, sizes)
			if err != nil {
				return benchEnded(err)
			}
			if a.flags.json {
				return a.printJSON(doc)
			}
			a.showBenchSearch(doc)
			return nil
		},
	}
	f.addChunks(c, 100_000, "how many chunks the index holds")
	c.Flags().StringVar(&f.sizes, "sizes", "", "measure several sizes one after the other, such as 10000,100000,1000000")
	c.Flags().StringVar(&f.chart, "chart", "", "file for a chart of time against size (SVG), with --sizes")
	c.Flags().IntVar(&f.encode, "encode", 10_000, "how many real chunks are encoded to draw vectors from")
	c.Flags().IntVar(&f.maxTokens, "max-tokens", 64, "where they are cut: vectors of their beginnings are as good to measure with")
	c.Flags().IntVar(&f.queries, "queries", 300, "how many queries")
	c.Flags().IntVarP(&f.k, "k", "k", 10, "hits of a query")
	c.Flags().IntVar(&f.candidates, "candidates", 0, "how many rows of the sign-bit scan are scored exactly (default the store's own)")
	c.Flags().StringVar(&f.store, "store", "", "the store to measure: sqlite or qdrant (default what the setting index.store says)")
	completeFlag(c, "store", fixed(config.Stores()...))
	c.Flags().StringVar(&f.keep, "keep", "", "folder in which vectors and indexes are kept, and looked for (default a temporary one)")
	return c
}

// check refuses what gives no figure, and returns the sizes to measure.
func (f *searchBenchFlags) check() ([]int, error) {
	if err := f.benchFlags.check(); err != nil {
		return nil, err
	}
	if f.encode < 2 || f.maxTokens < 3 || f.queries < 1 || f.k < 1 || f.k > 1000 || f.candidates < 0 {
		return nil, usagef("see `loradex bench search --help`", "--encode, --max-tokens, --queries, --candidates or -k is out of range")
	}
	if f.store != "" && !slices.Contains(config.Stores(), f.store) {
		return nil, usagef("use "+strings.Join(config.Stores(), " or "), "--store is %q", f.store)
	}
	if f.store == workspace.InQdrant && f.candidates != 0 {
		return nil, usagef("leave it out", "--candidates is of the store sqlite; Qdrant has its own graph")
	}
	if f.sizes == "" {
		if f.chart != "" {
			return nil, usagef("name several sizes with --sizes", "--chart needs more than one size")
		}
		return []int{f.chunks}, nil
	}
	var sizes []int
	for _, word := range strings.Split(f.sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > 100_000_000 {
			return nil, usagef("as in --sizes 10000,100000", "%q of --sizes is not a number of chunks", word)
		}
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	return slices.Compact(sizes), nil
}

func (a *app) benchSearch(ctx context.Context, f searchBenchFlags, sizes []int) (*benchSearchDocument, error) {
	if f.store != "" {
		a.Config.Index.Store = f.store
	}
	dir, err := filepath.Abs(f.keep) // a server knows the index by it
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "--keep %s", f.keep)
	}
	if f.keep == "" {
		if dir, err = os.MkdirTemp("", "loradex-bench-*"); err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "a temporary folder")
		}
		a.OnClose(func() error { return os.RemoveAll(dir) })
	} else if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "--keep %s", dir)
	}
	src, err := a.searchBenchSource(ctx, f, dir)
	if err != nil {
		return nil, err
	}
	doc := &benchSearchDocument{
		Machine: bench.ReadMachine(), Store: a.Config.Index.Store, Encoded: f.encode, Queries: len(src.queries), K: f.k,
	}
	if doc.Store == workspace.InSQLite {
		doc.Formula = "mapped: texts·(4·dimensions + 12) + chunks·(24 + 8·⌈dimensions/64⌉) bytes; a search: at most 2·chunks + 640·dimensions + 64·candidates more"
	}
	if doc.Neighbours, err = src.drawer.Compare(ctx, sizes[len(sizes)-1]); err != nil {
		return nil, err
	}
	for _, n := range sizes {
		a.step("%s chunks", thousands(n))
		index := filepath.Join(dir, "index-"+strconv.Itoa(n))
		size, err := a.benchSize(ctx, f, index, n, src)
		if f.keep == "" && a.Config.Index.Store == workspace.InQdrant {
			// The server has no temporary folder. A measurement that was stopped leaves nothing there, either.
			err = errors.Join(err, qdrant.Destroy(context.WithoutCancel(ctx), filepath.ToSlash(index), a.QdrantOptions()))
		}
		if err != nil {
			return nil, err
		}
		doc.Sizes = append(doc.Sizes, size)
	}
	if f.chart != "" {
		if err := writeSearchChart(f.chart, doc.Sizes); err != nil {
			return nil, err
		}
	}
	if f.sizes == "" {
		doc.searchSize, doc.Sizes = doc.Sizes[0], nil
	}
	return doc, nil
}

// benchSize fills an index, unless a kept one holds so many chunks, and measures it.
func (a *app) benchSize(ctx context.Context, f searchBenchFlags, dir string, n int, src *searchBenchSource) (*searchSize, error) {
	built, err := a.fillBench(ctx, dir, n, f, src)
	if err != nil {
		return nil, err
	}
	debug.FreeOSMemory() // what filling left is not what searching takes
	out := &searchSize{BuildS: built, Before: bench.ReadMemory()}
	start := time.Now()
	store, err := a.openBench(ctx, dir, f, true)
	if err != nil {
		return nil, err
	}
	defer store.Close() //nolint:errcheck // it was only read
	out.OpenMS = msSince(start)
	o := searchbench.MeasureOptions{K: f.k, Depth: max(100, f.k)}
	start = time.Now()
	if _, err := store.Dense(ctx, searchbench.SpaceID, src.queries[0].Vector, o.Filter, o.Depth, false); err != nil {
		return nil, err
	}
	if _, _, err := store.Lexical(ctx, src.queries[0].Text, o.Filter, o.Depth); err != nil {
		return nil, err
	}
	out.FirstMS = msSince(start)
	report, err := searchbench.Measure(ctx, store, src.queries, o)
	if err != nil {
		return nil, err
	}
	out.After = bench.ReadMemory()
	o.Exact = true
	exact, err := searchbench.Measure(ctx, store, src.queries[:min(50, len(src.queries))], o)
	if err != nil {
		return nil, err
	}
	out.Chunks, out.Recall = report.Chunks, report.Recall
	out.Vector, out.Lexical, out.Whole, out.ExactMS = inMS(report.Dense), inMS(report.Lexical), inMS(report.Whole), inMS(exact.Dense)
	return out, out.sized(ctx, store, len(src.queries[0].Vector))
}

func inMS(t searchbench.Times) timesMS {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return timesMS{P50: ms(t.P50), P95: ms(t.P95), P99: ms(t.P99), Max: ms(t.Max)}
}

func msSince(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }
