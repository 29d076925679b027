package search

import (
	"context"
	"maps"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
)

// Trees are some trees of a store, or one, as the indexer sees an index. Its spaces, cached chunk lists and pending texts are
// those of the whole store.
type Trees interface {
	indexer.Store
	indexer.Sharing
}

type someTrees struct {
	Backend
	trees []indexer.Tree
}

// In returns trees of a store. What is written goes to the first of them.
func In(store Backend, trees ...indexer.Tree) Trees {
	return &someTrees{store, append([]indexer.Tree{}, trees...)} // no tree is not any tree
}

// change changes the first tree.
func (t *someTrees) change(ctx context.Context, c Change) error {
	if len(t.trees) == 0 {
		return fault.New(fault.Internal, "%s of no tree", &c)
	}
	for i := range c.Put {
		if err := c.Put[i].Validate(); err != nil {
			return err
		}
	}
	if !c.Files() && len(c.Touch) == 0 && c.State == nil {
		return ctx.Err()
	}
	return t.Change(ctx, t.trees[0], c)
}

// Files implements indexer.Manifest. Of several trees it is the files of all, those of the first where they differ.
func (t *someTrees) Files(ctx context.Context) (map[string]indexer.FileState, error) {
	out := map[string]indexer.FileState{}
	for _, tree := range slices.Backward(t.trees) {
		files, err := t.Backend.Files(ctx, []indexer.Tree{tree}, "")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			out[f.Path] = f
		}
	}
	return out, nil
}

// Repo implements indexer.Manifest: the state of the first tree.
func (t *someTrees) Repo(ctx context.Context) (indexer.RepoState, error) {
	state, err := t.State(ctx)
	return state.repo(t.trees), err
}

// repo returns the state of the first of some trees, nil being the zero tree. The index's mixes are those of a tree that it
// does not have, too.
func (s *State) repo(trees []indexer.Tree) indexer.RepoState {
	if trees == nil {
		trees = []indexer.Tree{{}}
	}
	if len(trees) == 0 {
		return indexer.RepoState{}
	}
	at := slices.IndexFunc(s.Trees, func(t indexer.TreeState) bool { return t.Tree == trees[0] })
	if at < 0 {
		return indexer.RepoState{Languages: s.Languages}
	}
	return s.Trees[at].State
}

// Spaces implements indexer.Manifest.
func (t *someTrees) Spaces(ctx context.Context) ([]indexer.SpaceState, error) {
	return Spaces(ctx, t.Backend, t.trees)
}

// Spaces lists the spaces of an index with the number of chunks of some trees that have a vector in each; nil stands for
// all trees.
func Spaces(ctx context.Context, r Reader, trees []indexer.Tree) ([]indexer.SpaceState, error) {
	state, _, err := survey(ctx, r, trees)
	return state.Spaces, err
}

// survey returns the state of an index with the vectors of its spaces, and the number of chunks.
func survey(ctx context.Context, r Reader, trees []indexer.Tree) (state State, chunks int, err error) {
	for try := 0; ; try++ {
		if state, err = r.State(ctx); err != nil {
			return state, 0, err
		}
		chunks, err = state.count(ctx, r, trees)
		if fault.CodeOf(err) == fault.NotFound && try < dropTries { // a space was dropped just now
			continue
		}
		return state, chunks, err
	}
}

// dropTries is how often spaces may be dropped while they are counted.
const dropTries = 3

// count fills in how many chunks of some trees have a vector in each space, and returns how many there are.
func (s *State) count(ctx context.Context, r Reader, trees []indexer.Tree) (chunks int, err error) {
	ids := []string{""}
	for i := range s.Spaces {
		ids = append(ids, s.Spaces[i].Space.ID)
	}
	counts, err := r.Count(ctx, trees, nil, ids...)
	if err != nil {
		return 0, err
	}
	for i := range s.Spaces {
		s.Spaces[i].Vectors = counts[i+1]
	}
	return counts[0], nil
}

// Covered implements indexer.Manifest.
func (t *someTrees) Covered(ctx context.Context, space string, languages []string) (int, error) {
	return count(ctx, t.Backend, t.trees, languages, space)
}

// ChunkCount implements indexer.Manifest.
func (t *someTrees) ChunkCount(ctx context.Context) (int, error) {
	return count(ctx, t.Backend, t.trees, nil, "")
}

// count is [Reader].Count for one space.
func count(ctx context.Context, r Reader, trees []indexer.Tree, languages []string, space string) (int, error) {
	counts, err := r.Count(ctx, trees, languages, space)
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// PutFiles implements indexer.Sink.
func (t *someTrees) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
	return t.change(ctx, Change{Chunker: chunker, Put: files})
}

// RemoveFiles implements indexer.Sink.
func (t *someTrees) RemoveFiles(ctx context.Context, paths []string) error {
	return t.change(ctx, Change{Remove: paths})
}

// TouchFiles implements indexer.Sink.
func (t *someTrees) TouchFiles(ctx context.Context, stats map[string]indexer.Stat) error {
	return t.change(ctx, Change{Touch: stats})
}

// PutRepo implements indexer.Sink.
func (t *someTrees) PutRepo(ctx context.Context, state indexer.RepoState) error {
	return t.change(ctx, Change{State: &state})
}

// Shared implements indexer.Sharing.
func (t *someTrees) Shared(ctx context.Context, chunker string) (map[indexer.FileVersion]indexer.FileState, error) {
	state, err := t.State(ctx)
	if err != nil {
		return nil, err
	}
	out := map[indexer.FileVersion]indexer.FileState{}
	others := []indexer.Tree{}
	for i := range state.Trees {
		if len(t.trees) > 0 && state.Trees[i].Tree != t.trees[0] {
			others = append(others, state.Trees[i].Tree)
		}
	}
	if len(others) == 0 {
		return out, nil
	}
	files, err := t.Backend.Files(ctx, others, chunker)
	for _, f := range files {
		if f.Blob != "" { // nothing is known of a file without one
			out[indexer.FileVersion{Path: f.Path, Blob: f.Blob}] = f
		}
	}
	return out, err
}

// ShareFiles implements indexer.Sharing.
func (t *someTrees) ShareFiles(ctx context.Context, chunker string, files []indexer.FileState) error {
	return t.change(ctx, Change{Chunker: chunker, Share: files})
}

// Languages implements indexer.Sharing.
func (t *someTrees) Languages(ctx context.Context) ([]string, error) {
	files, err := t.Backend.Files(ctx, nil, "")
	languages := map[string]bool{}
	for _, f := range files {
		languages[f.Language] = true
	}
	return slices.Sorted(maps.Keys(languages)), err
}
