package main

// This file defines `loradex train`: its flags, and what they make of a recipe.

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/embed/train"
)

// trainFlags are the flags of `train`; those of the options override the recipe's.
type trainFlags struct {
	data              []string
	repo, rev, out    string
	kinds             []string
	recipe, method    string
	full, perLanguage bool
	replace           bool
	noEval            bool
	limit             int // of examples, for trying out
	hardNegatives     int
	negativeMargin    float64
	side, precision   string
	opts              train.Options
}

func trainCommand(a *app) *cobra.Command {
	var f trainFlags
	c := &cobra.Command{
		Use:   "train (--data [LANGUAGE=]DIR | --repo PATH) --out NAME [--recipe R] [--side both|query]",
		Short: "Train an adapter and measure what it brings",
		Long: "Trains on pairs of texts: of BEIR folders (qrels/train.tsv; several are joined), or mined from a repository's own\n" +
			"documentation and code. The state that is best on the dev split is kept, and measured on the test split before and\n" +
			"after. The adapter is a PEFT folder in the library, or where --out is a path.\n\n" +
			"Ctrl-C saves a checkpoint; the same command with --resume goes on from it, with the numbers of a run that was never\n" +
			"stopped. With --precision fp16 a GPU computes products in half precision and the loss is scaled; docs/training.md says how.\n\n" +
			"Recipes:\n" + recipeHelp(),
		Example: "  loradex train --repo . --out my-go\n  loradex train --data banking77 --out banking --recipe domain\n" +
			"  loradex train --data go=csn_go --data java=csn_java --out code --per-language",
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.options(cmd)
			if err != nil {
				return usage(err)
			}
			if err := f.check(); err != nil {
				return err
			}
			return a.train(cmd.Context(), f, o)
		},
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "BEIR folder to train on, with the language of its documents in front: go=DIR; may be repeated")
	fl.StringVar(&f.repo, "repo", "", "repository, PATH or URL, to mine pairs from")
	fl.StringVar(&f.rev, "rev", "", "revision of --repo (default the work tree)")
	fl.StringSliceVar(&f.kinds, "pairs", nil, "kinds of pairs to mine: doc, readme, test, commit, identifier (default all)")
	fl.StringVar(&f.out, "out", "", "name of the adapter in the library, or a path")
	fl.BoolVar(&f.replace, "replace", false, "replace an adapter of that name")
	fl.StringVar(&f.recipe, "recipe", "loracode", "what to train; see above")
	fl.StringVar(&f.method, "method", "", "kind of adapter: "+strings.Join(train.Methods(), ", "))
	fl.BoolVar(&f.full, "full", false, "train all weights: the result is a model, to hold adapters against")
	fl.BoolVar(&f.perLanguage, "per-language", false, "one adapter for each language of the documents, called NAME-LANGUAGE")
	fl.StringVar(&f.side, "side", "both", "both, or query: only queries change, and nothing is indexed again")
	fl.BoolVar(&f.noEval, "no-eval", false, "do not measure the test split")
	fl.IntVar(&f.limit, "limit", 0, "train on so many pairs only")
	fl.IntVar(&f.hardNegatives, "hard-negatives", 0, "documents for each pair that the base takes for answers, and that are not")
	fl.Float64Var(&f.negativeMargin, "negative-margin", 0.05, "how far below the answer such a document must be")
	f.addOptions(c)
	if err := c.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag is defined above
	}
	completeFlag(c, "recipe", fixed(recipeNames()...))
	completeFlag(c, "method", fixed(train.Methods()...))
	completeFlag(c, "side", fixed("both", "query"))
	completeFlag(c, "loss", fixed("infonce", "triplet", "cosine"))
	completeFlag(c, "schedule", fixed("linear", "cosine", "constant"))
	completeFlag(c, "precision", fixed(precisions()...))
	return c
}

// addOptions defines the flags that are fields of the training options.
func (f *trainFlags) addOptions(c *cobra.Command) {
	fl, o := c.Flags(), &f.opts
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
	fl.StringVar(&f.precision, "precision", "fp32", "what matrix products are computed in: fp32, or fp16 with a scaled loss, for GPUs")
	fl.IntVar(&o.MaxQueryTokens, "max-query-tokens", 64, "where queries are cut in training")
	fl.IntVar(&o.MaxDocTokens, "max-doc-tokens", 128, "where documents are cut in training")
	fl.StringVar(&o.Checkpoint, "checkpoint", "", "file for the checkpoint (default beside the adapters)")
	fl.IntVar(&o.CheckpointEvery, "checkpoint-every", 100, "steps between two checkpoints")
	fl.BoolVar(&o.Resume, "resume", false, "go on from the checkpoint")
}

// options joins the recipe with the flags that were given.
func (f *trainFlags) options(cmd *cobra.Command) (train.Options, error) {
	recipe, err := train.RecipeNamed(f.recipe)
	if err != nil {
		return train.Options{}, err
	}
	o := f.opts
	for flag, take := range map[string]func(){
		"rank":    func() { o.Rank = recipe.Options.Rank },
		"targets": func() { o.Targets = recipe.Options.Targets },
		"dropout": func() { o.Dropout = recipe.Options.Dropout },
	} {
		if !cmd.Flags().Changed(flag) {
			take()
		}
	}
	o.Method, o.Full, o.Side, o.HardNegatives = f.method, f.full, adapters.Side(f.side), f.hardNegatives
	o.Precision = train.Precision(f.precision)
	if o.Full { // a recipe's adapter is not asked for; one that the user describes is refused
		for flag, drop := range map[string]func(){"targets": func() { o.Targets = nil }, "dropout": func() { o.Dropout = 0 }} {
			if !cmd.Flags().Changed(flag) {
				drop()
			}
		}
	}
	probe := o
	probe.Checkpoint = "beside the adapters" // where, depends on --out
	return o, probe.Validate()
}

func (f *trainFlags) check() error {
	switch {
	case (len(f.data) == 0) == (f.repo == ""):
		return usagef("give --data DIR, or --repo PATH", "training needs one kind of data")
	case f.repo == "" && (f.rev != "" || len(f.kinds) > 0):
		return usagef("give --repo PATH", "--rev and --pairs are for repositories")
	case f.limit < 0 || f.hardNegatives < 0 || f.negativeMargin < -2 || f.negativeMargin > 2:
		return usagef("see `loradex train --help`", "--limit, --hard-negatives or --negative-margin is out of range")
	case f.full && f.perLanguage:
		return usagef("leave one of them out", "--full trains one model, and --per-language adapters")
	}
	if f.inLibrary() {
		return usage(adapters.ValidName(f.out))
	}
	return nil
}

// inLibrary tells whether --out is a name and not a path.
func (f *trainFlags) inLibrary() bool {
	return !strings.ContainsAny(f.out, `/\`) && !filepath.IsAbs(f.out)
}

func recipeHelp() string {
	var b strings.Builder
	for _, r := range train.Recipes() {
		fmt.Fprintf(&b, "  %-10s %s\n             (%s)\n", r.Name, r.About, r.Source)
	}
	return strings.TrimRight(b.String(), "\n")
}

func precisions() []string {
	var names []string
	for _, p := range train.Precisions() {
		names = append(names, string(p))
	}
	return names
}

func recipeNames() []string {
	var names []string
	for _, r := range train.Recipes() {
		names = append(names, r.Name)
	}
	return names
}
