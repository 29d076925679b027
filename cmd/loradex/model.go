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
	var p workspace.Pull
	c := &cobra.Command{
		Use: "pull [DIR|FILE.onnx|OWNER/NAME[@REVISION]] [--name NAME]", Short: "Install a model from a folder, an ONNX file or the Hugging Face hub",
		Long: "Copies a folder as sentence-transformers or transformers saves it to where --model finds it by name, once it is known\n" +
			"to open. A BERT that was exported to ONNX becomes such a folder; its tokenizer.json lies beside it, or FILE-tokenizer.json.\n" +
			"OWNER/NAME is loaded from the hub into the cache that Python's tools keep, what is needed of it, and goes on where it was\n" +
			"interrupted: HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE and HF_HUB_OFFLINE are heeded. The default model comes with `make setup`.",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			var e workspace.ModelEntry
			var err error
			what := "installed"
			if len(args) == 0 || args[0] == home.DefaultModel && !isDir(args[0]) {
				what = "is installed already"
				e, err = a.DefaultModel()
			} else {
				p.Source = args[0]
				e, err = a.PullModel(cmd.Context(), p)
			}
			if err != nil {
				return err
			}
			return a.result(e, func() {
				a.printf("%s %s: %s, %d layers, %d dimensions, pooling %s, %s\n", e.Name, what, e.Family, e.Layers, e.Dimensions, e.Pooling, e.Dir)
			})
		},
	}
	fl := c.Flags()
	fl.StringVar(&p.Name, "name", "", "what to call it (default the name of the folder, file or repository)")
	fl.BoolVar(&p.Replace, "replace", false, "replace a model of that name")
	fl.StringVar(&p.Frame.Pooling, "pooling", "", "how its vectors are made, where its folder does not say: mean, cls, max, … (default mean)")
	fl.Func("query-prompt", "`TEXT` put before queries, in place of the folder's own", func(s string) error { p.Frame.Query = &s; return nil })
	fl.Func("document-prompt", "`TEXT` put before documents, in place of the folder's own", func(s string) error { p.Frame.Document = &s; return nil })
	fl.BoolVar(&p.Offline, "offline", false, "of the hub, take what its cache holds and ask nobody")
	return c
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
