package watch

// This file finds changes without the system's help: it compares names, sizes and times with those of before.

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"os"
	"path/filepath"
	"time"
)

// idleShare bounds what polling costs: it rests so many times as long as a look at the tree takes.
const idleShare = 10

// polling is the source that looks for itself.
type polling struct {
	follower *follower
	stop     context.CancelFunc
	done     chan struct{} // closed when the goroutine has ended
}

// newPolling looks at the tree once and begins.
func newPolling(ctx context.Context, f *follower) (*polling, error) {
	was, err := fingerprint(ctx, f.tree)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	p := &polling{follower: f, stop: stop, done: make(chan struct{})}
	go p.run(ctx, was)
	return p, nil
}

// run looks again and again.
func (p *polling) run(ctx context.Context, was uint64) {
	defer close(p.done)
	rest := p.follower.opts.Poll
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
		began := time.Now()
		now, err := fingerprint(ctx, p.follower.tree)
		if ctx.Err() != nil {
			return
		}
		// A tree that cannot be read has changed; the update will say what is wrong.
		if err != nil || now != was {
			p.follower.changed()
		}
		was = now
		rest = max(p.follower.opts.Poll, idleShare*time.Since(began))
	}
}

func (p *polling) refresh(context.Context) error { return nil }

func (p *polling) folders() int { return 0 }

func (p *polling) close() error {
	p.stop()
	<-p.done
	return nil
}

// fingerprint sums up everything in the tree that matters. It reads folders, but no files.
func fingerprint(ctx context.Context, tree tree) (uint64, error) {
	type entry struct {
		path    string
		folder  bool
		numbers [3]int64
	}
	var entries []entry
	matters, err := tree.Folders(ctx, func(dir string) error {
		// A folder's time changes with its entries: it tells when one took the place of another of the same size and time.
		own := entry{path: dir, folder: true}
		if info, err := os.Stat(dir); err == nil {
			own.numbers[0] = info.ModTime().UnixNano()
		}
		entries = append(entries, own)
		list, err := os.ReadDir(dir)
		if err != nil {
			return nil //nolint:nilerr // it went, or is not ours to read: then it is not in the sum
		}
		for _, item := range list {
			e := entry{path: filepath.Join(dir, item.Name())}
			if info, err := item.Info(); err == nil && !info.IsDir() {
				e.numbers = [3]int64{info.Size(), info.ModTime().UnixNano(), int64(info.Mode())}
			}
			entries = append(entries, e)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	sum := fnv.New64a()
	var buf []byte
	for _, e := range entries {
		if !e.folder && !matters(e.path) {
			continue
		}
		buf = append(append(buf[:0], e.path...), 0)
		for _, n := range e.numbers {
			buf = binary.LittleEndian.AppendUint64(buf, uint64(n)) //nolint:gosec // bits for a sum
		}
		_, _ = sum.Write(buf) //nolint:errcheck // a hash never fails
	}
	return sum.Sum64(), nil
}
