package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/evaluation/page"
)

func adaptersCommand(a *app) *cobra.Command {
	return group("adapters", "The library of adapters",
		adaptersListCommand(a), adaptersShowCommand(a), adaptersAddCommand(a), adaptersRemoveCommand(a),
		adaptersMergeCommand(a))
}

// adaptersDocument is what `adapters list --json` prints.
type adaptersDocument struct {
	Library  string           `json:"library"` // the folder
	Adapters []adapters.Entry `json:"adapters"`
}

func adaptersListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the adapters", Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			lib, err := a.Library()
			if err != nil {
				return err
			}
			entries, err := lib.List(cmd.Context())
			if err != nil {
				return err
			}
			if entries == nil {
				entries = []adapters.Entry{}
			}
			return a.result(adaptersDocument{Library: lib.Dir(), Adapters: entries}, func() {
				if len(entries) == 0 {
					a.Note("%s has no adapters; add one with `loradex adapters add DIR --name NAME`", lib.Dir())
					return
				}
				t := page.Table{Head: []string{"NAME", "SIDE", "METHOD", "RANK", "PARAMS", "SIZE", "LAYERS"}}
				for _, e := range entries {
					if e.Problem != "" {
						t.Add(e.Name, "", "", "", "", "", "cannot be used: "+e.Problem)
						continue
					}
					t.Add(e.Name, string(e.Card.Side), e.Method, itoa(e.Rank), thousands(e.Params), bytesText(e.Bytes), layersText(e))
				}
				a.printf("%s", t.Text())
			})
		},
	}
}

// layersText says how many layers an adapter changes, and which.
func layersText(e adapters.Entry) string {
	return itoa(e.Sites) + " (" + strings.Join(e.Modules, ", ") + ")"
}

func adaptersShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show one adapter", Args: exactArgs(1, "the name of an adapter"),
		ValidArgsFunction: completeAdapter(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.Library()
			if err != nil {
				return err
			}
			e, err := lib.Entry(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.result(e, func() { a.showAdapter(e) })
		},
	}
}

// showAdapter prints what an adapter is and what its card says.
func (p *printer) showAdapter(e adapters.Entry) {
	c := e.Card
	for _, line := range [][2]string{
		{"name", e.Name},
		{"description", c.Description},
		{"side", string(c.Side)},
		{"space", c.Space},
		{"method", e.Method},
		{"rank", itoa(e.Rank)},
		{"layers", layersText(e)},
		{"params", thousands(e.Params) + ", " + bytesText(e.Bytes)},
		{"digest", e.Digest},
		{"base", strings.TrimSpace(c.BaseModel + " " + c.BaseDigest)},
		{"languages", strings.Join(c.Languages, ", ")},
		{"domain", c.Domain},
		{"data", c.Data},
		{"metrics", metricsText(c.Metrics)},
		{"training", trainingText(c.Training)},
		{"command", c.Command},
		{"licence", c.Licence},
	} {
		if line[1] != "" {
			p.printf("%-12s %s\n", line[0], line[1])
		}
	}
}

// trainingText says in a line what making an adapter took; "" where the card does not say.
func trainingText(t *adapters.Training) string {
	if t == nil {
		return ""
	}
	parts := []string{t.Method}
	if t.Recipe != "" {
		parts[0] += " by recipe " + t.Recipe
	}
	parts = append(parts, fmt.Sprintf("%s of %s parameters (%.2f %%)", thousands(int(t.Trainable)), thousands(int(t.Total)), 100*t.Share()),
		fmt.Sprintf("%s steps over %s pairs in %.0f s", thousands(t.Steps), thousands(t.Pairs), t.Seconds),
		fmt.Sprintf("%.0f tokens/s", t.TokensPerS), "peak "+bytesText(t.PeakBytes), fmt.Sprintf("seed %d", t.Seed))
	return strings.Join(parts, ", ")
}

func adaptersAddCommand(a *app) *cobra.Command {
	var name string
	var confirm, replace, offline bool
	c := &cobra.Command{
		Use: "add DIR|OWNER/NAME[@REVISION] --name NAME [--base] [--replace]", Short: "Copy an adapter in the layout of PEFT or AdapterHub into the library",
		Long: "The copy is checked against the base model: names and shapes of its layers, and that it changes something. It\n" +
			"belongs to that base from then on. OWNER/NAME is loaded from the Hugging Face hub, as `loradex model pull --help` says.",
		Args: exactArgs(1, "the folder of an adapter, or its name on the hub"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := adapters.ValidName(name); err != nil {
				return usage(wrapFlag("name", err))
			}
			lib, err := a.Library()
			if err != nil {
				return err
			}
			opts, err := a.Base(cmd.Context())
			if err != nil {
				return err
			}
			opts.ConfirmBase, opts.Replace = confirm, replace
			dir, err := a.AdapterFolder(cmd.Context(), args[0], offline)
			if err != nil {
				return err
			}
			if err := lib.Add(cmd.Context(), dir, name, opts); err != nil {
				return err
			}
			e, err := lib.Entry(cmd.Context(), name)
			if err != nil {
				return err
			}
			return a.result(e, func() {
				a.printf("added %s: %s, rank %d, %d layers, for %s\n", e.Name, e.Method, e.Rank, e.Sites, opts.BaseModel)
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "`NAME` that mixes call it: a-z, 0-9, dot, _ and -")
	c.Flags().BoolVar(&confirm, "base", false, "it is for the base model in use, though neither digest nor name says so")
	c.Flags().BoolVar(&replace, "replace", false, "replace an adapter of that name")
	c.Flags().BoolVar(&offline, "offline", false, "of the hub, take what its cache holds and ask nobody")
	required(c, "name")
	return c
}

// removedDocument is what `adapters remove --json` prints.
type removedDocument struct {
	Removed string `json:"removed"`
}

func adaptersRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Delete an adapter from the library", Args: exactArgs(1, "the name of an adapter"),
		ValidArgsFunction: completeAdapter(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.Library()
			if err != nil {
				return err
			}
			if err := lib.Remove(cmd.Context(), args[0]); err != nil {
				return err
			}
			return a.result(removedDocument{Removed: args[0]}, func() { a.printf("removed %s\n", args[0]) })
		},
	}
}
