package main

import (
	"github.com/spf13/cobra"

	"loradex/workspace"
)

func adaptersMergeCommand(a *app) *cobra.Command {
	var o workspace.MergeOptions
	var base, out string
	names, about := workspace.MergeMethods()
	c := &cobra.Command{
		Use: "merge OUT A B …", Short: "Make one adapter of several, or merge them into a model",
		Long: "Makes the adapter OUT of LoRAs of the library, as PEFT's add_weighted_adapter does. Or, with --into-base, a model folder\n" +
			"that plain tools load, whose weights are the base's with a mix merged into them.\n\nMethods:" + about,
		Example: "  loradex adapters merge both go security --weights 1,0.3\n  loradex adapters merge small go security --method svd --rank 16\n" +
			"  loradex adapters merge --into-base go+security*0.3 --out my-model",
		ValidArgsFunction: completeAdapter(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case base != "" && (len(args) > 0 || out == ""):
				return usagef("as in: loradex adapters merge --into-base go --out FOLDER", "--into-base takes a mix, --out a folder, and there are no other names")
			case base != "":
				m, err := a.MergeIntoBase(cmd.Context(), base, out)
				if err != nil {
					return err
				}
				return a.result(m, func() { a.printf("made %s: %s with %s, %s\n", m.Dir, a.ModelName(), base, bytesText(m.Bytes)) })
			case len(args) < 2 || out != "":
				return usagef("as in: loradex adapters merge OUT A B", "name the adapter to make and those to make it of; --out goes with --into-base")
			}
			o.Name, o.From, o.Command = args[0], args[1:], a.commandLine()
			e, err := a.MergeAdapters(cmd.Context(), o)
			if err != nil {
				return err
			}
			return a.result(e, func() { a.printf("made %s: rank %d, %d layers; %s\n", e.Name, e.Rank, e.Sites, e.Card.Description) })
		},
	}
	fl := c.Flags()
	fl.StringVar(&o.Method, "method", "cat", "how")
	fl.Float32SliceVar(&o.Weights, "weights", nil, "`W,W`: one for each adapter (default 1); may be negative")
	fl.Float64Var(&o.Density, "density", 0, "share of the numbers that the methods which prune keep")
	fl.StringVar(&o.MajoritySign, "majority-sign", "", "how ties elects signs: total or frequency (default total)")
	fl.Uint64Var(&o.Seed, "seed", 0, "decides what dare prunes")
	fl.IntVar(&o.Rank, "rank", 0, "rank that svd cuts to (default the largest)")
	fl.BoolVar(&o.Replace, "replace", false, "replace an adapter of that name")
	fl.StringVar(&base, "into-base", "", "`MIX` to merge into the base model")
	fl.StringVar(&out, "out", "", "`FOLDER` of the model that --into-base makes")
	completeFlag(c, "method", fixed(names...))
	completeFlag(c, "majority-sign", fixed("total", "frequency"))
	return c
}
