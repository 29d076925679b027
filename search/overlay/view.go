package overlay

import (
	"context"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// View returns the index as it is with the buffers. It is for one search, of the trees of x or of some of them: buffers
// that change later do not change it. A view over no buffer is the store itself.
func (b *Buffers) View(ctx context.Context, x Index) (search.Reader, error) {
	active, err := b.active(ctx, x)
	if err != nil || len(active) == 0 {
		return x.Store, err
	}
	v := &view{Store: x.Store, buffers: b, trees: x.Trees, active: active}
	v.split()
	return v, v.addTrees(ctx)
}

// placed is a buffer that differs from the index, and what it hides there.
type placed struct {
	*buffer
	file   *indexer.File
	first  search.ID
	hidden []search.Stored
	tree   *indexer.TreeState // as in search.Stored
}

// active returns the buffers that count, and forgets those that were released and do not any more.
func (b *Buffers) active(ctx context.Context, x Index) ([]placed, error) {
	var out []placed
	for _, n := range b.list() {
		if !slices.Contains(x.Trees, n.key.Tree) {
			continue
		}
		stamp, released := b.isReleased(n)
		if released && b.opts.Stamp(n.key) != stamp {
			b.forget(n)
			continue
		}
		stored, err := x.Store.At(ctx, []indexer.Tree{n.key.Tree}, n.key.Path, 0, 0)
		if err != nil {
			return nil, err
		}
		file, first, err := n.chunks(ctx, b)
		if err != nil {
			return nil, err
		}
		if len(stored) == 0 && len(file.Chunks) > 0 {
			if takes, err := b.opts.Takes(ctx, n.key); err != nil || !takes {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		done := same(file, stored)
		for _, space := range n.spaces() {
			if done {
				done, err = covered(ctx, x.Store, space, stored, n)
			}
			if err != nil {
				return nil, err
			}
		}
		if done && released {
			b.forget(n)
		}
		if !done {
			out = append(out, placed{buffer: n, file: file, first: first, hidden: stored})
		}
	}
	return out, nil
}

// covered tells whether the index has the vectors of a space that the buffer has. A space that is gone is.
func covered(ctx context.Context, r search.Reader, space string, stored []search.Stored, n *buffer) (bool, error) {
	known, _ := n.in(space)
	var ids []search.ID
	for i := range stored {
		if known[i] != nil {
			ids = append(ids, stored[i].ID)
		}
	}
	vectors, err := r.Vectors(ctx, space, ids)
	if fault.CodeOf(err) == fault.NotFound {
		return true, nil
	}
	return err == nil && !slices.ContainsFunc(vectors, func(v vector) bool { return v == nil }), err
}

// view is the index with buffers in place of files. Everything that is not said here is the index's.
type view struct {
	Store
	buffers *Buffers
	trees   []indexer.Tree
	active  []placed
	parts   []part
}

// part are some trees and the files of theirs that are hidden.
type part struct {
	trees  []indexer.Tree
	hidden []search.Span
}

// split makes a part of each tree that has buffers, and one of the rest.
func (v *view) split() {
	var rest []indexer.Tree
	for _, t := range v.trees {
		p := part{trees: []indexer.Tree{t}}
		for i := range v.active {
			if v.active[i].key.Tree == t {
				p.hidden = append(p.hidden, search.Span{Path: v.active[i].key.Path})
			}
		}
		if p.hidden == nil {
			rest = append(rest, t)
			continue
		}
		v.parts = append(v.parts, p)
	}
	if len(rest) > 0 {
		v.parts = append(v.parts, part{trees: rest})
	}
}

// searched returns the trees that are asked for; nil stands for all of the view.
func (v *view) searched(trees []indexer.Tree) []indexer.Tree {
	if trees == nil {
		return v.trees
	}
	return trees
}

// of returns the trees of the part that are searched; nil stands for all of the view.
func (p *part) of(trees []indexer.Tree) []indexer.Tree {
	if trees == nil {
		return p.trees
	}
	return slices.DeleteFunc(slices.Clone(p.trees), func(t indexer.Tree) bool { return !slices.Contains(trees, t) })
}

// addTrees says of the buffers which tree they are of, where the index has several.
func (v *view) addTrees(ctx context.Context) error {
	state, err := v.Store.State(ctx)
	if err != nil {
		return err
	}
	for i := range v.active {
		p := &v.active[i]
		if len(p.hidden) > 0 {
			p.tree = p.hidden[0].Tree
		} else if len(state.Trees) > 1 {
			at := slices.IndexFunc(state.Trees, func(t indexer.TreeState) bool { return t.Tree == p.key.Tree })
			if at >= 0 {
				p.tree = &state.Trees[at]
			}
		}
		if p.tree != nil {
			t := *p.tree
			t.State.Dirty = true
			p.tree = &t
		}
	}
	return nil
}

// stored returns a chunk of a buffer as a store would.
func (p *placed) stored(i int) search.Stored {
	return search.Stored{
		ID: p.first + search.ID(i), Path: p.key.Path, Language: p.file.Language, Blob: p.file.Blob, Chunk: p.file.Chunks[i], Tree: p.tree,
	}
}

// find returns the buffer and the place in it of a chunk; nil where the chunk is the index's or of no buffer of the view.
func (v *view) find(id search.ID) (*placed, int) {
	for i := range v.active {
		p := &v.active[i]
		if at := int(id - p.first); id >= p.first && at < len(p.file.Chunks) {
			return p, at
		}
	}
	return nil, 0
}
