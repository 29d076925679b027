package mine

import (
	"context"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// collector is an index that only keeps the files it is given: so what is mined is exactly what is indexed.
type collector struct {
	max    int // chunks
	chunks int
	over   int // files left out for it
	files  []indexer.File
}

var _ indexer.Store = (*collector)(nil)

// PutFiles keeps the files, up to the limit on chunks.
func (c *collector) PutFiles(_ context.Context, _ string, files []indexer.File) error {
	for _, f := range files {
		if c.chunks+len(f.Chunks) > c.max {
			c.over++
			continue
		}
		c.chunks += len(f.Chunks)
		f.Texts = nil // documents get texts of their own, without docs
		c.files = append(c.files, f)
	}
	return nil
}

// ChunkCount returns the number of chunks that were kept.
func (c *collector) ChunkCount(context.Context) (int, error) { return c.chunks, nil }

// The rest is an index that was empty before.

func (c *collector) Files(context.Context) (map[string]indexer.FileState, error) {
	return map[string]indexer.FileState{}, nil
}

func (c *collector) CachedChunks(context.Context, string, string, string) ([]indexer.Chunk, bool, error) {
	return nil, false, nil
}

func (c *collector) Covered(context.Context, string, []string) (int, error) { return 0, nil }
func (c *collector) Repo(context.Context) (indexer.RepoState, error)        { return indexer.RepoState{}, nil }

func (c *collector) PutRepo(context.Context, indexer.RepoState) error {
	return nil
}
func (c *collector) Spaces(context.Context) ([]indexer.SpaceState, error)      { return nil, nil }
func (c *collector) RemoveFiles(context.Context, []string) error               { return nil }
func (c *collector) TouchFiles(context.Context, map[string]indexer.Stat) error { return nil }
func (c *collector) PendingCount(context.Context, string) (int, error)         { return 0, nil }
func (c *collector) PutSpace(context.Context, embed.Space, bool) error         { return noVectors() }

func (c *collector) DropSpace(context.Context, string) error { return noVectors() }

func (c *collector) PutVectors(context.Context, string, []indexer.TextVector) error {
	return noVectors()
}

func (c *collector) Pending(context.Context, string, string, int) ([]indexer.PendingText, error) {
	return nil, noVectors()
}

// noVectors is returned by what is never called: without an encoder the indexer fills no space.
func noVectors() error { return fault.New(fault.Internal, "mining makes no vectors") }
