package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loradex/cmd/loradex/internal/bench"
	"loradex/embed"
	"loradex/internal/fault"
	"loradex/search/searchbench"
	"loradex/search/sqlite"
)

// searchBenchFlags are the flags of `bench search`.
type searchBenchFlags struct {
	benchFlags
	encode, maxTokens, queries, k, candidates int
	keep                                      string
}

// benchSearchDocument is what `bench search --json` prints.
type benchSearchDocument struct {
	Machine   bench.Machine `json:"machine"`
	Chunks    int           `json:"chunks"`
	Encoded   int           `json:"encoded"` // real chunks that the vectors are drawn from; 0 for a kept index
	Queries   int           `json:"queries"`
	K         int           `json:"k"`
	Vector    timesMS       `json:"vector_ms"`
	Lexical   timesMS       `json:"lexical_ms"`
	Whole     timesMS       `json:"whole_ms"`      // both, and reading the best chunks; encoding not
	ExactMS   timesMS       `json:"exact_ms"`      // the vector part by the exact scan
	Recall    float64       `json:"recall_at_k"`   // of the default mode against the exact scan
	OpenMS    float64       `json:"open_ms"`       // opening the index
	FirstMS   float64       `json:"first_ms"`      // both searches, for the first time after that
	BuildS    float64       `json:"build_seconds"` // filling the store; 0 for a kept index
	Before    bench.Memory  `json:"memory_before"`
	After     bench.Memory  `json:"memory_after"`
	Formula   string        `json:"memory_formula"`
	Predicted int64         `json:"memory_predicted"` // mapped bytes by the formula
	Size      sqlite.Stats  `json:"size"`
}

// timesMS are quantiles in milliseconds.
type timesMS struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	Max float64 `json:"max"`
}

func benchSearchCommand(a *app) *cobra.Command {
	var f searchBenchFlags
	c := &cobra.Command{
		Use: "search", Short: "Search over many chunks: times, recall, memory", Args: exactArgs(0, "no arguments"),
		Long: "Fills an index with chunks drawn from real ones, whose vectors come from the encoder, and measures searches over it.\n" +
			"Queries are real doc comments. The fewer real chunks, the more near copies each has and the harder it is to tell which\n" +
			"is nearest: recall is then lower than among real ones. For one core make the index with --keep, and measure again\n" +
			"under `taskset -c 0`.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.pairs = bench.MinPairs
			if err := f.check(); err != nil {
				return err
			}
			if f.encode < 1 || f.maxTokens < 3 || f.queries < 1 || f.k < 1 || f.k > 1000 {
				return usagef("see `loradex bench search --help`", "--encode, --max-tokens, --queries or -k is out of range")
			}
			doc, err := a.benchSearch(cmd.Context(), f)
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
	c.Flags().IntVar(&f.encode, "encode", 10_000, "how many real chunks are encoded to draw vectors from")
	c.Flags().IntVar(&f.maxTokens, "max-tokens", 64, "where they are cut: vectors of their beginnings are as good to measure with")
	c.Flags().IntVar(&f.queries, "queries", 300, "how many queries")
	c.Flags().IntVarP(&f.k, "k", "k", 10, "hits of a query")
	c.Flags().IntVar(&f.candidates, "candidates", 0, "how many rows of the sign-bit scan are scored exactly (default the store's own)")
	c.Flags().StringVar(&f.keep, "keep", "", "folder in which the index is kept, and looked for (default a temporary one)")
	return c
}

func (a *app) benchSearch(ctx context.Context, f searchBenchFlags) (*benchSearchDocument, error) {
	if a.config.Index.Store != inSQLite {
		return nil, fault.New(fault.Unsupported, "`loradex bench search` measures the store sqlite only, and index.store is %s", a.config.Index.Store).
			WithHint("set LORADEX_INDEX_STORE=sqlite for it")
	}
	eng, err := a.openEngine(ctx, func(o *embed.Options) { o.MaxTokens, o.Window = f.maxTokens, 0 })
	if err != nil {
		return nil, err
	}
	// Chunks with a doc comment give queries; they come from beyond those that are stored, so no query finds itself.
	texts, err := f.texts(ctx, f.encode+f.queries*8)
	if err != nil {
		return nil, err
	}
	queries, err := searchQueries(ctx, eng.enc, texts[f.encode:], f.queries)
	if err != nil {
		return nil, err
	}
	dir := f.keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "loradex-bench-*"); err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "a temporary folder")
		}
		a.onClose(func() error { return os.RemoveAll(dir) })
	}
	doc := &benchSearchDocument{Machine: bench.ReadMachine(), Queries: len(queries), K: f.k}
	if err := a.fillBench(ctx, filepath.Join(dir, "index"), f, eng.enc, texts[:f.encode], doc); err != nil {
		return nil, err
	}
	doc.Before = bench.ReadMemory()
	start := time.Now()
	store, err := sqlite.Open(ctx, filepath.Join(dir, "index"), sqlite.Options{ReadOnly: true, Candidates: f.candidates})
	if err != nil {
		return nil, err
	}
	a.onClose(store.Close)
	doc.OpenMS = msSince(start)
	o := searchbench.MeasureOptions{K: f.k, Depth: max(100, f.k)}
	start = time.Now()
	if _, err := store.Dense(ctx, searchbench.SpaceID, queries[0].Vector, o.Filter, o.Depth, false); err != nil {
		return nil, err
	}
	if _, err := store.Lexical(ctx, queries[0].Text, o.Filter, o.Depth); err != nil {
		return nil, err
	}
	doc.FirstMS = msSince(start)
	a.step("%d queries", len(queries))
	report, err := searchbench.Measure(ctx, store, queries, o)
	if err != nil {
		return nil, err
	}
	doc.After = bench.ReadMemory()
	o.Exact = true
	exact, err := searchbench.Measure(ctx, store, queries[:min(50, len(queries))], o)
	if err != nil {
		return nil, err
	}
	doc.Chunks, doc.Recall = report.Chunks, report.Recall
	doc.Vector, doc.Lexical, doc.Whole, doc.ExactMS = inMS(report.Dense), inMS(report.Lexical), inMS(report.Whole), inMS(exact.Dense)
	if doc.Size, err = store.Stats(ctx); err != nil {
		return nil, err
	}
	d := eng.enc.Dimensions()
	doc.Formula = "mapped: texts·(4·dimensions + 12) + chunks·(24 + 8·⌈dimensions/64⌉) bytes; a search: 2·chunks + 132·dimensions more"
	doc.Predicted = int64(doc.Size.Vectors)*int64(4*d+12) + int64(doc.Chunks)*int64(24+8*((d+63)/64))
	return doc, nil
}

// searchQueries makes queries of the first sentences of doc comments.
func searchQueries(ctx context.Context, enc *embed.Encoder, texts []bench.Text, n int) ([]searchbench.Query, error) {
	var queries []searchbench.Query
	var rows []embed.Row
	for _, t := range texts {
		sentence, _, _ := strings.Cut(strings.Join(strings.Fields(t.Chunk.Doc), " "), ". ")
		if words := len(strings.Fields(sentence)); words < 4 || words > 30 {
			continue
		}
		if len(queries) == n {
			break
		}
		queries = append(queries, searchbench.Query{Text: sentence})
		rows = append(rows, embed.Row{Text: sentence, Role: embed.Query})
	}
	if len(queries) < n {
		return nil, fault.New(fault.Invalid, "the source has %d doc comments for queries, not %d", len(queries), n).
			WithHint("name a larger folder with --source, or ask for fewer with --queries")
	}
	vectors, err := enc.Encode(ctx, rows)
	if err != nil {
		return nil, err
	}
	for i, v := range vectors {
		queries[i].Vector = v
	}
	return queries, nil
}

// fillBench makes the index, unless a kept one holds it.
func (a *app) fillBench(ctx context.Context, dir string, f searchBenchFlags, enc *embed.Encoder, texts []bench.Text, doc *benchSearchDocument) error {
	store, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // what was written is durable already; a failed fill has its own error
	have, err := store.ChunkCount(ctx)
	if err != nil {
		return err
	}
	if have == f.chunks {
		return nil
	}
	if have != 0 {
		return fault.New(fault.Conflict, "%s holds %d chunks, not %d", dir, have, f.chunks).WithHint("remove it, or name another folder with --keep")
	}
	a.step("encoding %d chunks", len(texts))
	src := searchbench.Source{}
	bar := a.newProgress()
	defer bar.done()
	for from := 0; from < len(texts); from += embedBatch {
		part := texts[from:min(from+embedBatch, len(texts))]
		rows := make([]embed.Row, len(part))
		for i, t := range part {
			rows[i] = embed.Row{Text: t.Text}
			src.Texts = append(src.Texts, t.Chunk.Text)
		}
		vectors, err := enc.Encode(ctx, rows)
		if err != nil {
			return err
		}
		src.Vectors = append(src.Vectors, vectors...)
		bar.set("encode", from+len(part), len(texts))
	}
	doc.Encoded = len(texts)
	start := time.Now()
	err = searchbench.Fill(ctx, store, src, searchbench.FillOptions{
		Chunks: f.chunks, Seed: 1,
		Progress: func(done int) { bar.set("fill", done, f.chunks) },
	})
	doc.BuildS = time.Since(start).Seconds()
	return err
}

func inMS(t searchbench.Times) timesMS {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return timesMS{P50: ms(t.P50), P95: ms(t.P95), Max: ms(t.Max)}
}

func msSince(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }

func (a *app) showBenchSearch(d *benchSearchDocument) {
	a.showMachine(d.Machine)
	a.printf("index         %s chunks, %s vectors, %s database, %s vector files\n", thousands(d.Chunks), thousands(d.Size.Vectors),
		bytesText(d.Size.DatabaseBytes), bytesText(d.Size.VectorBytes))
	t := newTable("MILLISECONDS", "P50", "P95", "MAX")
	for _, row := range []struct {
		name string
		t    timesMS
	}{{"vector part", d.Vector}, {"lexical part", d.Lexical}, {"whole query", d.Whole}, {"exact vectors", d.ExactMS}} {
		t.row(row.name, msText(row.t.P50), msText(row.t.P95), msText(row.t.Max))
	}
	t.write(a.out)
	a.printf("recall@%d     %.4f over %d queries, against the exact scan\n", d.K, d.Recall, d.Queries)
	a.printf("open          %.1f ms, first query %.1f ms\n", d.OpenMS, d.FirstMS)
	a.printf("memory        %s before, %s after (%s own, %s files); the formula gives %s mapped\n", bytesText(d.Before.Total),
		bytesText(d.After.Total), bytesText(d.After.Private), bytesText(d.After.Mapped), bytesText(d.Predicted))
	a.printf("formula       %s\n", d.Formula)
}
