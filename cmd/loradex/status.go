package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// statusDocument is what `status --json` prints.
type statusDocument struct {
	Index   *indexStatus  `json:"index"` // null where there is none
	Encoder encoderStatus `json:"encoder"`
	Home    string        `json:"home"`
	Config  []string      `json:"config"` // files that were read
	Build   features      `json:"build"`
}

// indexStatus describes an index.
type indexStatus struct {
	Dir       string         `json:"dir"`
	Store     string         `json:"store"` // sqlite or qdrant
	Repo      string         `json:"repo"`
	Rev       string         `json:"rev"`
	Dirty     bool           `json:"dirty"`
	IndexedAt string         `json:"indexed_at"` // RFC 3339; "" before the first complete scan
	Files     int            `json:"files"`
	Skipped   map[string]int `json:"skipped"`
	Chunks    int            `json:"chunks"`
	Coverage  float64        `json:"coverage"` // of the default space; of each chunk's own where the index is language-wise
	Spaces    []spaceStatus  `json:"spaces"`
	Size      *search.Size   `json:"size"`             // null where a server keeps the index
	Server    *search.Server `json:"server,omitempty"` // of an index in Qdrant
	Trees     []treeStatus   `json:"trees,omitempty"`  // where there are several
}

// treeStatus describes a tree of an index: a work tree, a branch, a revision.
type treeStatus struct {
	Repo      string `json:"repo"`
	Branch    string `json:"branch,omitempty"`
	Revision  bool   `json:"revision,omitempty"` // it is the tree of one commit
	Rev       string `json:"rev"`
	Dirty     bool   `json:"dirty"`
	IndexedAt string `json:"indexed_at"`
	Files     int    `json:"files"`
	Chunks    int    `json:"chunks"`
}

// spaceStatus describes a space of an index.
type spaceStatus struct {
	ID         string       `json:"id"`
	Adapter    adapters.Mix `json:"adapter"`
	Model      string       `json:"model"`
	Dimensions int          `json:"dimensions"`
	MaxTokens  int          `json:"max_tokens"`
	Vectors    int          `json:"vectors"`
	Coverage   float64      `json:"coverage"`
	Default    bool         `json:"default"`
	// Languages are those whose chunks belong to the space, in a language-wise index; vectors and coverage are of them.
	Languages []string `json:"languages,omitempty"`
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
	c := &cobra.Command{
		Use: "status [PATH|URL]", Short: "Say what is indexed, how far, and what encodes", Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			where := "."
			if len(args) == 1 {
				where = args[0]
			}
			doc := statusDocument{
				Home: a.Home.Dir, Config: append([]string{}, a.Config.Files...), Build: buildFeatures(),
				Encoder: encoderStatus{Available: true, Model: a.ModelName(), Device: a.Config.Device},
			}
			reason, err := a.WithoutVectors(cmd.Context())
			if err != nil {
				reason = err
			}
			if reason != nil {
				doc.Encoder.Available, doc.Encoder.Reason, doc.Encoder.Hint = false, reason.Error(), fault.HintOf(reason)
			}
			dir, err := a.FindIndex(where)
			if err != nil && !notFound(err) {
				return err
			}
			if err == nil {
				if doc.Index, err = a.indexStatus(cmd.Context(), dir); err != nil {
					return err
				}
			}
			if a.flags.json {
				return a.printJSON(doc)
			}
			a.showStatus(doc)
			return nil
		},
	}
	a.indexFlag(c)
	return c
}

// indexStatus reads an index.
func (a *app) indexStatus(ctx context.Context, dir string) (*indexStatus, error) {
	store, err := a.OpenIndex(ctx, dir)
	if err != nil {
		return nil, err
	}
	held, err := store.Describe(ctx)
	if err != nil {
		return nil, err
	}
	in, err := a.scopeOf(ctx, store, "", treeFlags{})
	if err != nil {
		return nil, err
	}
	repo, err := in.Repo(ctx)
	if err != nil {
		return nil, err
	}
	files, err := in.Files(ctx)
	if err != nil {
		return nil, err
	}
	chunks, err := in.ChunkCount(ctx)
	if err != nil {
		return nil, err
	}
	spaces, err := in.Spaces(ctx)
	if err != nil {
		return nil, err
	}
	s := &indexStatus{
		Dir: dir, Repo: repo.Repo, Rev: repo.Rev, Dirty: repo.Dirty, Files: len(files), Skipped: repo.Skipped,
		Chunks: chunks, Spaces: []spaceStatus{},
	}
	s.Store, s.Size, s.Server = workspace.InSQLite, held.Size, held.Server
	if held.Server != nil {
		s.Store = workspace.InQdrant
	}
	s.addTrees(held.Trees)
	if s.Skipped == nil {
		s.Skipped = map[string]int{}
	}
	if repo.Time > 0 {
		s.IndexedAt = time.Unix(repo.Time, 0).UTC().Format(time.RFC3339)
	}
	for _, sp := range spaces {
		cover := 1.0
		if chunks > 0 {
			cover = float64(sp.Vectors) / float64(chunks)
		}
		s.Spaces = append(s.Spaces, spaceStatus{
			ID: sp.Space.ID, Adapter: sp.Space.Mix, Model: sp.Space.Model,
			Dimensions: sp.Space.Dimensions, MaxTokens: sp.Space.MaxTokens, Vectors: sp.Vectors, Coverage: cover, Default: sp.Default,
		})
		if sp.Default {
			s.Coverage = cover
		}
	}
	return s, languageStatus(ctx, in, repo, files, spaces, s)
}

// addTrees lists the trees where there are several.
func (s *indexStatus) addTrees(trees []indexer.TreeState) {
	if len(trees) < 2 {
		return
	}
	for _, t := range trees {
		status := treeStatus{
			Repo: t.State.Repo, Branch: t.Branch, Revision: t.Rev != "", Rev: t.State.Rev, Dirty: t.State.Dirty,
			Files: t.Files, Chunks: t.Chunks,
		}
		if t.State.Time > 0 {
			status.IndexedAt = time.Unix(t.State.Time, 0).UTC().Format(time.RFC3339)
		}
		s.Trees = append(s.Trees, status)
	}
}

// languageStatus says of a language-wise index which languages each space is for, and how far it is with them.
func languageStatus(ctx context.Context, store indexer.Manifest, repo indexer.RepoState, files map[string]indexer.FileState,
	spaces []indexer.SpaceState, s *indexStatus,
) error {
	if len(repo.Languages) == 0 {
		return nil
	}
	covered := 0
	for _, part := range indexer.Parts(repo, spaces) {
		n, err := store.Covered(ctx, part.Space.ID, part.Languages)
		if err != nil {
			return err
		}
		covered += n
		chunks := 0
		for _, f := range files {
			if slices.Contains(part.Languages, f.Language) {
				chunks += f.Chunks
			}
		}
		at := slices.IndexFunc(s.Spaces, func(sp spaceStatus) bool { return sp.ID == part.Space.ID })
		s.Spaces[at].Vectors, s.Spaces[at].Languages = n, part.Languages
		s.Spaces[at].Coverage = 1
		if chunks > 0 {
			s.Spaces[at].Coverage = min(1, float64(n)/float64(chunks))
		}
	}
	if s.Chunks > 0 {
		s.Coverage = float64(covered) / float64(s.Chunks)
	}
	return nil
}

// name is a tree in words.
func (t treeStatus) name() string {
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
	return name
}

func (a *app) showStatus(doc statusDocument) {
	if s := doc.Index; s == nil {
		a.printf("no index here; make one with `loradex index`\n")
	} else {
		a.printf("index    %s\nrepo     %s", s.Dir, s.Repo)
		if s.Rev != "" {
			a.printf(" at %s", shortRev(s.Rev))
		}
		if s.Dirty {
			a.printf(" with changes")
		}
		if s.IndexedAt == "" {
			a.printf("\n         the first run was interrupted; `loradex index` goes on")
		} else {
			a.printf("\n         scanned %s", s.IndexedAt)
		}
		a.printf("\nfiles    %s", thousands(s.Files))
		if len(s.Skipped) > 0 {
			a.printf(" (skipped: %s)", countsText(s.Skipped))
		}
		a.printf("\nchunks   %s\n", thousands(s.Chunks))
		for _, sp := range s.Spaces {
			mark := ""
			if sp.Default {
				mark = ", default"
			}
			if sp.Languages != nil {
				a.printf("space    %s for %s (%s): %s vectors, %s\n", sp.Adapter, languagesText(sp.Languages), sp.Model,
					thousands(sp.Vectors), percent(int(1000*sp.Coverage), 1000))
				continue
			}
			a.printf("space    %s (%s%s): %s vectors, %s\n", sp.Adapter, sp.Model, mark, thousands(sp.Vectors), percent(sp.Vectors, s.Chunks))
		}
		if len(s.Spaces) == 0 {
			a.printf("space    none: the index is lexical\n")
		}
		for _, t := range s.Trees {
			a.printf("tree     %s: %s files, %s chunks\n", t.name(), thousands(t.Files), thousands(t.Chunks))
		}
		if s.Size != nil {
			a.printf("size     %s database, %s vectors\n", bytesText(s.Size.DatabaseBytes+s.Size.WALBytes), bytesText(s.Size.VectorBytes))
		}
		if s.Server != nil {
			a.printf("store    %s\n", serverText(*s.Server))
		}
	}
	if doc.Encoder.Available {
		a.printf("encoder  %s on %s\n", doc.Encoder.Model, doc.Encoder.Device)
	} else {
		a.printf("encoder  none: %s\n", doc.Encoder.Reason)
		if doc.Encoder.Hint != "" {
			a.printf("         %s\n", doc.Encoder.Hint)
		}
	}
	a.printf("home     %s\n", doc.Home)
}
