package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"loradex/embed/model"
	"loradex/internal/fault"
	"loradex/internal/home"
)

func modelCommand(a *app) *cobra.Command {
	return group("model", "Base models", modelListCommand(a), modelPullCommand(a))
}

// modelEntry is a model in `model list --json`.
type modelEntry struct {
	Name       string `json:"name"`
	Dir        string `json:"dir"`
	Default    bool   `json:"default"` // used without --model
	Family     string `json:"family,omitempty"`
	Dimensions int    `json:"dimensions,omitempty"`
	Layers     int    `json:"layers,omitempty"`
	MaxTokens  int    `json:"max_tokens,omitempty"`
	Pooling    string `json:"pooling,omitempty"`
	Bytes      int64  `json:"bytes"`
	Digest     string `json:"digest,omitempty"`  // of configuration and weights
	Problem    string `json:"problem,omitempty"` // why it cannot be used; other fields may then be empty
}

// modelsDocument is what `model list --json` prints.
type modelsDocument struct {
	Folder string       `json:"folder"`
	Models []modelEntry `json:"models"`
}

func modelListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the installed models", Args: exactArgs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			doc := modelsDocument{Folder: a.Home.Models(), Models: []modelEntry{}}
			for _, name := range a.Home.InstalledModels() {
				e := describeModel(filepath.Join(a.Home.Models(), name), name)
				e.Default = name == a.ModelName()
				doc.Models = append(doc.Models, e)
			}
			if a.flags.json {
				return a.printJSON(doc)
			}
			if len(doc.Models) == 0 {
				a.Note("%s holds no models; run `make setup`, or install a folder with `loradex model pull DIR`", doc.Folder)
				return nil
			}
			t := newTable("NAME", "FAMILY", "DIMENSIONS", "LAYERS", "TOKENS", "SIZE", "DIGEST")
			for _, e := range doc.Models {
				if e.Problem != "" {
					t.row(e.Name, "", "", "", "", bytesText(e.Bytes), "cannot be used: "+e.Problem)
					continue
				}
				name := e.Name
				if e.Default {
					name += " (default)"
				}
				t.row(name, e.Family, itoa(e.Dimensions), itoa(e.Layers), itoa(e.MaxTokens), bytesText(e.Bytes), e.Digest[:16])
			}
			t.write(a.out)
			return nil
		},
	}
}

// describeModel opens a model to say what it is. A broken one is listed with its problem.
func describeModel(dir, name string) modelEntry {
	e := modelEntry{Name: name, Dir: dir}
	var err error
	if e.Bytes, err = folderBytes(dir); err != nil {
		e.Problem = err.Error()
		return e
	}
	m, err := model.Open(dir)
	if err != nil {
		e.Problem = err.Error()
		return e
	}
	defer m.Close() //nolint:errcheck // unmapping what was only read
	e.Family, e.Dimensions, e.Layers = m.Config.Family, m.Config.HiddenSize, m.Config.Layers
	e.MaxTokens, e.Pooling, e.Digest = m.MaxTokens, m.Pooling.Mode, m.BaseDigest()
	return e
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
			if len(args) == 0 || args[0] == home.DefaultModel && !isDir(args[0]) {
				return a.pullDefault()
			}
			return a.pullModel(cmd.Context(), args[0], name, replace)
		},
	}
	c.Flags().StringVar(&name, "name", "", "what to call it (default the name of the folder)")
	c.Flags().BoolVar(&replace, "replace", false, "replace a model of that name")
	return c
}

// pullDefault says whether the default model is there, and who installs it.
func (a *app) pullDefault() error {
	dir, err := a.Home.Model(home.DefaultModel)
	if err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "loradex downloads nothing by itself").WithHint("run `make setup`: it installs %s", home.DefaultModel)
	}
	e := describeModel(dir, home.DefaultModel)
	if e.Problem != "" {
		return fault.New(fault.Corrupt, "%s is installed and cannot be used: %s", e.Name, e.Problem).
			WithHint("remove %s and run `make setup`", dir)
	}
	return a.showPulled(e, "is installed already")
}

func (a *app) showPulled(e modelEntry, what string) error {
	if a.flags.json {
		return a.printJSON(e)
	}
	a.printf("%s %s: %s, %d dimensions, %s\n", e.Name, what, e.Family, e.Dimensions, e.Dir)
	return nil
}
