package main

// This file turns the flags of `eval run` into the options of an experiment. It checks what only a command line can get wrong:
// flags that are given beside others.

import (
	"github.com/spf13/cobra"

	"loradex/evaluation/experiment"
	"loradex/search"
	"loradex/workspace"
)

// indexedFlags are the flags that put documents into an index.
type indexedFlags struct {
	experiment.Index
	mode, languageWise string
}

var indexedFlagNames = []string{"mode", "language-wise", "coverage", "coverage-seed", "hits", "depth", "indexed", "exact"}

func (f *indexedFlags) register(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.mode, "mode", "dense", "dense, lexical or hybrid")
	fl.StringVar(&f.languageWise, "language-wise", "", "LANGUAGE=MIX,...: documents of each language and the queries for them get a mix of their own")
	fl.Float64Var(&f.Coverage, "coverage", 1, "share of the documents that have a vector, as in an index that is being filled")
	fl.Uint64Var(&f.Seed, "coverage-seed", experiment.UsualSeed, "picks the documents that have one")
	fl.IntVar(&f.Hits, "hits", 100, "hits kept for each query of an indexed search")
	fl.IntVar(&f.Depth, "depth", experiment.UsualDepth, "hits of each ranking that are fused")
	fl.BoolVar(&f.Through, "indexed", false, "search an index for --mode dense, too")
	fl.BoolVar(&f.Exact, "exact", false, "score every vector of the index, not only candidates by sign bits")
	completeFlag(c, "mode", fixed("hybrid", "dense", "lexical"))
}

// gateFlags are the flags that hold an evaluation against a baseline.
type gateFlags struct{ experiment.Baseline }

func (g *gateFlags) register(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&g.Folder, "baseline", "", "folder that --out made, or its report.json: exit 1 when the metric has dropped from there; see docs/evaluation.md")
	fl.StringSliceVar(&g.On, "on", []string{"mrr@10"}, "the metrics that must not drop")
	fl.Float64Var(&g.MaxDrop, "max-drop", 0.01, "how much a metric may drop; more fails where it is significant, too")
	fl.StringVar(&g.JUnit, "junit", "", "write the outcome of --baseline as JUnit XML")
}

// splitFlag adds the flag that picks judgements.
func splitFlag(c *cobra.Command, split *string, usual string) {
	c.Flags().StringVar(split, "split", usual, "which judgements: qrels/SPLIT.tsv")
	completeFlag(c, "split", fixed("test", "dev", "train"))
}

// noCacheFlag adds the flag that does without kept vectors.
func noCacheFlag(c *cobra.Command, noCache *bool) {
	c.Flags().BoolVar(noCache, "no-cache", false, "encode everything anew, and keep no vectors for the next evaluation")
}

// strictFlag adds the flag that refuses data sets with holes.
func strictFlag(c *cobra.Command, strict *bool) {
	c.Flags().BoolVar(strict, "strict", false, "judgements of documents or queries that are not there are an error; else they are\nleft out and counted")
}

// options reads the flags.
func (f *evalFlags) options(cmd *cobra.Command, getenv func(string) string) (experiment.Options, error) {
	o := experiment.Options{
		Data: f.data, Split: f.split, Languages: f.lang, Template: f.template, Metrics: f.metrics, Pool: f.pool, PoolSeed: f.poolSeed, Code: codeName(),
		Strict: f.strict, ExcludeSelf: f.excludeSelf, MaxTokens: f.maxTokens, Index: f.indexed.Index, RunFile: f.run, Out: f.out, Baseline: f.gate.Baseline,
	}
	o.Index.Mode = search.Mode(f.indexed.mode)
	var err error
	if f.indexed.languageWise != "" {
		if o.Index.Languages, err = workspace.ParseLanguageMixes(f.indexed.languageWise); err != nil {
			return o, err
		}
	}
	if err := f.contradictions(cmd, &o.Index); err != nil {
		return o, err
	}
	if o.System, err = f.system.options(getenv); err != nil {
		return o, err
	}
	if f.docAdapter != "" {
		m, err := parseMix("doc-adapter", f.docAdapter)
		if err != nil {
			return o, err
		}
		o.Documents = &m
	}
	if o.Mixes, err = parseMixes("adapter", f.adapters); err != nil {
		return o, err
	}
	return o, o.Validate()
}

// contradictions finds flags that say nothing, or the opposite, beside others.
func (f *evalFlags) contradictions(cmd *cobra.Command, x *experiment.Index) error {
	given := func(flags ...string) string {
		for _, flag := range flags {
			if cmd.Flags().Changed(flag) {
				return flag
			}
		}
		return ""
	}
	if flag := given(append([]string{"adapter", "doc-adapter", "max-tokens", "pool"}, indexedFlagNames...)...); f.run != "" && flag != "" {
		return usagef("leave one of them out", "--%s says how texts are encoded and ranked, and --run encodes nothing", flag)
	}
	if flag := given("hits", "depth", "exact", "coverage-seed"); flag != "" && !x.Used() && f.run == "" {
		return usagef("add --indexed, or --mode lexical or hybrid", "--%s is for a search through an index, and vectors are ranked in memory", flag)
	}
	if f.pool == 0 && given("pool-seed") != "" {
		return usagef("add --pool N", "--pool-seed needs --pool")
	}
	if flag := given("on", "max-drop", "junit"); flag != "" && f.gate.Folder == "" {
		return usagef("name the folder of an earlier evaluation", "--%s needs --baseline", flag)
	}
	return f.system.validate(cmd)
}
