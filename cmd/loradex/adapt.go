package main

// This file defines `loradex adapt`: train an adapter on the repository's own documentation and code, and keep it only if
// it helps.

import (
	"context"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/evaluation/training"
	"loradex/workspace"
)

// adaptReport is what `adapt --json` prints.
type adaptReport struct {
	*training.Report
	Installed bool `json:"installed"` // it is the repository's default now
}

func adaptCommand(a *app) *cobra.Command {
	var f workspace.TrainOptions
	var both bool
	_, precisions, _, _ := training.Words()
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
	fl.StringVar(&f.Name, "out", "", "name of the adapter (default the repository's name)")
	fl.StringSliceVar(&f.Kinds, "pairs", nil, "kinds of pairs to mine: doc, readme, test, commit, identifier (default all)")
	fl.IntVar(&f.Limit, "limit", 0, "train on so many pairs only")
	trainingFlags(c, &f)
	f.Recipe, f.Replace, f.Train.Side = "loracode", true, adapters.SideQuery
	completeFlag(c, "loss", fixed("infonce", "cosine")) // triplet needs hard negatives, which are for train
	completeFlag(c, "precision", fixed(precisions...))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if f.Repo = whereOf(args); *forget {
			dir, err := a.FindIndex(cmd.Context(), f.Repo)
			if err != nil {
				return err
			}
			if err := workspace.ForgetAdapted(dir); err != nil {
				return err
			}
			a.Note("searches in this repository use the base")
			return nil
		}
		if both {
			f.Train.Side = adapters.SideBoth
		}
		if err := f.TakeRecipe(cmd.Flags().Changed); err != nil {
			return usage(err)
		}
		if !cmd.Flags().Changed("dropout") {
			f.Train.Dropout = 0 // a repository's few pairs are seen a few times only
		}
		return adapt(cmd.Context(), a, f)
	}
	return c
}

func adapt(ctx context.Context, a *app, f workspace.TrainOptions) error {
	f.Command, f.Mined = a.commandLine(), showMined(a)
	r, installed, err := a.AdaptTo(ctx, f, func(mix adapters.Mix) error {
		report, err := a.Index(ctx, f.Repo, workspace.IndexOptions{Store: a.Config.Index.Store, Adapter: &mix})
		if err == nil && !a.json {
			a.showIndex(report)
		}
		return indexStopped(err)
	})
	if err != nil {
		return err
	}
	return a.result(adaptReport{Report: r, Installed: installed}, func() {
		a.showTrained(r)
		if installed {
			a.printf("`%s` is what searches in this repository use from now on; `loradex adapt --forget` goes back.\n", r.Adapter)
		} else {
			a.printf("Nothing was changed: searches go on as before.\n")
		}
	})
}
