package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	ort "loradex/embed/runtime"
	"loradex/indexer/chunk"
)

// versionDocument is what `version --json` prints.
type versionDocument struct {
	Version  string   `json:"version"`
	Commit   string   `json:"commit"` // "" where the build did not know it
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Build    features `json:"build"`
}

// features is what this build has.
type features struct {
	Encoder    bool `json:"encoder"`     // ONNX Runtime: tag ORT and cgo
	TreeSitter bool `json:"tree_sitter"` // code is cut by structure: cgo
}

func buildFeatures() features {
	return features{Encoder: ort.Available, TreeSitter: chunk.Available()}
}

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version and what this build has", Args: exactArgs(0, "no arguments"),
		PersistentPreRunE: noSetup,
		RunE: func(*cobra.Command, []string) error {
			a.began = true
			return a.showVersion()
		},
	}
}

// showVersion says what this program is.
func (p *printer) showVersion() error {
	doc := versionDocument{
		Version: version, Commit: commit(), Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Build: buildFeatures(),
	}
	return p.result(doc, func() {
		p.printf("loradex %s\n%s %s\nencoder %s, tree-sitter %s\n", doc.Version, doc.Go, doc.Platform,
			yesNo(doc.Build.Encoder), yesNo(doc.Build.TreeSitter))
	})
}

// commit is the revision that the go command recorded.
func commit() string { return buildSetting("vcs.revision") }

func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// codeName is the version of this program and, where the build knew it, its revision: "-dirty" where the tree had changes.
func codeName() string {
	name := version
	if revision := commit(); revision != "" {
		name += " " + revision[:min(12, len(revision))]
		if buildSetting("vcs.modified") == "true" {
			name += "-dirty"
		}
	}
	return name
}
