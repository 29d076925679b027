package workspace

// This file compares files for one search, and brings those that changed up to date.

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"loradex/indexer"
	"loradex/indexer/fresh"
	"loradex/indexer/gitrepo"
	"loradex/search"
	"loradex/search/overlay"
)

// look looks for changes until the time is up, and brings the files that changed last up to date first.
func (f *refresher) look(ctx context.Context, start time.Time, span *search.Span) {
	n := 0
	for t, l := range f.lists {
		if span != nil {
			f.bring(overlay.Key{Tree: t, Path: span.Path})
		}
		n++
		seen := l.Look(ctx, start.Add(lookTime*time.Duration(n)/time.Duration(len(f.lists))))
		f.answer.Of += seen.Of
		checked := seen.Checked
		for i, path := range seen.Suspects {
			if i >= leastRead && time.Since(start) > refreshTime || i >= mostRead {
				checked -= len(seen.Suspects) - i
				f.dirty[t] = true
				break
			}
			if f.bring(overlay.Key{Tree: t, Path: path}) == failed {
				checked--
			}
		}
		f.answer.Checked += max(checked, 0)
	}
}

// bring compares a file, and brings it up to date where it changed.
func (f *refresher) bring(k overlay.Key) fate {
	if was, ok := f.done[k]; ok {
		return was
	}
	if f.Held(k) {
		f.done[k] = same // the editor's text is newer than any
		return same
	}
	out := f.refresh(k)
	if f.done[k] = out; out != same {
		f.dirty[k.Tree] = true
	}
	return out
}

// refresh is bring for a file that nobody edits.
func (f *refresher) refresh(k overlay.Key) fate {
	f.mu.Lock()
	read, ok := f.read[k]
	f.mu.Unlock()
	if info, err := os.Lstat(filepath.Join(f.root(k.Tree), filepath.FromSlash(k.Path))); ok && err == nil &&
		read != (indexer.Stat{}) && read == gitrepo.StatOf(info, time.Now()) {
		return brought
	}
	disk, content, err := f.lists[k.Tree].Read(k.Path)
	if err != nil {
		return failed
	}
	if disk == fresh.Same || disk == fresh.New && !mayCome(k.Path, content.Data, f.session.indexerOptions()) {
		f.Drop(k)
		return same
	}
	if err := f.PutDisk(k, string(content.Data), disk != fresh.Gone); err != nil {
		if disk == fresh.Gone {
			return gone
		}
		return failed
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if disk == fresh.Gone {
		delete(f.read, k)
		return gone
	}
	if f.takes[k] = true; len(f.read) >= maxTakes {
		clear(f.read)
	}
	f.read[k] = content.Stat
	return brought
}
