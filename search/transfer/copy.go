package transfer

import (
	"context"
	"maps"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// Options says how an index is copied.
type Options struct {
	// Indexer holds the rules by which the index was made; the texts of its chunks follow from them.
	Indexer indexer.Options
	// Progress is told how many of the files are copied. The default nil tells nobody.
	Progress func(done, total int)
}

// Report is what a copy did.
type Report struct {
	Files   int `json:"files"`   // in the index
	Copied  int `json:"copied"`  // of these in this run; the others were there from an interrupted one
	Chunks  int `json:"chunks"`  // in the index
	Vectors int `json:"vectors"` // written in this run, over all spaces
}

// batchFiles is how many files are copied at a time.
const batchFiles = 64

// Copy makes a store hold what another one holds, tree by tree; what several trees have in common is written once. The
// caller keeps others from writing either. Conflict where the source was made by other rules, or the destination holds
// something else; Internal where the counts differ at the end.
func Copy(ctx context.Context, from, to search.Backend, o Options) (Report, error) {
	var total Report
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	state, err := from.State(ctx)
	if err != nil {
		return total, err
	}
	if len(state.Trees) == 0 { // an index that is only begun
		state.Trees = []indexer.TreeState{{}}
	}
	for _, t := range state.Trees {
		c := &copying{ctx: ctx, store: from, tree: t.Tree, from: search.In(from, t.Tree), to: search.In(to, t.Tree), opts: o, report: &total}
		err := c.all()
		if err != nil && len(state.Trees) > 1 {
			err = fault.Prefix(err, "%s", t.Tree)
		}
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// copying is the state of copying one tree.
type copying struct {
	ctx      context.Context //nolint:containedctx // lives as long as the one call that it belongs to
	store    search.Backend  // that is read
	tree     indexer.Tree
	from, to search.Trees
	opts     Options
	state    indexer.RepoState
	spaces   []indexer.SpaceState
	known    map[string]indexer.FileState // files of the source
	there    map[string]indexer.FileState // files of the destination
	report   *Report                      // of all trees
}

func (c *copying) all() error {
	if err := c.prepare(); err != nil {
		return err
	}
	if err := c.files(); err != nil {
		return err
	}
	if err := c.verify(); err != nil {
		return err
	}
	// Last, because it says that the tree is whole.
	return c.to.PutRepo(c.ctx, c.state)
}

// prepare reads what there is, refuses what would be mixed up, and makes the spaces.
func (c *copying) prepare() (err error) {
	if c.state, err = c.from.Repo(c.ctx); err != nil {
		return err
	}
	if c.known, err = c.from.Files(c.ctx); err != nil {
		return err
	}
	for _, f := range c.known {
		if f.Chunker != c.opts.Indexer.Chunker(f.Language) {
			return fault.New(fault.Conflict, "the index holds %s by other rules (%q) than those of this program", f.Path, f.Chunker).
				WithHint("run `loradex index` first")
		}
	}
	if c.spaces, err = c.from.Spaces(c.ctx); err != nil {
		return err
	}
	if c.there, err = c.to.Files(c.ctx); err != nil {
		return err
	}
	for path, f := range c.there {
		if c.known[path].Blob != f.Blob {
			return fault.New(fault.Conflict, "the destination holds %s, which is not a file of this index", path).
				WithHint("copy into a store that is empty, or holds the beginning of this copy")
		}
	}
	unfinished := c.state
	unfinished.Time = 0
	if err := c.to.PutRepo(c.ctx, unfinished); err != nil {
		return err
	}
	for _, s := range c.spaces {
		if err := c.to.PutSpace(c.ctx, s.Space, s.Default); err != nil {
			return err
		}
	}
	return nil
}

// files copies what is not there yet.
func (c *copying) files() error {
	paths := slices.Sorted(maps.Keys(c.known))
	paths = slices.DeleteFunc(paths, func(p string) bool { _, there := c.there[p]; return there })
	c.report.Files += len(c.known)
	done := len(c.known) - len(paths)
	for batch := range slices.Chunk(paths, batchFiles) {
		c.opts.Progress(done, len(c.known))
		files := make([]indexer.File, len(batch))
		for i, path := range batch {
			f, err := c.file(path)
			if err != nil {
				return err
			}
			files[i] = f
		}
		for _, s := range c.spaces {
			if err := c.vectors(s.Space.ID, files); err != nil {
				return err
			}
		}
		chunker := func(f *indexer.File) string { return c.known[f.Path].Chunker }
		err := indexer.ByChunker(files, chunker, func(chunker string, files []indexer.File) error {
			return c.to.PutFiles(c.ctx, chunker, files)
		})
		if err != nil {
			return err
		}
		c.report.Copied += len(files)
		done += len(files)
	}
	c.opts.Progress(len(c.known), len(c.known))
	return nil
}

// file reads one file with its chunks, and makes their texts as the indexer made them.
func (c *copying) file(path string) (indexer.File, error) {
	state := c.known[path]
	stored, err := c.store.At(c.ctx, []indexer.Tree{c.tree}, path, 0, 0)
	if err != nil {
		return indexer.File{}, err
	}
	if len(stored) != state.Chunks {
		return indexer.File{}, fault.New(fault.Corrupt, "%s has %d chunks, and the index says %d", path, len(stored), state.Chunks).
			WithHint("run `loradex doctor`")
	}
	f := indexer.File{Path: path, Blob: state.Blob, Language: state.Language, Size: state.Stat.Size, Stat: state.Stat}
	// In the order of their IDs, which is that of the file as it was cut.
	slices.SortFunc(stored, func(a, b search.Stored) int { return int(a.ID - b.ID) })
	for i := range stored {
		f.Chunks = append(f.Chunks, stored[i].Chunk)
		f.Texts = append(f.Texts, c.opts.Indexer.Template.Text(path, &stored[i].Chunk))
	}
	return f, nil
}

// vectors copies those of the files' texts in one space.
func (c *copying) vectors(space string, files []indexer.File) error {
	var texts []string
	seen := map[string]bool{}
	for _, f := range files {
		for _, t := range f.Texts {
			if !seen[t] {
				seen[t] = true
				texts = append(texts, t)
			}
		}
	}
	vectors, err := c.store.TextVectors(c.ctx, space, texts)
	if err != nil {
		return err
	}
	var put []indexer.TextVector
	for i, v := range vectors {
		if v != nil {
			put = append(put, indexer.TextVector{Digest: indexer.TextDigest(texts[i]), Vector: v})
		}
	}
	c.report.Vectors += len(put)
	return c.to.PutVectors(c.ctx, space, put)
}

// verify compares what both stores count.
func (c *copying) verify() error {
	want, err := c.from.ChunkCount(c.ctx)
	if err != nil {
		return err
	}
	c.report.Chunks += want
	got, err := c.to.ChunkCount(c.ctx)
	if err != nil {
		return err
	}
	if got != want {
		return fault.New(fault.Internal, "%d chunks were to be copied, and %d are there", want, got)
	}
	for _, s := range c.spaces {
		want, err := c.from.Covered(c.ctx, s.Space.ID, nil)
		if err != nil {
			return err
		}
		if got, err = c.to.Covered(c.ctx, s.Space.ID, nil); err != nil {
			return err
		}
		if got != want {
			return fault.New(fault.Internal, "%d chunks have a vector in space %s, and %d after copying", want, s.Space.ID, got)
		}
	}
	return nil
}
