package main

// This file measures what is left of a retriever's quality when texts change, and in pools of few documents:
// `eval robust`.

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"loradex/evaluation"
	"loradex/evaluation/experiment"
	"loradex/evaluation/page"
	"loradex/evaluation/perturb"
	"loradex/evaluation/robust"
)

// robustFlags are the flags of `eval robust`.
type robustFlags struct {
	data, lang, adapters []string
	split, names, out    string
	perturb, pools       []string
	seed                 uint64
	typoRate             float64
	noCache, strict      bool
}

func evalRobustCommand(a *app) *cobra.Command {
	var f robustFlags
	c := &cobra.Command{
		Use:   "robust --data DIR [--adapter MIX]...",
		Short: "Measure how MRR falls when names, comments or spelling change, and with more documents",
		Long: "Measures the base and each mix on the texts as they are and after each perturbation, over pools of few documents and\n" +
			"over all. Every figure comes with its difference to the texts as they are and to the base, with paired 95 % intervals.\n\n" +
			"Perturbations:\n" +
			"  rename    names of locals, parameters, functions and methods in documents that say nothing\n" +
			"  comments  documents without comments and docstrings\n" +
			"  typos     misspelled words in queries\n" +
			"  lower     queries in lower case without punctuation\n\n" +
			"Code is changed by its syntax tree and parsed again; what cannot be changed safely stays as it is and is counted.\n" +
			"A pool holds a query's relevant documents and others by lot. Vectors are kept in LORADEX_HOME, so that a run that was\n" +
			"stopped goes on where it was.",
		Example: "  loradex eval robust --data csn_go --adapter my-go --out robust",
		Args:    exactArgs(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.measure(cmd.Context(), a) },
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "folder of the data set; several ask the queries of each over the documents of all")
	splitFlag(c, &f.split, "test")
	fl.StringArrayVar(&f.adapters, "adapter", nil, "mix to measure beside the base, for documents too unless its card says query side; may be repeated")
	fl.StringSliceVar(&f.lang, "lang", nil, "language of the documents, one or one for each --data (default as in eval run)")
	fl.StringSliceVar(&f.perturb, "perturb", texts(perturb.Kinds()), "what to change, each by itself")
	fl.StringSliceVar(&f.pools, "pools", nil, "numbers of documents that are ranked for a query (default 10,100,1000,all, but those that do not\nhold the relevant documents of a query)")
	fl.Uint64Var(&f.seed, "seed", 1, "decides pools and changes")
	fl.StringVar(&f.names, "names", string(perturb.Numbered), "what renamed identifiers are called: numbered (var1, func1) or words")
	fl.Float64Var(&f.typoRate, "typo-rate", 0.3, "chance of a word of at least four letters to be misspelled")
	fl.StringVar(&f.out, "out", "", "folder for the report, the changed texts and the values of each query")
	noCacheFlag(c, &f.noCache)
	strictFlag(c, &f.strict)
	required(c, "data")
	completeFlag(c, "adapter", completeMix(a))
	completeFlag(c, "perturb", fixed(perturb.Kinds()...))
	completeFlag(c, "names", fixed(perturb.Numbered, perturb.Words))
	return c
}

// options reads what is measured.
func (f *robustFlags) options() (robust.Options, error) {
	o := robust.Options{Seed: f.seed, Text: perturb.Options{Names: perturb.Names(f.names), TypoRate: f.typoRate}, Perturb: []perturb.Kind{}}
	if f.typoRate == 0 {
		return o, usagef("leave typos out of --perturb for none", "--typo-rate is 0")
	}
	for _, name := range f.perturb {
		k, err := perturb.ParseKind(name)
		if err != nil {
			return o, usage(wrapFlag("perturb", err))
		}
		o.Perturb = append(o.Perturb, k)
	}
	for _, text := range f.pools {
		n := robust.All
		if text != "all" {
			var err error
			if n, err = strconv.Atoi(text); err != nil || n < 1 {
				return o, usagef("such as 10,100,1000,all", "--pools: %q is neither a number of documents nor all", text)
			}
		}
		o.Pools = append(o.Pools, n)
	}
	if err := o.Validate(); err != nil {
		return o, usage(err)
	}
	return o, experiment.CheckFolder(f.out, evaluation.RunFile)
}

func (f *robustFlags) measure(ctx context.Context, a *app) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	mixes, err := parseMixes("adapter", f.adapters)
	if err != nil {
		return err
	}
	ds, err := experiment.OpenData(f.data, f.split, f.lang, f.strict)
	if err != nil {
		return err
	}
	defer a.Progress.Done()
	o.Progress = func(label string, done, total int) { a.Progress.Set(label, done, total, "") }
	report, err := a.Lab(f.noCache).Robust(ctx, ds, mixes, o)
	if err != nil {
		hint := "the same command encodes only what is missing"
		if f.noCache {
			hint = "without --no-cache, the same command would encode only what is missing"
		}
		return canceled(err, "the evaluation", hint)
	}
	a.Progress.Done()
	if f.out != "" {
		if err := robust.Save(f.out, report); err != nil {
			return err
		}
		a.Note("report, changed texts and the values of each query are in %s", f.out)
	}
	if a.json {
		return a.printJSON(report)
	}
	return page.WriteRobust(a.out, report)
}
