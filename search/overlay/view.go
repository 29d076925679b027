package overlay

import (
	"context"
	"slices"

	"loradex/indexer"
	"loradex/search"
)

// View returns the index as it is with the buffers. It is for one search: buffers that change later do not change it. A
// view over no buffer is Index.All itself. Closing a view is up to whoever opened the index.
func (b *Buffers) View(ctx context.Context, x Index) (search.Reader, error) {
	active, err := b.active(ctx, x)
	if err != nil || len(active) == 0 {
		return x.All, err
	}
	v := &view{Reader: x.All, buffers: b, active: active}
	v.split(x)
	if err := v.addTrees(ctx, x); err != nil {
		return nil, err
	}
	return v, nil
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
		own := x.tree(n.key.Tree)
		stored, err := own.At(ctx, n.key.Path, 0, 0)
		if err != nil {
			return nil, err
		}
		if len(stored) == 0 {
			if takes, err := b.opts.Takes(ctx, n.key); err != nil || !takes {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		file, first, err := n.chunks(ctx, b)
		if err != nil {
			return nil, err
		}
		done := same(file, stored)
		for _, space := range n.spaces() {
			if done {
				done, err = covered(ctx, own, space, stored, n)
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
	vectors, _ := n.in(space)
	for i := range stored {
		if vectors[i] == nil {
			continue
		}
		_, ok, err := r.VectorOf(ctx, space, stored[i].ID)
		if isNotFound(err) {
			return true, nil
		}
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// tree returns a reader of one tree.
func (x Index) tree(t indexer.Tree) search.Reader {
	if x.Forest == nil || len(x.Trees) == 1 {
		return x.All
	}
	return x.Forest.In(t)
}

// view is the index with buffers in place of files. Everything that is not said here is the index's.
type view struct {
	search.Reader
	buffers *Buffers
	active  []placed
	parts   []part
}

// part are some trees and the files of theirs that are hidden.
type part struct {
	search.Reader
	trees  []indexer.Tree
	hidden []search.Span
}

// split makes a part of each tree that has buffers, and one of the rest.
func (v *view) split(x Index) {
	var rest []indexer.Tree
	for _, t := range x.Trees {
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
		p.Reader = x.tree(t)
		v.parts = append(v.parts, p)
	}
	if len(rest) > 0 && x.Forest != nil {
		v.parts = append(v.parts, part{Reader: x.Forest.In(rest...), trees: rest})
	}
}

// addTrees says of the buffers which tree they are of, where the index has several.
func (v *view) addTrees(ctx context.Context, x Index) error {
	var all []indexer.TreeState
	for i := range v.active {
		p := &v.active[i]
		if len(p.hidden) > 0 {
			p.tree = p.hidden[0].Tree
		} else if x.Forest != nil {
			if all == nil {
				var err error
				if all, err = x.Forest.Trees(ctx); err != nil {
					return err
				}
			}
			at := slices.IndexFunc(all, func(t indexer.TreeState) bool { return t.Tree == p.key.Tree })
			if at >= 0 && len(all) > 1 {
				p.tree = &all[at]
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
