package main

import (
	"os"

	"github.com/spf13/cobra"

	"loradex/evaluation/page"
	"loradex/internal/home"
	"loradex/workspace"
)

func modelCommand(a *app) *cobra.Command {
	return group("model", "Base models", modelListCommand(a), modelPullCommand(a), modelQuantizeCommand(a))
}

// modelsDocument is what `model list --json` prints.
type modelsDocument struct {
	Folder string                 `json:"folder"`
	Models []workspace.ModelEntry `json:"models"`
}

func modelListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the installed models", Args: exactArgs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			doc := modelsDocument{Folder: a.Home.Models(), Models: a.Models()}
			if len(doc.Models) == 0 && !a.json {
				a.Note("%s holds no models; run `make setup`, or install a folder with `loradex model pull DIR`", doc.Folder)
				return nil
			}
			return a.result(doc, func() { a.showModels(doc) })
		},
	}
}

func (p *printer) showModels(doc modelsDocument) {
	t := page.Table{Head: []string{"NAME", "FAMILY", "DIMENSIONS", "LAYERS", "TOKENS", "SIZE", "DIGEST"}}
	for _, e := range doc.Models {
		if e.Problem != "" {
			t.Add(e.Name, "", "", "", "", bytesText(e.Bytes), "cannot be used: "+e.Problem)
			continue
		}
		name := e.Name
		if e.Default {
			name += " (default)"
		}
		t.Add(name, e.Family, itoa(e.Dimensions), itoa(e.Layers), itoa(e.MaxTokens), bytesText(e.Bytes), e.Digest[:16])
	}
	p.printf("%s", t.Text())
}

func modelPullCommand(a *app) *cobra.Command {
	var name string
	var replace bool
	c := &cobra.Command{
		Use: "pull [DIR] [--name NAME]", Short: "Install a model from a folder",
		Long: "Copies a folder as sentence-transformers or transformers saves it to where --model finds it by name, once it is known\n" +
			"to open. Loradex downloads no models by itself: the default one comes with `make setup`, pinned by its digest.",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			var e workspace.ModelEntry
			var err error
			what := "installed"
			if len(args) == 0 || args[0] == home.DefaultModel && !isDir(args[0]) {
				what = "is installed already"
				e, err = a.DefaultModel()
			} else {
				e, err = a.PullModel(cmd.Context(), args[0], name, replace)
			}
			if err != nil {
				return err
			}
			return a.result(e, func() { a.printf("%s %s: %s, %d dimensions, %s\n", e.Name, what, e.Family, e.Dimensions, e.Dir) })
		},
	}
	c.Flags().StringVar(&name, "name", "", "what to call it (default the name of the folder)")
	c.Flags().BoolVar(&replace, "replace", false, "replace a model of that name")
	return c
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
