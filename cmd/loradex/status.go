package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"loradex/internal/fault"
	"loradex/workspace"
)

// statusDocument is what `status --json` prints.
type statusDocument struct {
	Index   *workspace.Status `json:"index"` // null where there is none
	Encoder encoderStatus     `json:"encoder"`
	Home    string            `json:"home"`
	Config  []string          `json:"config"` // files that were read
	Build   features          `json:"build"`
}

// encoderStatus says whether vectors can be made, without starting anything.
type encoderStatus struct {
	Available bool   `json:"available"`
	Model     string `json:"model"`
	Device    string `json:"device"`
	Reason    string `json:"reason"` // why not
	Hint      string `json:"hint"`
}

func statusCommand(a *app) *cobra.Command {
	var skipped bool
	c := &cobra.Command{
		Use: "status [PATH|URL]", Short: "Say what is indexed, how far, and what encodes", Args: atMostOne,
		Long: "--skipped lists each file that the index does not hold, with the reason; a path with a slash\n" +
			"at its end is a folder with all that is in it. A line such as `!vendor/` or `!big.json` in\n" +
			".loradexignore takes in what the index would leave out: docs/indexes.md.",
		RunE: func(cmd *cobra.Command, args []string) error {
			where := whereOf(args)
			if a.Shared != "" {
				where = "" // all that the index holds
			}
			opened := a.Open(where)
			base := opened.Base(cmd.Context())
			doc := statusDocument{
				Home: a.Home.Dir, Config: append([]string{}, a.Config.Files...), Build: buildFeatures(),
				Encoder: encoderStatus{Available: true, Model: base.ModelName(), Device: a.Config.Device},
			}
			reason, err := base.WithoutVectors(cmd.Context())
			if err != nil {
				reason = err
			}
			if reason != nil {
				doc.Encoder.Available, doc.Encoder.Reason, doc.Encoder.Hint = false, reason.Error(), fault.HintOf(reason)
			}
			var missing error
			if doc.Index, missing = opened.Status(cmd.Context()); missing != nil && (skipped || fault.CodeOf(missing) != fault.NotFound) {
				return missing
			}
			if skipped {
				if doc.Index.SkippedFiles, err = opened.Skipped(cmd.Context()); err != nil {
					return err
				}
				return a.result(doc, func() { a.showSkipped(doc.Index.SkippedFiles) })
			}
			return a.result(doc, func() { a.showStatus(doc, missing) })
		},
	}
	a.indexFlag(c)
	c.Flags().BoolVar(&skipped, "skipped", false, "list each file that is not indexed, with the reason")
	return c
}

// showSkipped prints a path and a reason a line.
func (p *printer) showSkipped(files []workspace.SkippedFile) {
	for _, f := range files {
		path := f.Path
		if f.Repo != "" {
			path = f.Repo + "/" + path
		}
		p.printf("%s\t%s\n", printable(path), string(f.Reason))
	}
}

// treeText is a tree in words.
func treeText(t workspace.TreeStatus) string {
	kind := "work tree"
	switch {
	case t.Branch != "":
		kind = "branch " + printable(t.Branch)
	case t.Revision:
		kind = "revision"
	}
	name := kind + " of " + printable(t.Repo)
	if t.Rev != "" {
		name += " at " + shortRev(t.Rev)
	}
	if t.Dirty {
		name += " with changes"
	}
	if t.Gone {
		name += ", removed; `loradex clean --gone` takes it out"
	}
	return name
}

func (p *printer) showStatus(doc statusDocument, missing error) {
	if s := doc.Index; s == nil {
		p.printf("no index here: %v\n         %s\n", missing, fault.HintOf(missing))
	} else {
		p.printf("index    %s\nrepo     %s", s.Dir, s.Repo)
		if s.Rev != "" {
			p.printf(" at %s", shortRev(s.Rev))
		}
		if s.Dirty {
			p.printf(" with changes")
		}
		if s.IndexedAt == "" {
			p.printf("\n         %s", cmp.Or(s.Writer, "the first run was interrupted; `loradex index` goes on"))
		} else {
			p.printf("\n         scanned %s", s.IndexedAt)
			if s.Writer != "" {
				p.printf("\n         %s", s.Writer)
			}
		}
		if s.Changed > 0 {
			p.printf("\n         changed since: %s files; `loradex index` takes them", thousands(s.Changed))
		}
		for _, repo := range s.Missing {
			p.printf("\n         not there any more, or cannot be opened: %s", printable(repo))
		}
		p.printf("\nfiles    %s", thousands(s.Files))
		if len(s.Skipped) > 0 {
			p.printf(" (skipped: %s)", countsText(s.Skipped))
		}
		p.printf("\nchunks   %s\n", thousands(s.Chunks))
		for _, sp := range s.Spaces {
			mark := ""
			if sp.Default {
				mark = ", default"
			}
			if sp.Languages != nil {
				p.printf("space    %s for %s (%s): %s vectors, %s\n", sp.Adapter, languagesText(sp.Languages), sp.Model,
					thousands(sp.Vectors), percent(int(1000*sp.Coverage), 1000))
				continue
			}
			p.printf("space    %s (%s%s): %s vectors, %s\n", sp.Adapter, sp.Model, mark, thousands(sp.Vectors), percent(sp.Vectors, s.Chunks))
		}
		if len(s.Spaces) == 0 {
			p.printf("space    none: the index is lexical\n")
		}
		for _, t := range s.Trees {
			p.printf("tree     %s: %s files, %s chunks\n", treeText(t), thousands(t.Files), thousands(t.Chunks))
		}
		if s.Size != nil {
			p.printf("size     %s database, %s vectors, %s words\n",
				bytesText(s.Size.DatabaseBytes+s.Size.WALBytes), bytesText(s.Size.VectorBytes), bytesText(s.Size.WordBytes))
		}
		if s.Server != nil {
			p.printf("store    %s\n", s.Server)
		}
	}
	if doc.Encoder.Available {
		p.printf("encoder  %s on %s\n", doc.Encoder.Model, doc.Encoder.Device)
	} else {
		p.printf("encoder  none: %s\n", doc.Encoder.Reason)
		if doc.Encoder.Hint != "" {
			p.printf("         %s\n", doc.Encoder.Hint)
		}
	}
	p.printf("home     %s\n", doc.Home)
}
