package overlay

import (
	"context"
	"maps"
	"slices"
	"sync"

	"loradex/indexer"
	"loradex/search"
)

// buffer is one text. A changed text is a new buffer, so views never see one change.
type buffer struct {
	key   Key
	text  string
	huge  bool // larger than the index takes: the text is not kept
	disk  bool // the bytes of a file, in whatever encoding it has; else an editor's text
	bytes int64

	released bool   // guarded by Buffers.mu
	stamp    string // as above

	mu      sync.Mutex // guards what follows, and is held while it is made
	cut     bool
	file    indexer.File
	first   search.ID                 // of its chunks, which follow each other
	vectors map[string]map[int]vector // by space, then by chunk; the inner maps are replaced, never changed
	looked  map[string]bool           // spaces whose stored vectors were asked for
}

type vector = []float32

// overhead is what a buffer costs beside its text.
const overhead = 1 << 10

func newBuffer(k Key, text string, o *indexer.Options) *buffer {
	limit := o.Limit(k.Path, indexer.Marks{Taken: indexer.TakenByName}) // what the file is marked with is asked when it is cut
	n := &buffer{key: k, bytes: overhead + int64(len(text)), vectors: map[string]map[int]vector{}, looked: map[string]bool{}}
	if int64(len(text)) > limit {
		n.huge, n.bytes = true, overhead
		return n
	}
	n.text = text
	return n
}

// chunks returns the file as the index would store it, cutting it with the first call.
func (n *buffer) chunks(ctx context.Context, b *Buffers) (*indexer.File, search.ID, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut {
		return &n.file, n.first, nil
	}
	n.file = indexer.File{Path: n.key.Path}
	if !n.huge {
		marks, err := b.opts.Marks(ctx, n.key)
		if err != nil {
			return nil, 0, err
		}
		if !n.disk {
			marks.Encoding = ""
		}
		if n.file, _, err = indexer.FileOf(ctx, n.key.Path, []byte(n.text), marks, b.opts.Index); err != nil {
			return nil, 0, err
		}
	}
	n.first = b.takeIDs(len(n.file.Chunks))
	n.cut, n.text = true, "" // the chunks have all of it that counts
	return &n.file, n.first, nil
}

// in returns the vectors of a space, and whether the stored ones were asked for. The map must not be changed.
func (n *buffer) in(space string) (vectors map[int]vector, looked bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.vectors[space], n.looked[space]
}

// learn adds vectors of a space.
func (n *buffer) learn(space string, more map[int]vector) {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make(map[int]vector, len(more)+len(n.vectors[space]))
	maps.Copy(all, n.vectors[space])
	maps.Copy(all, more)
	n.vectors[space], n.looked[space] = all, true
}

// spaces lists the spaces that the buffer has vectors of.
func (n *buffer) spaces() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []string
	for space, vectors := range n.vectors {
		if len(vectors) > 0 {
			out = append(out, space)
		}
	}
	slices.Sort(out)
	return out
}

// same tells whether the index holds the content of the buffer, maybe cut by other rules, or the same chunks.
func same(f *indexer.File, stored []search.Stored) bool {
	if len(stored) > 0 && stored[0].Blob != "" && stored[0].Blob == f.Blob {
		return true
	}
	if len(f.Chunks) != len(stored) {
		return false
	}
	for i := range stored { // a mark in front, or other ends of lines
		a, b := &f.Chunks[i], &stored[i].Chunk
		if a.StartLine != b.StartLine || a.EndLine != b.EndLine || a.Text != b.Text || a.Symbol != b.Symbol ||
			a.Doc != b.Doc || a.Kind != b.Kind || stored[i].Language != f.Language {
			return false
		}
	}
	return true
}
