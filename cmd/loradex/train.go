package main

// This file defines `loradex train`.

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"loradex/evaluation/training"
	"loradex/workspace"
)

func trainCommand(a *app) *cobra.Command {
	var f workspace.TrainOptions
	methods, precisions, recipes, about := training.Words()
	c := &cobra.Command{
		Use:   "train (--data [LANGUAGE=]DIR | --repo PATH) --out NAME [--recipe R] [--side both|query]",
		Short: "Train an adapter and measure what it brings",
		Long: "Trains on pairs of texts: of BEIR folders (qrels/train.tsv; several are joined), or mined from a repository's own\n" +
			"documentation and code. The state that is best on the dev split is kept, and measured on the test split before and\n" +
			"after. The adapter is a PEFT folder in the library, or where --out is a path.\n\n" +
			"Ctrl-C saves a checkpoint; the same command with --resume goes on from it, with the numbers of a run that was never\n" +
			"stopped. The weights are saved before they are measured. Where the dev split is small or the base answers all of it, the\n" +
			"state is picked by its loss. With --precision fp16 a GPU computes products in half precision and the loss is scaled; docs/training.md says how.\n\n" +
			"Recipes:" + about,
		Example: "  loradex train --repo . --out my-go\n  loradex train --data banking77 --out banking --recipe domain\n" +
			"  loradex train --data go=csn_go --data java=csn_java --out code --per-language",
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.TakeRecipe(cmd.Flags().Changed); err != nil {
				return usage(err)
			}
			return train(cmd.Context(), a, f)
		},
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.Data, "data", nil, "BEIR folder to train on, with the language of its documents in front: go=DIR; may be repeated")
	fl.StringVar(&f.Repo, "repo", "", "repository, PATH or URL, to mine pairs from")
	fl.StringVar(&f.Rev, "rev", "", "revision of --repo (default the work tree)")
	fl.StringSliceVar(&f.Kinds, "pairs", nil, "kinds of pairs to mine: doc, readme, test, commit, identifier (default all)")
	fl.StringVar(&f.Name, "out", "", "name of the adapter in the library, or a path")
	fl.BoolVar(&f.Replace, "replace", false, "replace an adapter of that name")
	fl.StringVar(&f.Recipe, "recipe", "loracode", "what to train; see above")
	fl.StringVar(&f.Train.Method, "method", "", "kind of adapter: "+strings.Join(methods, ", "))
	fl.BoolVar(&f.Train.Full, "full", false, "train all weights: the result is a model, to hold adapters against")
	fl.BoolVar(&f.PerLanguage, "per-language", false, "one adapter for each language of the documents, called NAME-LANGUAGE")
	fl.StringVar((*string)(&f.Train.Side), "side", "both", "both, or query: only queries change, and nothing is indexed again")
	fl.BoolVar(&f.Unmeasured, "no-eval", false, "do not measure the test split")
	fl.IntVar(&f.Limit, "limit", 0, "train on so many pairs only")
	fl.IntVar(&f.Train.HardNegatives, "hard-negatives", 0, "documents for each pair that the base takes for answers, and that are not")
	fl.Float64Var(&f.NegativeMargin, "negative-margin", 0.05, "how far below the answer such a document must be")
	trainingFlags(c, &f)
	required(c, "out")
	completeFlag(c, "recipe", fixed(recipes...))
	completeFlag(c, "method", fixed(methods...))
	completeFlag(c, "side", fixed("both", "query"))
	completeFlag(c, "loss", fixed("infonce", "triplet", "cosine"))
	completeFlag(c, "schedule", fixed("linear", "cosine", "constant"))
	completeFlag(c, "precision", fixed(precisions...))
	return c
}

// trainingFlags defines the flags of the run itself.
func trainingFlags(c *cobra.Command, f *workspace.TrainOptions) {
	fl, o := c.Flags(), &f.Train
	fl.IntVar(&o.Rank, "rank", 16, "rank of the adapter")
	fl.Float64Var(&o.Alpha, "alpha", 0, "alpha (default twice the rank)")
	fl.Float64Var(&o.Dropout, "dropout", 0, "share of an adapter's inputs that is dropped in training (default the recipe's)")
	fl.StringSliceVar(&o.Targets, "targets", nil, "adapted layers: query, key, value, dense, all-linear (default the recipe's)")
	fl.IntVar(&o.FirstLayer, "first-layer", 0, "lowest block that is adapted; the ones below are computed once")
	fl.StringVar(&o.Loss.Kind, "loss", "infonce", "infonce, triplet or cosine")
	fl.Float64Var(&o.Loss.Temperature, "temperature", 0.05, "temperature of infonce")
	fl.BoolVar(&o.Loss.LearnTemperature, "learn-temperature", false, "train the temperature, too")
	fl.BoolVar(&o.Loss.Symmetric, "symmetric", false, "infonce in both directions")
	fl.Float64Var(&o.Loss.Margin, "margin", 0.2, "margin of triplet")
	fl.IntSliceVar(&o.Loss.Dims, "dims", nil, "prefixes of the vectors to train, too (Matryoshka): 384,192,96")
	fl.IntVar(&o.Batch, "batch", 32, "pairs in a step")
	fl.IntVar(&o.MicroBatch, "micro-batch", 128, "texts whose intermediate values are kept; those of more are computed twice, in no more memory")
	fl.IntVar(&o.Accumulate, "accumulate", 1, "batches in a step")
	fl.IntVar(&o.ExtraNegatives, "extra-negatives", 512, "random documents in a step, with --side query")
	fl.IntVar(&o.Epochs, "epochs", 3, "how often each pair is seen")
	fl.IntVar(&o.Steps, "steps", 0, "stop after so many steps")
	fl.Float64Var(&o.LearningRate, "lr", 0, "highest learning rate (default 1e-3, with --full 5e-5)")
	fl.Float64Var(&o.WarmUp, "warm-up", 0.1, "share of the steps in which the rate rises")
	fl.StringVar(&o.Schedule, "schedule", "linear", "how the rate falls: linear, cosine, constant")
	fl.Float64Var(&o.WeightDecay, "weight-decay", 0.01, "weight decay")
	fl.Float64Var(&o.Clip, "clip", 1, "bound on the norm of the gradients; negative: none")
	fl.Uint64Var(&o.Seed, "seed", 0, "decides start, order and dropout")
	fl.IntVar(&o.EvalEvery, "eval-every", 0, "steps between two looks at the dev split (default ten in a run)")
	fl.IntVar(&o.Patience, "patience", 4, "looks without a better one after which training ends; negative: never")
	fl.StringVar((*string)(&o.Precision), "precision", "fp32", "what matrix products are computed in: fp32, or fp16 with a scaled loss, for GPUs")
	fl.IntVar(&o.MaxQueryTokens, "max-query-tokens", 64, "where queries are cut in training")
	fl.IntVar(&o.MaxDocTokens, "max-doc-tokens", 128, "where documents are cut in training")
	fl.StringVar(&o.Checkpoint, "checkpoint", "", "file for the checkpoint (default beside the adapters)")
	fl.IntVar(&o.CheckpointEvery, "checkpoint-every", 100, "steps between two checkpoints")
	fl.Float64Var(&o.CheckpointSeconds, "checkpoint-seconds", 60, "longest time between two checkpoints; negative: by steps alone")
	fl.BoolVar(&o.Resume, "resume", false, "go on from the checkpoint")
}

func train(ctx context.Context, a *app, f workspace.TrainOptions) error {
	f.Command, f.Mined = a.commandLine(), showMined(a)
	reports := []*training.Report{}
	err := a.Train(ctx, f, func(r *training.Report) error {
		reports = append(reports, r)
		if !a.json {
			a.showTrained(r)
		}
		return nil
	})
	switch {
	case err != nil || !a.json:
		return err
	case f.PerLanguage:
		return a.printJSON(reports)
	}
	return a.printJSON(reports[0])
}
