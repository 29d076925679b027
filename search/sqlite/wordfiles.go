package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"loradex/internal/atomicfile"
	"loradex/internal/fault"
	mappedfile "loradex/internal/mapped"
	"loradex/search/sqlite/words"
)

// This file defines the files of the word index: segments that do not change, and a list of them, which is replaced.

const (
	wordsName    = "words"
	wordsList    = "list"
	segmentFile  = ".words" // ends the names of segments
	wordFillStep = 1 << 13  // chunks that a run stores before it writes their words to files
)

func (s *store) wordsDir() string { return filepath.Join(s.dir, wordsName) }

// wordsFromFiles returns the view that the files hold, nil where there is none that can be used.
func (s *store) wordsFromFiles() (*wordView, error) {
	for range 3 { // between reading the list and opening a segment another process may replace both
		v, err := s.openWords()
		switch {
		case err == nil:
			return v, nil
		case errors.Is(err, fs.ErrNotExist):
			continue
		case isDamaged(err):
			return nil, nil //nolint:nilnil // documented
		}
		return nil, err
	}
	return nil, nil //nolint:nilnil // documented
}

func (s *store) openWords() (*wordView, error) {
	data, err := os.ReadFile(filepath.Join(s.wordsDir(), wordsList))
	if err != nil {
		return nil, err
	}
	m, err := words.DecodeManifest(data)
	if err != nil {
		return nil, err
	}
	if m.Form != wordForm() {
		return nil, fmt.Errorf("%w: words counted in another way", words.ErrDamaged)
	}
	var parts []wordPart
	for _, listed := range m.Segments {
		g, err := s.openSegment(listed.Name)
		if err == nil && g.Docs() != listed.Docs {
			err = errors.Join(fmt.Errorf("%w: a segment of another list", words.ErrDamaged), g.release())
		}
		if err != nil {
			return nil, errors.Join(err, releaseParts(parts))
		}
		parts = append(parts, wordPart{words.Part{Segment: g.Segment, Dead: listed.Dead}, g})
	}
	return newWordView(state{m.Generation, m.Stamp}, parts), nil
}

// openSegment maps a segment.
func (s *store) openSegment(name string) (*wordSegment, error) {
	if filepath.Base(name) != name {
		return nil, fmt.Errorf("%w: segment %q", words.ErrDamaged, name)
	}
	path := filepath.Join(s.wordsDir(), name)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only; the mapping outlives it
	data, unmap, err := mappedfile.Bytes(f, path)
	if err != nil {
		return nil, err
	}
	g := &wordSegment{name: name, unmap: unmap}
	g.refs.Store(1)
	if g.Segment, err = words.Decode(data, false); err != nil {
		return nil, errors.Join(err, g.release())
	}
	return g, nil
}

// fileSegment makes a segment in a file.
func (s *store) fileSegment(write func(io.Writer) error) (*wordSegment, error) {
	name := rand.Text() + segmentFile
	if err := atomicfile.Write(filepath.Join(s.wordsDir(), name), 0o644, write); err != nil {
		return nil, err
	}
	return s.openSegment(name)
}

// fillWords writes the words of what a run stores to files, now and then: a search beside it need not split them. It does
// so while the run goes on; its error is that of a later call, or of Flush.
func (s *store) fillWords(ctx context.Context, chunks int) error {
	if s.unfiled.Add(int64(chunks)) < wordFillStep {
		return nil
	}
	s.unfiled.Store(0)
	filled := make(chan error, 1)
	err := s.filled(filled)
	go func() { filled <- s.flushWords(ctx, 0, false) }()
	return err
}

// filled waits for the words that are being written, and returns what went wrong. next is what writes the next ones, nil for nobody.
func (s *store) filled(next chan error) error {
	s.fillingMu.Lock()
	defer s.fillingMu.Unlock()
	last := s.filling
	if s.filling = next; last == nil {
		return nil
	}
	return <-last
}

// flushWords brings the files up to date. tidy merges what is worth it for searches.
func (s *store) flushWords(ctx context.Context, wait time.Duration, tidy bool) error {
	s.loadingWords.Lock()
	defer s.loadingWords.Unlock()
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		st, err := currentState(ctx, tx)
		if err != nil {
			return err
		}
		v, err := s.persistWords(ctx, tx, st, wait, tidy)
		if errors.Is(err, errLocked) || errors.Is(err, errAhead) {
			return nil // whoever holds the lock, or held it, writes them
		}
		if err != nil {
			return err
		}
		return errors.Join(s.rememberWords(v), v.release())
	})
	return s.explain(ctx, err, "write word files")
}

// persistWords writes the files at the state of tx and returns the view that they hold, with a reference for the caller.
// Files that are at that state already stay as they are.
func (s *store) persistWords(ctx context.Context, tx *sql.Tx, st state, wait time.Duration, tidy bool) (v *wordView, err error) {
	if err := os.MkdirAll(s.wordsDir(), 0o755); err != nil { //nolint:gosec // an index is as readable as the code it indexes
		return nil, err
	}
	err = s.locked(ctx, s.wordsDir(), wait, func() error {
		old, err := s.pastWords(ctx, tx)
		if err != nil {
			return err
		}
		err = mapped(func() (err error) {
			v, err = s.renewWords(ctx, tx, st, old, tidy)
			return err
		})
		if old != nil && isDamaged(err) {
			v, err = s.renewWords(ctx, tx, st, nil, tidy)
		}
		return errors.Join(err, old.release())
	})
	return v, err
}

// renewWords leads from an earlier view, or from nothing, to the state of tx.
func (s *store) renewWords(ctx context.Context, tx *sql.Tx, st state, old *wordView, tidy bool) (*wordView, error) {
	d, err := readWordDifference(ctx, tx, old)
	if err != nil {
		return nil, err
	}
	var parts []wordPart
	if old != nil {
		parts = old.parts(d.kept)
	}
	same := old != nil && old.state == st && lastToMerge(parts, tidy) == len(parts) && len(parts) == len(old.Parts)
	if same {
		return newWordView(st, parts), nil
	}
	if parts, err = growWords(ctx, tx, d.chunks, parts, s.fileSegment); err == nil {
		parts, err = mergeWords(parts, tidy, s.fileSegment)
	}
	if err == nil {
		err = s.commitWords(st, parts)
	}
	if err != nil {
		return nil, errors.Join(err, releaseParts(parts))
	}
	return newWordView(st, parts), nil
}

// commitWords replaces the list, and removes the files that are not in it.
func (s *store) commitWords(st state, parts []wordPart) error {
	m := words.Manifest{Generation: st.generation, Stamp: st.stamp, Form: wordForm()}
	keep := map[string]bool{wordsList: true, "lock": true}
	for _, p := range parts {
		m.Segments = append(m.Segments, words.Listed{Name: p.segment.name, Docs: p.segment.Docs(), Dead: p.Dead})
		keep[p.segment.name] = true
	}
	if err := atomicfile.WriteBytes(filepath.Join(s.wordsDir(), wordsList), 0o644, m.Encode()); err != nil {
		return err
	}
	// Where the system does not remove what is mapped, or the process is killed here, the next list does it.
	_ = s.removeWordsBut(keep)
	return nil
}

// removeWordsBut removes files of words. Mappings of removed files stay valid.
func (s *store) removeWordsBut(keep map[string]bool) error {
	entries, err := os.ReadDir(s.wordsDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if !keep[e.Name()] {
			err = errors.Join(err, os.Remove(filepath.Join(s.wordsDir(), e.Name())))
		}
	}
	return err
}

// removeWordFiles removes what is derived; it is made anew from the database.
func (s *store) removeWordFiles(ctx context.Context) error {
	err := s.rememberWords(nil)
	if _, statErr := os.Stat(s.wordsDir()); err == nil && statErr == nil {
		err = s.locked(ctx, s.wordsDir(), patience, func() error { return s.removeWordsBut(map[string]bool{"lock": true}) })
	}
	return s.explain(ctx, err, "remove word files")
}

// discardWords throws away files that are damaged: the next view is made from the database.
func (s *store) discardWords(ctx context.Context) error {
	if s.writer == nil {
		return fault.Wrap(fault.Corrupt, words.ErrDamaged, "word files in %s, which is read-only", s.wordsDir()).WithHint(cleanHint)
	}
	return s.removeWordFiles(ctx)
}
