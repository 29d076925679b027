package workspace

// This file compares the files of hits, and says how far an answer is as the files are.

import (
	"context"
	"maps"
	"slices"

	"loradex/indexer"
	"loradex/search"
	"loradex/search/overlay"
)

// tree is the work tree that a hit is of; false where it is of another tree, or was never on this machine.
func (f *refresher) tree(h *search.Hit) (indexer.Tree, bool) {
	if h.Branch != "" {
		return indexer.Tree{}, false
	}
	t, ok := f.trees[h.Repo]
	return t, ok && (f.lists[t] != nil || f.lost[t])
}

// again compares the files of hits. It tells whether some changed and were not known to: then the search is to be made anew.
// The last time there is no other: hits of files that are gone are left out, the rest is said to be stale.
func (f *refresher) again(ctx context.Context, answer *search.Response, last bool) bool {
	more := false
	known := maps.Clone(f.done)
	changed := func(t indexer.Tree, path string) (news bool, now fate) {
		k := overlay.Key{Tree: t, Path: path}
		if f.lost[t] {
			return false, failed
		}
		if now = f.bring(ctx, k); now == same && f.ruled[t] && !f.wanted(ctx, k) {
			_ = f.PutDisk(k, "", false) // else the hit is left out
			now, f.done[k] = gone, gone
		}
		_, ok := known[k]
		return !ok && (now == brought || now == gone), now
	}
	answer.Hits = slices.DeleteFunc(answer.Hits, func(h search.Hit) bool {
		t, ok := f.tree(&h)
		if !ok {
			return false
		}
		news, now := changed(t, h.Path)
		more = more || news
		return now == gone && (last || !news) // it could not even be hidden
	})
	for i := range answer.Hits {
		h := &answer.Hits[i]
		t, ok := f.tree(h)
		if !ok {
			continue
		}
		news, now := changed(t, h.Path)
		if h.Stale = now == failed || news && last; h.Stale && !f.lost[t] {
			f.done[overlay.Key{Tree: t, Path: h.Path}] = failed
		}
		if f.several {
			continue // a copy may be of another tree
		}
		h.Copies = slices.DeleteFunc(h.Copies, func(c search.Copy) bool {
			news, now := changed(t, c.Path)
			more = more || news
			return now == gone || now == failed
		})
	}
	return more
}

// finish says how far the answer is as the files are.
func (f *refresher) finish(answer *search.Response) {
	for _, what := range f.done {
		if what == earlier || what == brought || what == gone {
			f.answer.Refreshed++
		}
	}
	answer.Freshness = &f.answer
	for i := range answer.Hits {
		if t, ok := f.tree(&answer.Hits[i]); ok && f.dirty[t] {
			answer.Hits[i].Dirty = true
		}
	}
}
