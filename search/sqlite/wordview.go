package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"

	"loradex/search/sqlite/words"
)

// This file defines what a search for words reads: the word index at one generation. It is derived from the chunks, as the
// files of vectors are from the vectors, and follows the same rules: an earlier view and the difference make the present one.

// wordView is immutable.
type wordView struct {
	state
	*words.Index
	segments []*wordSegment // of the parts
	filed    int            // how many of them lie in files
	refs     atomic.Int32
}

// wordSegment is a segment that several views may share.
type wordSegment struct {
	*words.Segment
	name  string // of its file; "" in memory
	unmap func() error
	refs  atomic.Int32
}

func (g *wordSegment) release() error {
	if g.refs.Add(-1) > 0 || g.unmap == nil {
		return nil
	}
	return g.unmap()
}

// wordPart is a segment without what went. Who holds one holds a reference.
type wordPart struct {
	words.Part
	segment *wordSegment
}

func releaseParts(parts []wordPart) error {
	var err error
	for _, p := range parts {
		err = errors.Join(err, p.segment.release())
	}
	return err
}

// newWordView takes the references of the parts; it has one itself, the caller's.
func newWordView(st state, parts []wordPart) *wordView {
	v := &wordView{state: st}
	list := make([]words.Part, len(parts))
	for i, p := range parts {
		list[i] = p.Part
		v.segments = append(v.segments, p.segment)
		if p.segment.name != "" {
			v.filed = i + 1
		}
	}
	v.Index = words.NewIndex(list)
	v.refs.Store(1)
	return v
}

func (v *wordView) release() error {
	if v == nil || v.refs.Add(-1) > 0 {
		return nil
	}
	var err error
	for _, g := range v.segments {
		err = errors.Join(err, g.release())
	}
	return err
}

// parts returns what is left of a view's parts without files that are not kept, each with a new reference; kept is nil for
// all. What has nothing left goes.
func (v *wordView) parts(kept *idSet) []wordPart {
	var out []wordPart
	for i, part := range v.Parts {
		if kept != nil {
			part = part.Bury(kept.has)
		}
		if part.Live() == 0 {
			continue
		}
		v.segments[i].refs.Add(1)
		out = append(out, wordPart{part, v.segments[i]})
	}
	return out
}

// inMemory counts the documents of a view that are in no file.
func (v *wordView) inMemory() (n int) {
	for i := v.filed; i < len(v.Parts); i++ {
		n += v.Parts[i].Segment.Docs()
	}
	return n
}

// withWords runs fn over the present word index. Where fn finds the files damaged they are made anew, once.
func (s *store) withWords(ctx context.Context, fn func(v *wordView) error) error {
	for try := 0; ; try++ {
		v, err := s.wordView(ctx)
		if err == nil {
			err = errors.Join(mapped(func() error { return fn(v) }), v.release())
		}
		if try > 0 || !isDamaged(err) {
			return s.explain(ctx, err, "search for words")
		}
		if err := s.discardWords(ctx); err != nil {
			return err
		}
	}
}

// wordView returns the present view, loading what changed since the last one. The caller releases it.
func (s *store) wordView(ctx context.Context) (*wordView, error) {
	st, err := currentState(ctx, s.readers)
	if err != nil {
		return nil, err
	}
	if v := s.cachedWords(); v != nil {
		if v.state == st {
			return v, nil
		}
		if err := v.release(); err != nil {
			return nil, err
		}
	}
	s.loadingWords.Lock()
	defer s.loadingWords.Unlock()
	for {
		var v *wordView
		err = s.snapshot(ctx, func(tx *sql.Tx) error {
			return mapped(func() (err error) {
				v, err = s.loadWords(ctx, tx)
				return err
			})
		})
		if !errors.Is(err, errAhead) || ctx.Err() != nil {
			return v, err
		}
	}
}

// errAhead says that another process has just written files of a state that a snapshot does not see yet.
var errAhead = errors.New("word files are newer than the snapshot")

// cachedWords returns the newest view that was loaded, with a reference for the caller, or nil.
func (s *store) cachedWords() *wordView {
	s.viewsMu.Lock()
	defer s.viewsMu.Unlock()
	if s.words != nil {
		s.words.refs.Add(1)
	}
	return s.words
}

// rememberWords makes v the newest view, nil for none; the store takes a reference of its own.
func (s *store) rememberWords(v *wordView) error {
	s.viewsMu.Lock()
	defer s.viewsMu.Unlock()
	if s.closed || s.words == v {
		return nil
	}
	if v != nil {
		v.refs.Add(1)
	}
	old := s.words
	s.words = v
	return old.release()
}

// loadWords returns the view at the state of tx, with a reference for the caller.
func (s *store) loadWords(ctx context.Context, tx *sql.Tx) (*wordView, error) {
	st, err := currentState(ctx, tx)
	if err != nil {
		return nil, err
	}
	prev, err := s.previousWords(ctx, tx)
	if err != nil {
		return nil, err
	}
	v := prev
	if prev == nil || prev.state != st {
		v, err = s.advanceWords(ctx, tx, st, prev)
		if err = errors.Join(err, prev.release()); err != nil {
			return nil, err
		}
	}
	return v, s.rememberWords(v)
}

// previousWords returns the best starting point: the cached view, else the files, else nil.
func (s *store) previousWords(ctx context.Context, q querier) (*wordView, error) {
	v := s.cachedWords()
	if v != nil {
		if ok, err := v.isPast(ctx, q); ok || err != nil {
			return v, err
		}
		if err := v.release(); err != nil {
			return nil, err
		}
	}
	return s.pastWords(ctx, q)
}

// pastWords returns what the files hold, nil where that is not the past of this database; errAhead where q is a snapshot that
// they are ahead of.
func (s *store) pastWords(ctx context.Context, q querier) (*wordView, error) {
	v, err := s.wordsFromFiles()
	if v == nil || err != nil {
		return nil, err
	}
	if ok, err := v.isPast(ctx, q); ok || err != nil {
		return v, err
	}
	// Only one load or flush at a time comes here, so a second connection is there.
	ahead, err := v.isPast(ctx, s.readers)
	if ahead && err == nil {
		err = errAhead
	}
	return nil, errors.Join(err, v.release())
}

// advanceWords makes the view of state st out of an earlier one, or of nothing. Where much is missing it writes files, so
// that the next process need not do it again.
func (s *store) advanceWords(ctx context.Context, tx *sql.Tx, st state, prev *wordView) (*wordView, error) {
	d, err := readWordDifference(ctx, tx, prev)
	if err != nil {
		return nil, err
	}
	missing := len(d.chunks)
	if prev != nil {
		missing += prev.inMemory()
	}
	if missing > keepInMemory && s.writer != nil {
		v, err := s.persistWords(ctx, tx, st, 0, false)
		if v != nil || ctx.Err() != nil || errors.Is(err, errAhead) {
			return v, err
		}
		// The lock is taken, or the disk full or read-only: nothing that should keep a search from answering.
	}
	var parts []wordPart
	filed := 0
	if prev != nil {
		parts = prev.parts(d.kept)
		for filed < len(parts) && parts[filed].segment.name != "" {
			filed++
		}
	}
	parts, err = growWords(ctx, tx, d.chunks, parts, memorySegment)
	if err == nil {
		// Files are not merged here: what is in memory is.
		var rest []wordPart
		rest, err = mergeWords(parts[filed:], true, memorySegment)
		parts = append(parts[:filed:filed], rest...)
	}
	if err != nil {
		return nil, errors.Join(err, releaseParts(parts))
	}
	return newWordView(st, parts), nil
}
