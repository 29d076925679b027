package indexer

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	"loradex/adapters"
	"loradex/internal/fault"
)

// run is the state of one call of Index.
type run struct {
	ctx     context.Context //nolint:containedctx // lives as long as the one call that it belongs to
	store   Store
	encoder Encoder
	opts    Options
	known   map[string]FileState      // what the index held at the start; read by several goroutines
	before  RepoState                 // what it said of itself
	sharing Sharing                   // the store, where trees share files
	shared  map[FileVersion]FileState // what other trees of it hold; read by several goroutines
	mixes   map[string]adapters.Mix   // by language, where the index is language-wise
	rules   rules                     // which files are taken, and as what
	// sameRules says that they are those of the last run; else files are looked at again.
	sameRules bool
	stays     map[string]bool // paths that stay in it
	snap      *Snapshot
	report    Report

	made, toMake int // vectors, for all spaces
}

// Index brings the store to the state of a source and fills its spaces. A nil encoder is for lexical search only. The
// caller holds the index's [Lock].
//
// The report is valid after an error too. Errors: what Scan, the encoder and the store return, with the phase named; a
// store that cannot be written is Unavailable; Canceled when ctx ends, between two batches. In every case the index
// holds whole batches only, and the next call goes on.
func Index(ctx context.Context, source Source, store Store, encoder Encoder, opts Options) (Report, error) {
	r := &run{
		ctx: ctx, store: store, encoder: encoder, opts: opts.withDefaults(),
		stays:  map[string]bool{},
		report: Report{Files: fileCounts{Skipped: map[string]int{}}, Spaces: []SpaceReport{}},
	}
	if err := opts.Validate(); err != nil {
		return r.report, err
	}
	if encoder == nil && len(opts.Spaces) > 0 {
		return r.report, fault.New(fault.Invalid, "%d spaces are to be filled without an encoder", len(opts.Spaces))
	}
	start := time.Now()
	err := stopped(ctx, r.all(source))
	// The counts are worth having after a failure too, but must not hide it.
	if countErr := r.count(context.WithoutCancel(ctx)); err == nil {
		err = countErr
	}
	r.report.Seconds.Total = time.Since(start).Seconds()
	return r.report, err
}

// stopped says that an error is for the end of ctx, where it is.
func stopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return fault.Wrap(fault.Canceled, err, "indexing stopped")
	}
	return err
}

func (r *run) all(source Source) error {
	if err := r.scan(source); err != nil {
		return err
	}
	if err := r.files(); err != nil {
		return err
	}
	return r.spaces()
}

// scan lists the files, and what the index holds of them.
func (r *run) scan(source Source) error {
	defer r.timed(&r.report.Seconds.Scan)()
	known, err := r.store.Files(r.ctx)
	if err != nil {
		return storeError(err, "reading the index")
	}
	r.known = known
	if err := r.loadShared(); err != nil {
		return err
	}
	if r.opts.Full {
		known = nil
	}
	return r.list(source, known)
}

// list scans the source.
func (r *run) list(source Source, hint map[string]FileState) (err error) {
	r.opts.Progress(Progress{Phase: "scan"})
	r.snap, err = source.Scan(r.ctx, hint, func(found int) { r.opts.Progress(Progress{Phase: "scan", Done: found}) })
	if err != nil {
		return err
	}
	r.rules = r.opts.rules(r.snap.Entries)
	r.report.Repo, r.report.Rev, r.report.Dirty = r.snap.Repo, r.snap.Rev, r.snap.Dirty
	r.opts.Progress(Progress{Phase: "scan", Done: len(r.snap.Entries), Total: len(r.snap.Entries)})
	return nil
}

// files brings the files and chunks of the store to the state of the snapshot.
func (r *run) files() error {
	if err := r.recordMixes(); err != nil {
		return err
	}
	if err := r.putChanged(); err != nil {
		return err
	}
	defer r.timed(&r.report.Seconds.Store)()
	var gone []string // from the repository, or passed over now
	for path, state := range r.known {
		if !r.stays[path] {
			gone = append(gone, path)
			r.report.Chunks.Removed += state.Chunks
		}
	}
	slices.Sort(gone)
	if len(gone) > 0 {
		if err := r.store.RemoveFiles(r.ctx, gone); err != nil {
			return storeError(err, "removing files from the index")
		}
		r.report.Files.Removed = len(gone)
	}
	if err := r.nameLanguages(); err != nil {
		return err
	}
	err := r.store.PutRepo(r.ctx, RepoState{
		Repo: r.snap.Repo, Rev: r.snap.Rev, Dirty: r.snap.Dirty, Languages: r.mixes,
		Skipped: maps.Clone(r.report.Files.Skipped), Time: time.Now().Unix(), Rules: r.rulesDigest(),
	})
	if err != nil {
		return storeError(err, "recording the scan")
	}
	return nil
}

// current says whether a file of the index is as the present rules make it.
func (r *run) current(state *FileState) bool {
	return !r.opts.Full && state.Chunker == r.opts.Chunker(state.Language)
}

// recordMixes records the mixes of a language-wise index, before the first file is stored: a run that is killed must not leave
// a language's space without the word that it is one.
func (r *run) recordMixes() error {
	defer r.timed(&r.report.Seconds.Store)()
	state, err := r.store.Repo(r.ctx)
	if err != nil {
		return storeError(err, "reading the index")
	}
	r.before = state
	r.sameRules = state.Rules == r.rulesDigest()
	if r.mixes = r.before.Languages; r.opts.Languages != nil {
		r.mixes = maps.Clone(r.opts.Languages)
	}
	if sameMixes(r.mixes, r.before.Languages) {
		return nil
	}
	state.Languages = r.mixes
	if err := r.store.PutRepo(r.ctx, state); err != nil {
		return storeError(err, "recording the mixes")
	}
	return nil
}

// rulesDigest stands for what decides over files besides their path and content; "" for the defaults.
func (r *run) rulesDigest() string {
	data := r.opts.Data
	if data == DataProject {
		data = ""
	}
	return strings.Trim(r.snap.Rules+" "+data, " ")
}

// count fills the parts of the report that describe the index as it is now.
func (r *run) count(ctx context.Context) error {
	defer r.timed(&r.report.Seconds.Store)()
	total, err := r.store.ChunkCount(ctx)
	if err != nil {
		return storeError(err, "counting chunks")
	}
	spaces, err := r.store.Spaces(ctx)
	if err != nil {
		return storeError(err, "listing spaces")
	}
	r.report.Chunks.Total = total
	for _, s := range spaces {
		r.report.Spaces = append(r.report.Spaces, SpaceReport{ID: s.Space.ID, Adapter: s.Space.Mix, Model: s.Space.Model, Vectors: s.Vectors})
	}
	parts, _, err := CoveredParts(ctx, r.store.Covered, RepoState{Languages: r.mixes}, spaces)
	if err != nil {
		return storeError(err, "counting vectors")
	}
	for _, part := range parts {
		at := slices.IndexFunc(r.report.Spaces, func(s SpaceReport) bool { return s.ID == part.Space.ID })
		r.report.Spaces[at].Vectors, r.report.Spaces[at].Languages = part.Covered, part.Languages
	}
	r.report.Coverage, err = r.coverage(ctx, total, spaces)
	return err
}

// timed adds the time until the returned function is called.
func (r *run) timed(to *float64) func() {
	start := time.Now()
	return func() { *to += time.Since(start).Seconds() }
}

// storeError names what failed. A full disk is Unavailable, and says so; a store's own code is kept.
func storeError(err error, doing string) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.Canceled, err, "%s", doing)
	}
	code := fault.Unavailable
	var known *fault.Error
	if errors.As(err, &known) {
		code = known.Code
	}
	wrapped := fault.Wrap(code, err, "%s", doing)
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG), errors.Is(err, syscall.EDQUOT):
		return wrapped.WithHint("the disk is full: make room, then run `loradex index` again; nothing is lost")
	case known == nil:
		return wrapped.WithHint("run `loradex index` again; what was stored is kept")
	}
	return wrapped
}
