package indexer_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"loradex/embed"
	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
)

// memory is an index in memory, which the tests of the indexer take for a store. Each call is atomic. Safe for concurrent use.
type memory struct {
	mu      sync.Mutex // guards all below
	files   map[string]indexer.File
	order   []string          // paths as they were put, the newest last
	cutBy   map[string]string // chunker by path
	lists   map[string][]indexer.Chunk
	spaces  []embed.Space
	vectors map[string]map[string][]float32 // by space and text digest
	def     string
	repo    indexer.RepoState

	// FailAfter makes every writing call fail once that many have succeeded. -1 means never.
	FailAfter int
	// Err is what a failing call returns.
	Err error
	// Writes counts the writing calls that succeeded.
	Writes int
}

var _ indexer.Store = (*memory)(nil)

// newMemory returns an empty store that never fails.
func newMemory() *memory {
	return &memory{
		files: map[string]indexer.File{}, cutBy: map[string]string{}, lists: map[string][]indexer.Chunk{},
		vectors: map[string]map[string][]float32{}, FailAfter: -1, Err: fault.New(fault.Unavailable, "disk full, on purpose"),
	}
}

// write runs a writing call.
func (s *memory) write(ctx context.Context, do func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.FailAfter >= 0 && s.Writes >= s.FailAfter {
		return s.Err
	}
	s.Writes++
	return do()
}

// Files is part of [indexer.Manifest].
func (s *memory) Files(context.Context) (map[string]indexer.FileState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]indexer.FileState{}
	for path, f := range s.files {
		out[path] = indexer.FileState{Path: path, Blob: f.Blob, Language: f.Language, Stat: f.Stat, Chunks: len(f.Chunks), Chunker: s.cutBy[path]}
	}
	return out, nil
}

// CachedChunks is part of [indexer.Manifest].
func (s *memory) CachedChunks(_ context.Context, blob, language, chunker string) ([]indexer.Chunk, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.lists[blob+"\x00"+language+"\x00"+chunker]
	return slices.Clone(list), ok, nil
}

// Repo is part of [indexer.Manifest].
func (s *memory) Repo(context.Context) (indexer.RepoState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repo, nil
}

// Spaces is part of [indexer.Manifest].
func (s *memory) Spaces(context.Context) ([]indexer.SpaceState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []indexer.SpaceState
	for _, space := range s.spaces {
		state := indexer.SpaceState{Space: space, Default: space.ID == s.def}
		for _, f := range s.files {
			for _, text := range f.Texts {
				if s.vectors[space.ID][indexer.TextDigest(text)] != nil {
					state.Vectors++
				}
			}
		}
		out = append(out, state)
	}
	return out, nil
}

// Covered is part of [indexer.Manifest].
func (s *memory) Covered(_ context.Context, space string, languages []string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vectors[space] == nil {
		return 0, fault.New(fault.NotFound, "no space %s", space)
	}
	n := 0
	for _, f := range s.files {
		if languages != nil && !slices.Contains(languages, f.Language) {
			continue
		}
		for _, text := range f.Texts {
			if s.vectors[space][indexer.TextDigest(text)] != nil {
				n++
			}
		}
	}
	return n, nil
}

// ChunkCount is part of [indexer.Manifest].
func (s *memory) ChunkCount(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.files {
		n += len(f.Chunks)
	}
	return n, nil
}

// PutFiles is part of [indexer.Sink].
func (s *memory) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
	return s.write(ctx, func() error {
		for i := range files {
			if err := files[i].Validate(); err != nil {
				return err
			}
		}
		for _, f := range files {
			s.files[f.Path], s.cutBy[f.Path] = f, chunker
			s.order = append(slices.DeleteFunc(s.order, func(p string) bool { return p == f.Path }), f.Path)
			s.lists[f.Blob+"\x00"+f.Language+"\x00"+chunker] = slices.Clone(f.Chunks)
		}
		return nil
	})
}

// RemoveFiles is part of [indexer.Sink].
func (s *memory) RemoveFiles(ctx context.Context, paths []string) error {
	return s.write(ctx, func() error {
		for _, p := range paths {
			delete(s.files, p)
		}
		return nil
	})
}

// TouchFiles is part of [indexer.Sink].
func (s *memory) TouchFiles(ctx context.Context, stats map[string]indexer.Stat) error {
	return s.write(ctx, func() error {
		for path, stat := range stats {
			if f, ok := s.files[path]; ok {
				f.Stat = stat
				s.files[path] = f
			}
		}
		return nil
	})
}

// PutSpace is part of [indexer.Sink].
func (s *memory) PutSpace(ctx context.Context, space embed.Space, def bool) error {
	return s.write(ctx, func() error {
		if space.ID == "" || space.Dimensions < 1 {
			return fault.New(fault.Invalid, "space %q of %d dimensions", space.ID, space.Dimensions)
		}
		at := slices.IndexFunc(s.spaces, func(x embed.Space) bool { return x.ID == space.ID })
		if at >= 0 && s.spaces[at].Dimensions != space.Dimensions {
			return fault.New(fault.Conflict, "space %s has %d dimensions", space.ID, s.spaces[at].Dimensions)
		}
		if at < 0 {
			s.spaces = append(s.spaces, space)
			s.vectors[space.ID] = map[string][]float32{}
		}
		if def || len(s.spaces) == 1 {
			s.def = space.ID
		}
		return nil
	})
}

// DropSpace is part of [indexer.Sink].
func (s *memory) DropSpace(ctx context.Context, id string) error {
	return s.write(ctx, func() error {
		if s.vectors[id] == nil {
			return fault.New(fault.NotFound, "no space %s", id)
		}
		delete(s.vectors, id)
		s.spaces = slices.DeleteFunc(s.spaces, func(x embed.Space) bool { return x.ID == id })
		if s.def == id && len(s.spaces) > 0 {
			s.def = s.spaces[0].ID
		}
		return nil
	})
}

// pending returns the texts without a vector, that of the newest chunk first. The caller holds mu.
func (s *memory) pending(space string) []indexer.PendingText {
	known := map[string]*indexer.PendingText{}
	last := map[string]int{} // place of the newest chunk
	place := 0
	for _, path := range s.order {
		f := s.files[path] // without texts where it was removed
		for _, text := range f.Texts {
			place++
			d := indexer.TextDigest(text)
			if s.vectors[space][d] != nil {
				continue
			}
			if last[d] = place; known[d] == nil {
				known[d] = &indexer.PendingText{Digest: d, Text: text, Language: f.Language}
			} else if p := known[d]; !p.In([]string{f.Language}) {
				p.Others = append(p.Others, f.Language)
				slices.Sort(p.Others)
			}
		}
	}
	out := []indexer.PendingText{}
	for d, p := range known {
		p.Cursor = strconv.Itoa(last[d])
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b indexer.PendingText) int { return cmp.Compare(last[b.Digest], last[a.Digest]) })
	return out
}

// Pending is part of [indexer.Sink].
func (s *memory) Pending(_ context.Context, space, after string, limit int) (page []indexer.PendingText, total int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vectors[space] == nil {
		return nil, 0, fault.New(fault.NotFound, "no space %s", space)
	}
	all := s.pending(space)
	if after == "" {
		total = len(all)
	} else {
		below, err := strconv.Atoi(after)
		if err != nil {
			return nil, 0, fault.Wrap(fault.Invalid, err, "cursor %q", after)
		}
		all = slices.DeleteFunc(all, func(p indexer.PendingText) bool {
			at, err := strconv.Atoi(p.Cursor)
			return err != nil || at >= below
		})
	}
	return all[:min(limit, len(all))], total, nil
}

// PutVectors is part of [indexer.Sink].
func (s *memory) PutVectors(ctx context.Context, space string, vectors []indexer.TextVector) error {
	return s.write(ctx, func() error {
		if s.vectors[space] == nil {
			return fault.New(fault.NotFound, "no space %s", space)
		}
		dims := s.spaces[slices.IndexFunc(s.spaces, func(x embed.Space) bool { return x.ID == space })].Dimensions
		for _, v := range vectors {
			if err := checkTextVector(v, dims); err != nil {
				return err
			}
		}
		for _, v := range vectors {
			s.vectors[space][v.Digest] = v.Vector
		}
		return nil
	})
}

// checkTextVector is Invalid for what no store keeps.
func checkTextVector(v indexer.TextVector, dims int) error {
	square := 0.0
	for _, x := range v.Vector {
		square += float64(x) * float64(x)
	}
	if digest, err := hex.DecodeString(v.Digest); err != nil || len(digest) != sha256.Size ||
		len(v.Vector) != dims || !(math.Abs(square-1) < 0.02) { // false for NaN too
		return fault.New(fault.Invalid, "a vector of %d dimensions, squares %g, for the text %q", len(v.Vector), square, v.Digest)
	}
	return nil
}

// PutRepo is part of [indexer.Sink].
func (s *memory) PutRepo(ctx context.Context, state indexer.RepoState) error {
	return s.write(ctx, func() error {
		s.repo = state
		return nil
	})
}

// Dump describes all that can be searched, sorted: two stores with equal dumps give the same answers.
func (s *memory) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "rev %s dirty %v skipped %v default %s\n", s.repo.Rev, s.repo.Dirty, s.repo.Skipped,
		s.def)
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		f := s.files[path]
		fmt.Fprintf(&b, "file %s %s %s %d %s\n", path, f.Blob, f.Language, f.Size, s.cutBy[path])
		for i, c := range f.Chunks {
			fmt.Fprintf(&b, "  %d-%d %s %q\n", c.StartLine, c.EndLine, c.Symbol, f.Texts[i])
			for _, space := range s.spaces {
				fmt.Fprintf(&b, "    %s %v\n", space.ID, s.vectors[space.ID][indexer.TextDigest(f.Texts[i])])
			}
		}
	}
	return b.String()
}

// TestMemory: what the tests of the indexer take for an index is one.
func TestMemory(t *testing.T) {
	indexertest.Run(t, func(*testing.T) indexer.Store { return newMemory() })
}
