package overlay

import (
	"cmp"
	"context"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines what a view says of single chunks, and of the whole.

// Chunks implements search.Reader.
func (v *view) Chunks(ctx context.Context, ids []search.ID) ([]search.Stored, error) {
	out := make([]search.Stored, len(ids))
	var theirs []search.ID
	var at []int
	for i, id := range ids {
		switch p, place := v.find(id); {
		case p != nil:
			out[i] = p.stored(place)
		case id >= firstID:
			return nil, fault.New(fault.NotFound, "chunk %d of a buffer is gone", id).WithHint("search again")
		default:
			theirs, at = append(theirs, id), append(at, i)
		}
	}
	if len(theirs) == 0 {
		return out, ctx.Err()
	}
	chunks, err := v.Reader.Chunks(ctx, theirs)
	if err != nil {
		return nil, err
	}
	for i, c := range chunks {
		out[at[i]] = c
	}
	return out, v.moveTrees(ctx, out, at)
}

// moveTrees names another tree for stored chunks whose first tree hides them: they were found in that one.
func (v *view) moveTrees(ctx context.Context, chunks []search.Stored, stored []int) error {
	for _, i := range stored {
		c := &chunks[i]
		if c.Tree == nil || !v.hides(c.Tree.Tree, c.Path) {
			continue
		}
		for n := range v.parts {
			p := &v.parts[n]
			if slices.Contains(p.trees, c.Tree.Tree) {
				continue
			}
			other, err := p.At(ctx, c.Path, c.Chunk.StartLine, c.Chunk.EndLine)
			if err != nil {
				return err
			}
			if at := slices.IndexFunc(other, func(o search.Stored) bool { return o.ID == c.ID }); at >= 0 {
				c.Tree = other[at].Tree
				break
			}
		}
	}
	return nil
}

func (v *view) hides(t indexer.Tree, path string) bool {
	return slices.ContainsFunc(v.active, func(p placed) bool { return p.key.Tree == t && p.key.Path == path })
}

// VectorOf implements search.Reader.
func (v *view) VectorOf(ctx context.Context, space string, id search.ID) ([]float32, bool, error) {
	p, at := v.find(id)
	if p == nil {
		return v.Reader.VectorOf(ctx, space, id)
	}
	vectors, err := v.vectors(ctx, space, p)
	return slices.Clone(vectors[at]), vectors[at] != nil, err
}

// At implements search.Reader.
func (v *view) At(ctx context.Context, path string, a, b int) ([]search.Stored, error) {
	if err := (search.Span{Path: path, StartLine: a, EndLine: b}).Validate(); err != nil {
		return nil, err
	}
	out := []search.Stored{}
	for i := range v.parts {
		p := &v.parts[i]
		if slices.ContainsFunc(p.hidden, func(s search.Span) bool { return s.Path == path }) {
			continue
		}
		chunks, err := p.At(ctx, path, a, b)
		if err != nil {
			return nil, err
		}
		out = append(out, chunks...)
	}
	for i := range v.active {
		p := &v.active[i]
		for at := range p.file.Chunks {
			if p.key.Path == path && overlaps(&p.file.Chunks[at], a, b) {
				out = append(out, p.stored(at))
			}
		}
	}
	slices.SortFunc(out, func(x, y search.Stored) int {
		return cmp.Or(cmp.Compare(x.Chunk.StartLine, y.Chunk.StartLine), cmp.Compare(x.ID, y.ID))
	})
	return slices.CompactFunc(out, func(x, y search.Stored) bool { return x.ID == y.ID }), nil
}

// Files implements indexer.Manifest.
func (v *view) Files(ctx context.Context) (map[string]indexer.FileState, error) {
	files, err := v.Reader.Files(ctx)
	if err != nil {
		return nil, err
	}
	for i := range v.active {
		p := &v.active[i]
		delete(files, p.key.Path)
		if n := len(p.file.Chunks); n > 0 {
			files[p.key.Path] = indexer.FileState{Path: p.key.Path, Blob: p.file.Blob, Language: p.file.Language, Chunks: n}
		}
	}
	return files, nil
}

// Repo implements indexer.Manifest. A tree with buffers differs from its commit.
func (v *view) Repo(ctx context.Context) (indexer.RepoState, error) {
	state, err := v.Reader.Repo(ctx)
	state.Dirty = true
	return state, err
}

// ChunkCount implements indexer.Manifest.
func (v *view) ChunkCount(ctx context.Context) (int, error) {
	n, err := v.Reader.ChunkCount(ctx)
	for i := range v.active {
		n += len(v.active[i].file.Chunks) - len(v.active[i].hidden)
	}
	return max(n, 0), err
}

// Covered implements indexer.Manifest.
func (v *view) Covered(ctx context.Context, space string, languages []string) (int, error) {
	n, err := v.Reader.Covered(ctx, space, languages)
	if err != nil {
		return 0, err
	}
	more, err := v.coveredMore(ctx, space, languages)
	return max(n+more, 0), err
}

// coveredMore is how many more chunks of some languages have a vector than in the index.
func (v *view) coveredMore(ctx context.Context, space string, languages []string) (int, error) {
	n := 0
	counts := func(language string) bool { return languages == nil || slices.Contains(languages, language) }
	for i := range v.active {
		p := &v.active[i]
		if counts(p.file.Language) {
			vectors, err := v.vectors(ctx, space, p)
			if err != nil {
				return 0, err
			}
			n += len(vectors)
		}
		for _, c := range p.hidden {
			if !counts(c.Language) {
				continue
			}
			_, ok, err := v.Reader.VectorOf(ctx, space, c.ID)
			if err != nil {
				return 0, err
			}
			if ok {
				n--
			}
		}
	}
	return n, nil
}

// Spaces implements indexer.Manifest.
func (v *view) Spaces(ctx context.Context) ([]indexer.SpaceState, error) {
	spaces, err := v.Reader.Spaces(ctx)
	if err != nil {
		return nil, err
	}
	for i := range spaces {
		more, err := v.coveredMore(ctx, spaces[i].Space.ID, nil)
		if err != nil && !isNotFound(err) { // dropped just now
			return nil, err
		}
		spaces[i].Vectors = max(spaces[i].Vectors+more, 0)
	}
	return spaces, nil
}
