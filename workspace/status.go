package workspace

// This file says what is indexed, and how far.

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/search"
)

// Status describes an index.
type Status struct {
	Dir       string         `json:"dir"`
	Store     string         `json:"store"` // sqlite or qdrant
	Repo      string         `json:"repo"`
	Rev       string         `json:"rev"`
	Dirty     bool           `json:"dirty"`
	Changed   int            `json:"changed"`           // files of work trees that were edited, deleted or made since
	Missing   []string       `json:"missing,omitempty"` // repositories that are not there any more, or cannot be opened
	IndexedAt string         `json:"indexed_at"`        // RFC 3339; "" before the first complete scan
	Files     int            `json:"files"`
	Skipped   map[string]int `json:"skipped"`
	Chunks    int            `json:"chunks"`
	Coverage  float64        `json:"coverage"` // of the default space; of each chunk's own where the index is language-wise
	Spaces    []spaceStatus  `json:"spaces"`
	Size      *search.Size   `json:"size"`             // null where a server keeps the index
	Server    *search.Server `json:"server,omitempty"` // of an index in Qdrant
	Trees     []TreeStatus   `json:"trees,omitempty"`  // where there are several
	// Writer says what another process is making of the index; "" where none is.
	Writer string `json:"writer,omitempty"`
	// SkippedFiles are what the index does not hold of its work trees, where they were asked for ([local.Skipped]).
	SkippedFiles []SkippedFile `json:"skipped_files,omitempty"`
}

// SkippedFile is a file of a repository that the index does not hold, and why.
type SkippedFile struct {
	Repo string `json:"repo,omitempty"` // where the index holds several
	indexer.SkippedFile
}

// TreeStatus is a [Tree] of a status.
type TreeStatus struct {
	Repo      string `json:"repo"`
	Branch    string `json:"branch,omitempty"`
	Revision  bool   `json:"revision,omitempty"` // it is the tree of one commit
	Gone      bool   `json:"gone,omitempty"`     // it is a linked work tree that was removed
	Rev       string `json:"rev"`
	Dirty     bool   `json:"dirty"`
	Changed   int    `json:"changed,omitempty"`
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

// Status implements [Workspace]. It is about the work trees, and lists all trees where there are several.
func (l *local) Status(ctx context.Context) (*Status, error) {
	in, err := l.scope(ctx, search.Selection{})
	if err != nil {
		return nil, err
	}
	held, err := in.store.Describe(ctx)
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
	s := &Status{
		Dir: in.dir, Repo: repo.Repo, Rev: repo.Rev, Dirty: repo.Dirty, IndexedAt: timeText(repo.Time),
		Files: len(files), Skipped: repo.Skipped, Chunks: chunks, Spaces: []spaceStatus{},
	}
	if s.Skipped == nil {
		s.Skipped = map[string]int{}
	}
	s.Store, s.Size, s.Server = InSQLite, held.Size, held.Server
	if held.Server != nil {
		s.Store = InQdrant
	}
	changed, missing, err := l.changedFiles(ctx, in)
	if err != nil {
		return nil, err
	}
	s.Missing = missing
	for _, n := range changed {
		s.Changed += n
	}
	s.Dirty = s.Dirty || s.Changed > 0
	s.addTrees(held.Trees, changed, l.session.Shared != "")
	s.Writer = l.WriterText(ctx)
	return s, s.addSpaces(ctx, in, repo, files)
}

// WriterText says that another process is making what the index lacks, so that nobody starts a second one; "" where none is.
func (l *local) WriterText(ctx context.Context) string {
	l.mu.Lock()
	where := l.where
	l.mu.Unlock()
	dir, err := l.session.FindIndex(ctx, where)
	if err != nil {
		return ""
	}
	if writer := indexer.Writer(dir); writer != "" {
		return writer + " is making the rest: wait for it, or search by words (--mode lexical)"
	}
	return ""
}

// Skipped lists what the index does not hold of its work trees as they are now.
func (l *local) Skipped(ctx context.Context) (out []SkippedFile, err error) {
	in, err := l.scope(ctx, search.Selection{})
	if err != nil {
		return nil, err
	}
	run := l.session.child()
	defer func() { err = errors.Join(err, run.Close()) }()
	out = []SkippedFile{}
	for _, tree := range in.names {
		held := search.In(in.store, tree)
		state, err := held.Repo(ctx)
		if err != nil {
			return nil, err
		}
		known, err := held.Files(ctx)
		if err != nil {
			return nil, err
		}
		where, err := ownFolder(ctx, scope{held, in.openIndex, nil})
		if err != nil {
			return nil, err
		}
		repo, err := run.openRepo(ctx, cmp.Or(where, state.Repo), true)
		if err != nil {
			return nil, err
		}
		list, err := indexer.Skipped(ctx, repo.Source(""), known, run.indexerOptions())
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			shown := SkippedFile{SkippedFile: f}
			if len(in.names) > 1 {
				shown.Repo = state.Repo
			}
			out = append(out, shown)
		}
	}
	return out, nil
}

// addSpaces lists the spaces, and says of a language-wise index which languages each is for and how far it is with them.
func (s *Status) addSpaces(ctx context.Context, in scope, repo indexer.RepoState, files map[string]indexer.FileState) error {
	spaces, err := in.Spaces(ctx)
	if err != nil {
		return err
	}
	parts, share, err := indexer.Coverage(ctx, in.Covered, repo, spaces, s.Chunks)
	if err != nil {
		return err
	}
	if len(spaces) > 0 {
		s.Coverage = share
	}
	for _, sp := range spaces {
		out := spaceStatus{
			ID: sp.Space.ID, Adapter: sp.Space.Mix, Model: sp.Space.Model, Dimensions: sp.Space.Dimensions,
			MaxTokens: sp.Space.MaxTokens, Vectors: sp.Vectors, Default: sp.Default, Coverage: shareOf(sp.Vectors, s.Chunks),
		}
		if at := slices.IndexFunc(parts, func(p indexer.Part) bool { return p.Space.ID == sp.Space.ID }); at >= 0 {
			out.Vectors, out.Languages = parts[at].Covered, parts[at].Languages
			chunks := 0
			for _, f := range files {
				if slices.Contains(out.Languages, f.Language) {
					chunks += f.Chunks
				}
			}
			out.Coverage = min(1, shareOf(out.Vectors, chunks))
		}
		s.Spaces = append(s.Spaces, out)
	}
	return nil
}

// shareOf is 1 of nothing.
func shareOf(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// addTrees lists the trees where there are several.
func (s *Status) addTrees(trees []indexer.TreeState, changed map[indexer.Tree]int, shared bool) {
	if len(trees) < 2 {
		return
	}
	for _, state := range trees {
		t := treeOf(state)
		s.Trees = append(s.Trees, TreeStatus{
			Repo: t.Repo, Branch: t.Branch, Revision: t.Kind == "revision", Gone: !shared && isGone(state.Tree), Rev: t.Rev, IndexedAt: t.IndexedAt,
			Dirty: t.Dirty || changed[state.Tree] > 0, Changed: changed[state.Tree], Files: t.Files, Chunks: t.Chunks,
		})
	}
}
