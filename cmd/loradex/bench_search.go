package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"loradex/embed"
	"loradex/evaluation/speed"
	"loradex/internal/config"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// searchBenchFlags are the flags of `bench search`.
type searchBenchFlags struct {
	benchFlags
	encode, maxTokens, queries, k, candidates int
	keep, sizes, chart, store                 string
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
			f.pairs = speed.MinPairs
			sizes, err := f.check()
			if err != nil {
				return err
			}
			doc, err := f.run(cmd.Context(), a, sizes)
			if err != nil {
				return canceled(err, "the measurement", "")
			}
			return a.result(doc, func() { a.showBenchSearch(doc, a.Config.Qdrant.Address) })
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

func (f *searchBenchFlags) run(ctx context.Context, a *app, sizes []int) (*speed.SearchReport, error) {
	if f.store == "" {
		f.store = a.Config.Index.Store
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
	enc, err := a.Encoder(ctx, func(o *embed.Options) { o.MaxTokens, o.Window = f.maxTokens, 0 })
	if err != nil {
		return nil, err
	}
	defer a.Progress.Done()
	setup, err := f.setup(ctx, a, enc)
	if err != nil {
		return nil, err
	}
	setup.Progress = func(phase string, done, total int) { a.Progress.Set(phase, done, total, "") }
	o := speed.SearchOptions{
		Store: f.store, Sizes: sizes, Encode: f.encode, Queries: f.queries, K: f.k, Source: f.sourceDir(ctx), Dir: dir,
		Open: func(ctx context.Context, dir string, readOnly bool) (search.Backend, error) {
			return a.OpenScratch(ctx, dir, f.store, f.candidates, readOnly)
		},
	}
	if f.keep == "" && f.store == workspace.InQdrant { // the server has no temporary folder
		o.Discard = a.DropScratch
	}
	doc, err := speed.Search(ctx, setup, o)
	if err != nil {
		return nil, err
	}
	if f.chart != "" {
		if err := os.MkdirAll(filepath.Dir(f.chart), 0o750); err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "chart %s", f.chart)
		}
		if err := os.WriteFile(f.chart, []byte(doc.Chart()), 0o644); err != nil { //nolint:gosec // a picture for everybody
			return nil, fault.Wrap(fault.Unavailable, err, "chart %s", f.chart)
		}
	}
	if f.sizes == "" {
		doc.SearchSize, doc.Sizes = doc.Sizes[0], nil
	}
	return doc, nil
}
