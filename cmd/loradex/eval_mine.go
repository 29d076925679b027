package main

// This file makes a benchmark out of a repository: `eval mine`.

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"loradex/evaluation/repobench"
	"loradex/indexer"
	"loradex/indexer/mine"
	"loradex/internal/dataset"
)

// mineFlags are the flags of `eval mine`.
type mineFlags struct {
	repo, rev, out string
	kinds, lang    []string
	dev, test      float64
	seed           uint64
	replace        bool
}

// codeOnly is the template of a benchmark's documents: what is in the file, without what an index may put in front.
const codeOnly indexer.Template = "body"

func evalMineCommand(a *app) *cobra.Command {
	var f mineFlags
	c := &cobra.Command{
		Use:   "mine --repo PATH|URL --out DIR [--kinds doc,readme,test,commit]",
		Short: "Make a private benchmark out of a repository",
		Long: "Writes a BEIR folder that `eval run --data`, `eval robust --data` and `train --data` take: queries that the repository's\n" +
			"authors wrote, over all of its code without the documentation. Nothing leaves the machine. Kinds of queries:\n" +
			"  doc     the first paragraph of a doc comment, answered by the code below it\n" +
			"  readme  prose of Markdown that names one symbol, answered by its definition\n" +
			"  test    a test function, answered by the function that it tests\n" +
			"  commit  the subject of a commit, answered by the few functions that it changed\n\n" +
			"A file lies in one split; near-duplicates and queries that stand in their answers are left out. What was left out, and\n" +
			"why, is in dataset.json.",
		Example: "  loradex eval mine --repo . --out ../bench\n  loradex eval run --data ../bench --adapter my-go",
		Args:    exactArgs(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.mine(cmd.Context(), a) },
	}
	fl := c.Flags()
	fl.StringVar(&f.repo, "repo", "", "repository, PATH or URL")
	fl.StringVar(&f.rev, "rev", "", "revision (default the work tree)")
	fl.StringVar(&f.out, "out", "", "the folder to make")
	fl.StringSliceVar(&f.kinds, "kinds", []string{"doc", "readme", "test"}, "kinds of queries")
	fl.StringSliceVar(&f.lang, "lang", nil, "languages of the code (default all)")
	fl.Float64Var(&f.dev, "dev", 0.2, "share of the code that queries of the split dev are about")
	fl.Float64Var(&f.test, "test", 0.3, "share of the code that queries of the split test are about; the rest is train's")
	fl.Uint64Var(&f.seed, "seed", 0, "decides the split of each file")
	fl.BoolVar(&f.replace, "replace", false, "replace a benchmark that was made before")
	required(c, "repo", "out")
	completeFlag(c, "kinds", fixed("doc", "readme", "test", "commit"))
	return c
}

// options reads how pairs are mined.
func (f *mineFlags) options() (mine.Options, error) {
	o := mine.Options{Seed: f.seed, Template: codeOnly, DevShare: f.dev, TestShare: f.test}
	if f.test <= 0 {
		return o, usagef("such as 0.3", "--test is %g, and a benchmark tests", f.test)
	}
	if f.dev == 0 {
		o.DevShare = -1 // none; 0 would be the default
	}
	for _, name := range f.kinds {
		k, err := mine.ParseKind(name)
		if err != nil {
			return o, usage(wrapFlag("kinds", err))
		}
		if k == mine.KindIdentifier {
			return o, usagef("leave it out", "--kinds: queries of kind %s are made up of names, and test nothing", k)
		}
		o.Kinds = append(o.Kinds, k)
	}
	if len(o.Kinds) == 0 {
		return o, usagef("such as doc,test", "--kinds is empty")
	}
	for _, name := range f.lang {
		known, ok := indexer.LanguageNamed(name)
		if !ok {
			return o, usagef("such as go, python, c++, c#", "--lang: %q is not the name of a language", name)
		}
		o.Languages = append(o.Languages, known)
	}
	if err := o.Validate(); err != nil {
		return o, usage(err)
	}
	return o, nil
}

func (f *mineFlags) mine(ctx context.Context, a *app) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	if err := repobench.CheckFolder(f.out, f.replace); err != nil {
		return err // before the work
	}
	pairs, err := a.Mine(ctx, f.repo, f.rev, o)
	if err != nil {
		return canceled(err, "mining", "nothing was written")
	}
	bench, err := repobench.Build(ctx, pairs, repobench.Options{
		Name: dataset.NameOf(f.repo), Kinds: o.Kinds, Languages: o.Languages, DevShare: f.dev, TestShare: f.test, Seed: f.seed,
	})
	if err != nil {
		return canceled(err, "mining", "nothing was written")
	}
	if err := bench.Write(ctx, f.out, f.replace); err != nil {
		return canceled(err, "mining", "nothing was written")
	}
	return a.result(bench.Report, func() { a.showBenchmark(f.out, &bench.Report) })
}

func (p *printer) showBenchmark(out string, r *repobench.Report) {
	p.printf("%s: %s documents of %s files, %s queries\n", out, thousands(r.Documents.Count), thousands(r.Files), thousands(r.Queries.Count))
	for _, split := range []dataset.Split{dataset.Train, dataset.Dev, dataset.Test} {
		p.printf("  %-6s %s queries\n", split, thousands(r.Queries.Splits[split]))
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Queries.Kinds)) {
		p.printf("  %-6s %s\n", kind, thousands(r.Queries.Kinds[kind]))
	}
	counts := func(title string, of map[string]int) {
		if len(of) == 0 {
			return
		}
		p.printf("%s left out:\n", title)
		for _, why := range slices.Sorted(maps.Keys(of)) {
			p.printf("  %-24s %s\n", why, thousands(of[why]))
		}
	}
	counts("documents", r.Documents.LeftOut)
	counts("queries", r.Queries.LeftOut)
	counts("files", r.SkippedFiles)
}
