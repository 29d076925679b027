package indexer

import (
	"context"
	"errors"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"loradex/internal/fault"
)

// This file finds the files that changed, cuts them and stores them. One goroutine makes batches, with a few workers
// for each; the caller's goroutine stores one batch while the next is being made. The order is that of the snapshot, or of
// a first run's usefulness, so equal input gives an equal index.

const (
	batchFiles = 128
	batchBytes = 8 << 20 // of sources: bounds what is in memory, together with the channel's length
)

// outcome is what became of one entry.
type outcome struct {
	file  *File      // to be stored
	share *FileState // to be taken from another tree of the index
	skip  Reason     // passed over
	stat  Stat       // unchanged, but with these stat data; zero: nothing to touch
	gone  bool       // deleted since the scan
}

type batch struct {
	entries  []Entry
	outcomes []outcome
	seconds  float64 // spent on making it
}

// putChanged stores the entries that changed, and fills r.stays.
func (r *run) putChanged() error {
	entries, err := r.order()
	if err != nil {
		return err
	}
	return r.eachBatch(entries, r.putBatch)
}

// eachBatch makes batches of entries and hands them on one after the other, while the next is made.
func (r *run) eachBatch(entries []Entry, take func(b *batch) error) error {
	ctx, stop := context.WithCancel(r.ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	made := make(chan *batch, 1)
	group.Go(func() error {
		defer close(made)
		for rest := entries; len(rest) > 0; {
			n := batchLength(rest)
			b, err := r.makeBatch(ctx, rest[:n])
			if err != nil {
				return err
			}
			rest = rest[n:]
			select {
			case made <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	var failed error
	done, total := 0, len(entries)
	for b := range made {
		if failed != nil {
			continue // drain, so that the maker ends
		}
		if failed = take(b); failed != nil {
			stop()
			continue
		}
		done += len(b.entries)
		r.opts.Progress(Progress{Phase: "index", Done: done, Total: total})
	}
	err := group.Wait()
	if failed != nil {
		return failed
	}
	return err
}

// batchLength says how many entries make the next batch.
func batchLength(entries []Entry) int {
	size := int64(0)
	for i := range entries {
		if size += max(entries[i].Size, 0); i > 0 && size > batchBytes || i == batchFiles {
			return i
		}
	}
	return len(entries)
}

func (r *run) makeBatch(ctx context.Context, entries []Entry) (*batch, error) {
	start := time.Now()
	b := &batch{entries: entries, outcomes: make([]outcome, len(entries))}
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for i := range entries {
		state, known := r.known[entries[i].Path]
		if o, done := r.withoutReading(&entries[i], state, known); done {
			b.outcomes[i] = o
			continue
		}
		workers.Go(func() (err error) {
			b.outcomes[i], err = r.reading(ctx, &entries[i], state, known)
			return err
		})
	}
	err := workers.Wait()
	b.seconds = time.Since(start).Seconds()
	return b, err
}

// withoutReading decides over an entry by its path, size and blob, where that is enough.
func (r *run) withoutReading(e *Entry, state FileState, known bool) (outcome, bool) {
	if e.Skip != "" {
		return outcome{skip: e.Skip}, true
	}
	if reason := r.rules.skipByPath(e.Path, e.Size, e.Marks); reason != "" {
		return outcome{skip: reason}, true
	}
	if e.Size > r.opts.limitOf(e.Path, e.Marks) {
		return outcome{skip: Huge}, true
	}
	if r.sameRules && known && r.current(&state) && e.Blob != "" && e.Blob == state.Blob {
		return outcome{stat: e.Stat}, true
	}
	return r.fromOthers(e)
}

// reading decides over an entry by its content, and cuts it.
func (r *run) reading(ctx context.Context, e *Entry, state FileState, known bool) (outcome, error) {
	if err := ctx.Err(); err != nil {
		return outcome{}, err
	}
	content, err := e.Read(ctx, r.opts.limitOf(e.Path, e.Marks))
	var skip SkipError
	switch {
	case err == nil:
	case errors.As(err, &skip):
		return outcome{skip: skip.Reason}, nil
	case errors.Is(err, ErrGone):
		return outcome{gone: true}, nil
	case ctx.Err() != nil:
		return outcome{}, ctx.Err()
	case fault.CodeOf(err) == fault.Unavailable:
		return outcome{}, fault.Wrap(fault.Unavailable, err, "reading %s", e.Path)
	default:
		return outcome{skip: Unreadable}, nil
	}
	blob := e.Blob
	if content.Stat != (Stat{}) || blob == "" {
		blob = BlobHash(content.Data) // a work tree: what was read decides, whatever the scan said
	}
	language, text, reason := r.rules.classify(e.Path, content.Data, e.Marks)
	if reason != "" {
		return outcome{skip: reason}, nil
	}
	if known && r.current(&state) && blob == state.Blob && language == state.Language {
		return outcome{stat: content.Stat}, nil
	}
	read := *e
	read.Blob, read.Stat = blob, content.Stat
	if o, ok := r.fromOthers(&read); ok && o.share.Language == language {
		return o, nil
	}
	chunks, err := r.cut(ctx, blob, language, e.Path, text)
	if err != nil {
		return outcome{}, err
	}
	if len(chunks) == 0 {
		return outcome{skip: Empty}, nil
	}
	file := &File{Path: e.Path, Blob: blob, Language: language, Size: int64(len(content.Data)), Stat: content.Stat}
	file.hold(chunks, r.opts.Template)
	return outcome{file: file}, nil
}

// cut returns the chunks of a text, from the store's cache where they are there.
func (r *run) cut(ctx context.Context, blob, language, path string, text []byte) ([]Chunk, error) {
	if !r.opts.Full && len(r.known)+len(r.shared) > 0 { // an empty store is not asked file by file
		chunks, ok, err := r.store.CachedChunks(ctx, blob, language, r.opts.Chunker(language))
		if err != nil {
			return nil, storeError(err, "reading the index")
		}
		if ok {
			return chunks, nil
		}
	}
	return r.opts.chunks(ctx, language, path, text)
}

// putBatch stores a batch and counts what became of its entries.
func (r *run) putBatch(b *batch) error {
	defer r.timed(&r.report.Seconds.Store)()
	r.report.Seconds.Chunk += b.seconds
	var files []File
	touched := map[string]Stat{}
	for i, o := range b.outcomes {
		state, known := r.known[b.entries[i].Path]
		switch {
		case o.file != nil:
			files = append(files, *o.file)
		case o.share == nil && o.skip == "" && !o.gone && o.stat != (Stat{}) && o.stat != state.Stat && known:
			touched[state.Path] = o.stat
		}
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	err := ByChunker(files, func(f *File) string { return r.opts.Chunker(f.Language) }, func(chunker string, files []File) error {
		if err := r.store.PutFiles(r.ctx, chunker, files); err != nil {
			return storeError(err, "storing files")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.putShared(b); err != nil {
		return err
	}
	if len(touched) > 0 {
		if err := r.store.TouchFiles(r.ctx, touched); err != nil {
			return storeError(err, "storing files")
		}
	}
	for i, o := range b.outcomes {
		path := b.entries[i].Path
		switch {
		case o.gone:
			continue
		case o.skip != "":
			r.report.Files.Skipped[string(o.skip)]++
			r.report.Files.Seen++
			continue
		case o.file != nil, o.share != nil:
			r.report.Files.Indexed++
			r.report.Chunks.Removed += r.known[path].Chunks
		default:
			r.report.Files.Unchanged++
		}
		r.report.Files.Seen++
		r.stays[path] = true
	}
	return nil
}
