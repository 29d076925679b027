package workspace

// This file compares files for one search, and brings those that changed up to date.

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"loradex/indexer"
	"loradex/indexer/fresh"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/overlay"
)

// look looks for changes until the time is up, and brings the files that changed last up to date first.
func (f *refresher) look(ctx context.Context, start time.Time, span *search.Span) {
	n := 0
	looking := f.time * 4 / 5 // the rest is for reading
	for t, l := range f.lists {
		if span != nil {
			// What the index would not take, such as an ignored file, is not to be found by asking for it.
			k := overlay.Key{Tree: t, Path: span.Path}
			if takes, err := f.taken(ctx, k); err == nil && takes {
				f.bring(ctx, k)
			}
		}
		n++
		seen := l.Look(ctx, start.Add(looking*time.Duration(n)/time.Duration(len(f.lists))), f.wants(ctx, t))
		f.answer.Of += seen.Of
		checked := seen.Checked
		for _, path := range seen.Suspects { // first, since they decide over the others
			if gitrepo.IsRules(path) {
				f.rule(t, path)
			}
		}
		for i, path := range seen.Suspects {
			if gitrepo.IsRules(path) {
				continue
			}
			if i >= leastRead && time.Since(start) > f.time || i >= mostRead {
				checked -= len(seen.Suspects) - i
				f.dirty[t] = true
				break
			}
			if f.bring(ctx, overlay.Key{Tree: t, Path: path}) == failed {
				checked--
			}
		}
		f.answer.Checked += max(checked, 0)
	}
}

// rule takes note of rules that changed.
func (f *refresher) rule(t indexer.Tree, path string) {
	if disk, _, err := f.lists[t].Read(path, func() int64 { return maxRules }); err == nil && disk == fresh.Same {
		return
	}
	if f.ruled[t] = true; f.several {
		path = f.repos[t] + "/" + path
	}
	f.answer.Rules = append(f.answer.Rules, path)
}

// wanted tells whether the index would still take a file that is as it was, now that rules have changed.
func (f *refresher) wanted(ctx context.Context, k overlay.Key) bool {
	rules, o := f.rulesOf(ctx, k.Tree), f.session.indexerOptions()
	if rules == nil {
		return true
	}
	if !rules.Wants(k.Path, false) { // it may be tracked
		f.mu.Lock()
		repo, err := f.repo(ctx, k.Tree)
		f.mu.Unlock()
		if err != nil {
			return true
		}
		if takes, err := repo.Takes(ctx, k.Path); err == nil && !takes {
			return false
		}
	}
	marks := f.marksBy(rules, k)
	content, err := gitrepo.ReadFile(f.root(k.Tree), k.Path, o.Limit(k.Path, marks))
	if err != nil {
		return !errors.As(err, new(indexer.SkipError))
	}
	return o.Passes(k.Path, content.Data, marks) == ""
}

// rulesOf are the rules of a work tree, read with the first question; nil where its repository cannot be opened.
func (f *refresher) rulesOf(ctx context.Context, t indexer.Tree) *gitrepo.Rules {
	if rules, ok := f.rules[t]; ok {
		return rules
	}
	f.mu.Lock()
	repo, err := f.repo(ctx, t)
	f.mu.Unlock()
	if err == nil {
		f.rules[t], err = repo.Rules(ctx)
	}
	if err != nil {
		f.rules[t] = nil
		f.miss(t)
	}
	return f.rules[t]
}

// wants tells of a tree which new files, and which new folders, the index would look at.
func (f *refresher) wants(ctx context.Context, t indexer.Tree) func(path string, isDir bool) bool {
	return func(path string, isDir bool) bool {
		rules := f.rulesOf(ctx, t)
		return rules != nil && rules.Wants(path, isDir) && (isDir || gitrepo.IsRules(path) ||
			f.session.indexerOptions().Limit(path, f.marksBy(rules, overlay.Key{Tree: t, Path: path})) > 0)
	}
}

// compare tells what has become of a file since it was indexed. What the index would not take is the same, if it is not there.
func (f *refresher) compare(ctx context.Context, k overlay.Key) (fresh.Disk, indexer.Content, error) {
	o, list := f.session.indexerOptions(), f.lists[k.Tree]
	marks := sync.OnceValue(func() (m indexer.Marks) {
		if rules := f.rulesOf(ctx, k.Tree); rules != nil {
			m = f.marksBy(rules, k)
		}
		return m
	})
	disk, content, err := list.Read(k.Path, func() int64 { return o.Limit(k.Path, marks()) })
	if err == nil && disk == fresh.New && o.Passes(k.Path, content.Data, marks()) != "" {
		if disk = fresh.Same; !gitrepo.IsRules(k.Path) {
			list.Learn(k.Path, content.Stat)
		}
	}
	return disk, content, err
}

// changedFiles counts the files of the work trees of a scope that changed since they were indexed, by tree, and lists the
// repositories that are not there any more.
func (l *local) changedFiles(ctx context.Context, in scope) (out map[indexer.Tree]int, missing []string, err error) {
	b, err := l.texts(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	f, err := b.refresher(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	out = map[indexer.Tree]int{}
	for t, list := range f.lists {
		seen := list.Look(ctx, time.Now().Add(time.Hour), f.wants(ctx, t))
		if err := ctx.Err(); err != nil {
			return nil, nil, fault.Wrap(fault.Canceled, err, "comparing the files of %s", b.root(t))
		}
		out[t] = 0
		for _, path := range seen.Suspects {
			if disk, _, err := f.compare(ctx, overlay.Key{Tree: t, Path: path}); err != nil || disk != fresh.Same {
				out[t]++
			}
		}
	}
	return out, f.answer.Missing, nil
}

// bring compares a file, and brings it up to date where it changed.
func (f *refresher) bring(ctx context.Context, k overlay.Key) fate {
	if was, ok := f.done[k]; ok {
		return was
	}
	if f.Held(k) {
		f.done[k] = same // the editor's text is newer than any
		return same
	}
	out := f.refresh(ctx, k)
	if f.done[k] = out; out != same {
		f.dirty[k.Tree] = true
	}
	return out
}

// refresh is bring for a file that nobody edits.
func (f *refresher) refresh(ctx context.Context, k overlay.Key) fate {
	f.mu.Lock()
	read, ok := f.read[k]
	f.mu.Unlock()
	if info, err := os.Lstat(filepath.Join(f.root(k.Tree), filepath.FromSlash(k.Path))); ok && err == nil && !f.ruled[k.Tree] &&
		read.stat != (indexer.Stat{}) && read.stat == gitrepo.StatOf(info, time.Now()) {
		if read.at.Before(f.asked) {
			return earlier
		}
		return brought
	}
	disk, content, err := f.compare(ctx, k)
	if err != nil {
		return failed
	}
	if disk == fresh.Same {
		f.Drop(k)
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.read, k)
		return same
	}
	now := reading{content.Stat, f.stamp(k), indexer.BlobHash(content.Data), time.Now()}
	if ok && disk != fresh.Gone && !f.ruled[k.Tree] && now.stamp == read.stamp && now.blob == read.blob && read.at.Before(f.asked) {
		return earlier
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
	f.read[k] = now
	return brought
}
