package main

// This file finds the settings of ranking that suit data sets best: `eval tune`.

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/retrieval"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// tuneFlags are the flags of `eval tune`.
type tuneFlags struct {
	evalFlags
	adapter string
	write   string
	by      string
}

func evalTuneCommand(a *app) *cobra.Command {
	var f tuneFlags
	c := &cobra.Command{
		Use:   "tune --data DIR...",
		Short: "Find the fusion of vectors and words that suits data sets best",
		Long: "Searches every data set with each way of fusion and a grid of weights, and shows the mean over the sets, each counting\n" +
			"the same. Tune on judgements that you do not report on: the default is the split dev. --write puts the winner into a\n" +
			"loradex.yaml, whose other lines stay as they are.",
		Example: "  loradex eval tune --data csn_go --data cosqa --write loradex.yaml",
		Args:    exactArgs(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.evalTune(cmd.Context(), f) },
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "folder of a data set; may be given more than once")
	fl.StringVar(&f.split, "split", "dev", "which judgements: qrels/SPLIT.tsv")
	fl.StringVar(&f.adapter, "adapter", adapters.BaseMix, "mix for queries, and for documents unless its card says query side")
	fl.StringVar(&f.by, "by", "ndcg@10", "the metric that decides: ndcg@10 or mrr@10")
	fl.StringVar(&f.write, "write", "", "the loradex.yaml that gets the winner's settings")
	fl.BoolVar(&f.noCache, "no-cache", false, "encode everything anew, and keep no vectors for the next evaluation")
	if err := c.MarkFlagRequired("data"); err != nil {
		panic(err) // the flag is defined above
	}
	completeFlag(c, "adapter", a.completeMix)
	completeFlag(c, "split", fixed("dev", "train", "test"))
	return c
}

// tuneMetrics are the metrics of the table.
var tuneMetrics = []string{"ndcg@10", "mrr@10"}

// candidate is a setting and what it achieved.
type candidate struct {
	Fusion        search.Fusion      `json:"fusion"`
	LexicalWeight float64            `json:"lexical_weight"`
	RRFK          int                `json:"rrf_k,omitempty"` // of the fusion ranks
	Metrics       map[string]float64 `json:"metrics"`         // means over the data sets
	BySet         map[string]float64 `json:"by_set"`          // the deciding metric
}

// tuneDocument is what `eval tune --json` prints.
type tuneDocument struct {
	Split  string      `json:"split"`
	By     string      `json:"by"`
	Best   candidate   `json:"best"`
	Tried  []candidate `json:"tried"` // best first
	Dense  candidate   `json:"dense"` // for comparison: vectors alone
	Lex    candidate   `json:"lexical"`
	Sets   []string    `json:"sets"`
	Wrote  string      `json:"wrote,omitempty"`
	Answer int         `json:"queries"`
}

// candidates is the grid.
func candidates() []candidate {
	var list []candidate
	for _, w := range []float64{0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.6} {
		list = append(list, candidate{Fusion: search.FuseScores, LexicalWeight: w})
	}
	for _, k := range []int{10, 60} {
		for _, w := range []float64{0.25, 0.5, 0.75, 1} {
			list = append(list, candidate{Fusion: search.FuseRanks, LexicalWeight: w, RRFK: k})
		}
	}
	return list
}

func (a *app) evalTune(ctx context.Context, f tuneFlags) error {
	if !slices.Contains(tuneMetrics, f.by) {
		return usagef("ndcg@10 or mrr@10", "--by is %q", f.by)
	}
	mix, err := parseMix("adapter", f.adapter)
	if err != nil {
		return err
	}
	f.indexed.hits, f.indexed.depth, f.indexed.coverage = 10, 100, 1
	bar := a.Progress
	defer bar.Done()
	o := evaluation.Options{Metrics: tuneMetrics, Adapter: mix, Depth: f.indexed.hits}
	o.Bootstrap.Resamples = 1 // intervals are not shown
	o.Progress = func(p evaluation.Progress) { bar.Set(string(p.Stage), p.Done, p.Total, "") }
	if o.DocAdapter, err = a.documentMix(ctx, mix); err != nil {
		return err
	}
	eng, err := a.Engine(ctx)
	if err != nil {
		return err
	}
	if !f.noCache {
		if err := a.cacheVectors(ctx, eng, &o); err != nil {
			return err
		}
	}
	doc := tuneDocument{Split: f.split, By: f.by, Tried: candidates()}
	for _, dir := range f.data {
		if err := a.tuneOn(ctx, eng, dir, f, o, &doc); err != nil {
			return err
		}
	}
	bar.Done()
	all := []*candidate{&doc.Dense, &doc.Lex}
	for i := range doc.Tried {
		all = append(all, &doc.Tried[i])
	}
	for _, c := range all {
		for name := range c.Metrics {
			c.Metrics[name] /= float64(len(doc.Sets))
		}
	}
	slices.SortStableFunc(doc.Tried, func(x, y candidate) int { return cmp.Compare(y.Metrics[f.by], x.Metrics[f.by]) })
	doc.Best = doc.Tried[0]
	if f.write != "" {
		if err := writeFusion(f.write, doc.Best); err != nil {
			return err
		}
		doc.Wrote = f.write
	}
	if a.flags.json {
		return a.printJSON(doc)
	}
	return a.showTuned(doc)
}

// tuneOn measures all candidates on one data set.
func (a *app) tuneOn(ctx context.Context, eng *workspace.Engine, dir string, f tuneFlags, o evaluation.Options, doc *tuneDocument) error {
	ds, err := openDatasets([]string{dir}, f.split, nil)
	if err != nil {
		return err
	}
	if slices.Contains(doc.Sets, ds.Name) {
		return fault.New(fault.Invalid, "two data sets are called %s", ds.Name).WithHint("rename the folder of one")
	}
	set, err := a.prepareIndexed(ctx, eng, ds, retrieval.Documents(ds), f.evalFlags, o)
	if err != nil {
		return err
	}
	defer set.close()
	measure := func(mode search.Mode, c *candidate) error {
		f.indexed.Mode = mode
		s := a.Ranking()
		s.Fusion, s.LexicalWeight = c.Fusion, c.LexicalWeight
		if c.RRFK > 0 {
			s.RRFK = c.RRFK
		}
		rankings, err := set.rank(ctx, f.evalFlags, s, o.Progress)
		if err != nil {
			return err
		}
		report, _, err := evaluation.RunRankings(ctx, rankings, ds, o)
		if err != nil {
			return err
		}
		if c.Metrics == nil {
			c.Metrics, c.BySet = map[string]float64{}, map[string]float64{}
		}
		for _, name := range tuneMetrics {
			c.Metrics[name] += report.Metrics[name]
		}
		c.BySet[ds.Name] = report.Metrics[f.by]
		return nil
	}
	if err := measure(search.Dense, &doc.Dense); err != nil {
		return err
	}
	if err := measure(search.Lexical, &doc.Lex); err != nil {
		return err
	}
	for i := range doc.Tried {
		if err := measure(search.Hybrid, &doc.Tried[i]); err != nil {
			return err
		}
	}
	doc.Sets = append(doc.Sets, ds.Name)
	doc.Answer += len(ds.Queries)
	return nil
}

func (a *app) showTuned(doc tuneDocument) error {
	a.printf("%d queries of %d data sets, split %s; by %s\n\n", doc.Answer, len(doc.Sets), doc.Split, doc.By)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "FUSION\tWEIGHT\tK\tNDCG@10\tMRR@10")
	for _, name := range doc.Sets {
		fmt.Fprintf(w, "\t%s", name)
	}
	fmt.Fprintln(w)
	row := func(name, weight, k string, c candidate) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.4f\t%.4f", name, weight, k, c.Metrics["ndcg@10"], c.Metrics["mrr@10"])
		for _, set := range doc.Sets {
			fmt.Fprintf(w, "\t%.4f", c.BySet[set])
		}
		fmt.Fprintln(w)
	}
	for _, c := range doc.Tried {
		k := ""
		if c.RRFK > 0 {
			k = itoa(c.RRFK)
		}
		row(string(c.Fusion), fmt.Sprintf("%g", c.LexicalWeight), k, c)
	}
	row("(vectors)", "", "", doc.Dense)
	row("(words)", "", "", doc.Lex)
	if err := w.Flush(); err != nil {
		return err
	}
	a.printf("\nsearch.fusion: %s, search.lexical_weight: %g", doc.Best.Fusion, doc.Best.LexicalWeight)
	if doc.Best.RRFK > 0 {
		a.printf(", search.rrf_k: %d", doc.Best.RRFK)
	}
	a.printf("\n")
	if doc.Wrote != "" {
		a.Note("written to %s", doc.Wrote)
	}
	return nil
}
