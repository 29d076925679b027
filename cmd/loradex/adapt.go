package main

// This file defines `loradex adapt`: train an adapter on the repository's own documentation and code, and keep it only if
// it helps.

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/train"
	"loradex/evaluation/training"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// adaptReport is what `adapt --json` prints.
type adaptReport struct {
	*training.Report
	Installed bool `json:"installed"` // it is the repository's default now
}

func adaptCommand(a *app) *cobra.Command {
	var f trainFlags
	var both bool
	c := &cobra.Command{
		Use:   "adapt [PATH]",
		Short: "Train an adapter for an indexed repository, and use it if it helps",
		Long: "Mines pairs from the repository's documentation, tests and history, trains a query adapter against the vectors of the\n" +
			"index, and measures it on files that were held back. Only if it is significantly better it becomes what `search`,\n" +
			"`serve` and `lsp` use in this repository. Nothing is indexed again; with --both the documents get the adapter, too,\n" +
			"and are encoded again.\n\n`loradex adapt --forget` goes back to the base.",
		Example: "  loradex index . && loradex adapt .",
		Args:    atMostOne,
	}
	fl := c.Flags()
	forget := fl.Bool("forget", false, "use the base in this repository again")
	fl.BoolVar(&both, "both", false, "adapt documents, too, and encode them again")
	fl.StringVar(&f.out, "out", "", "name of the adapter (default the repository's name)")
	fl.StringSliceVar(&f.kinds, "pairs", nil, "kinds of pairs to mine: doc, readme, test, commit, identifier (default all)")
	fl.IntVar(&f.limit, "limit", 0, "train on so many pairs only")
	f.addOptions(c)
	f.recipe, f.replace, f.side = "loracode", true, "query"
	completeFlag(c, "loss", fixed("infonce", "cosine")) // triplet needs hard negatives, which are for train
	completeFlag(c, "precision", fixed(precisions()...))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		f.repo = "."
		if len(args) == 1 {
			f.repo = args[0]
		}
		if *forget {
			return a.forgetAdapter(f.repo)
		}
		if both {
			f.side = "both"
		}
		o, err := f.options(cmd)
		if err != nil {
			return usage(err)
		}
		if !cmd.Flags().Changed("dropout") {
			o.Dropout = 0 // a repository's few pairs are seen a few times only
		}
		return a.adapt(cmd.Context(), f, o)
	}
	return c
}

func (a *app) adapt(ctx context.Context, f trainFlags, o train.Options) error {
	dir, err := a.FindIndex(f.repo)
	if err != nil {
		return err
	}
	store, err := a.OpenIndex(ctx, dir)
	if err != nil {
		return err
	}
	state, err := search.In(store, indexer.Tree{}).Repo(ctx)
	if err != nil {
		return err
	}
	if len(state.Languages) > 0 {
		return fault.New(fault.Unsupported, "the index is language-wise, and an adapter for its queries alone is not supported").
			WithHint("train adapters for the languages with `loradex train --per-language`, or give one mix to all with `loradex index --language-wise=none`")
	}
	if f.out == "" {
		f.out = adapterNameOf(f.repo)
	}
	if err := f.check(); err != nil {
		return err
	}
	tasks, err := a.trainTasks(ctx, f, o.Seed)
	if err != nil {
		return err
	}
	r, err := a.trainOne(ctx, f, o, tasks[0], a.vectorsOf(store))
	if err != nil {
		return err
	}
	report := adaptReport{Report: r, Installed: r.Verdict == training.Better}
	if report.Installed {
		if err := a.install(ctx, dir, f, r); err != nil {
			return err
		}
	} else {
		r.Where = ""
	}
	if a.flags.json {
		return a.printJSON(report)
	}
	a.showTrained(r)
	switch {
	case report.Installed:
		a.printf("`%s` is what searches in this repository use from now on; `loradex adapt --forget` goes back.\n", r.Adapter)
	default:
		a.printf("Nothing was changed: searches go on as before.\n")
	}
	return nil
}

// vectorsOf reads the base's vectors from the index, where it has a space that this encoder would fill, too.
func (a *app) vectorsOf(store search.Backend) indexedVectors {
	return func(ctx context.Context, base embed.Space, texts []string) ([][]float32, error) {
		id := a.IndexerOptions().SpaceOf(base).ID
		vectors, err := store.TextVectors(ctx, id, texts)
		if fault.CodeOf(err) == fault.NotFound {
			return make([][]float32, len(texts)), nil // made with another model, or lexical: they are encoded here
		}
		return vectors, err
	}
}

// install makes the adapter the repository's default; with both sides, its space first.
func (a *app) install(ctx context.Context, dir string, f trainFlags, r *training.Report) error {
	if r.Side == adapters.SideBoth {
		mix, err := parseMix("adapter", r.Adapter)
		if err != nil {
			return err
		}
		if err := a.index(ctx, f.repo, workspace.IndexOptions{Store: a.Config.Index.Store, Adapter: &mix}); err != nil {
			return err
		}
	}
	return workspace.Adapt(dir, r.Adapter)
}

func (a *app) forgetAdapter(where string) error {
	dir, err := a.FindIndex(where)
	if err != nil {
		return err
	}
	if err := workspace.ForgetAdapted(dir); err != nil {
		return err
	}
	a.Note("searches in this repository use the base")
	return nil
}

// adapterNameOf makes a name of a repository's.
func adapterNameOf(where string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, strings.TrimSuffix(dirName(where), ".git"))
	name = strings.TrimLeft(name, "-_.")
	if adapters.ValidName(name) != nil {
		return "repository"
	}
	return name
}
