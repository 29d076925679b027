package workspace

// This file sees to it that no answer is of files as they were: those that changed since they were indexed are read before.

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"loradex/indexer"
	"loradex/indexer/fresh"
	"loradex/indexer/gitrepo"
	"loradex/search"
	"loradex/search/overlay"
)

// What looking for changes may cost a search.
const (
	lookTime    = 20 * time.Millisecond  // comparing files, from the start of the search on
	refreshTime = 25 * time.Millisecond  // that, and reading those that changed
	leastRead   = 8                      // changed files are read however long it takes
	mostRead    = 500                    // changed files are read
	againTime   = 200 * time.Millisecond // for hits that turn out to have changed, and what comes in their place
	rounds      = 4                      // how often a search is made anew for those
)

// list is a work tree with what it is compared with.
type list struct {
	*fresh.Tree
	state int64
	file  os.FileInfo // of the list; nil where it was made of the index
}

// refresher brings what changed up to date for one search.
type refresher struct {
	*buffers
	trees   map[string]indexer.Tree // work trees by the repository, as hits name it
	lists   map[indexer.Tree]*list
	done    map[overlay.Key]fate
	dirty   map[indexer.Tree]bool // something changed since it was indexed
	several bool                  // hits name their repository
	answer  search.Freshness
}

// fate is what became of a file that was looked at.
type fate int

const (
	same    fate = iota // as the index has it
	brought             // changed, and brought up to date
	gone                // not there any more
	failed              // changed, and could not be brought up to date
)

// search asks with the files as they are, that of a span, where there is one, among the first.
func (b *buffers) search(ctx context.Context, in scope, span *search.Span, ask func(search.Reader) (*search.Response, error)) (*search.Response, error) {
	start := time.Now()
	f, err := b.refresher(ctx, in)
	if err != nil {
		return nil, err
	}
	f.look(ctx, start, span)
	for round := 1; ; round++ {
		view, err := b.View(ctx, overlay.Index{Store: in.store, Trees: in.names})
		if err != nil {
			return nil, err
		}
		answer, err := ask(view)
		if err != nil || len(f.lists) == 0 {
			return answer, err
		}
		last := round == rounds || time.Since(start) > againTime
		if f.again(answer, last) && !last {
			continue
		}
		f.finish(answer)
		return answer, nil
	}
}

// refresher finds the work trees of a search that are on this machine.
func (b *buffers) refresher(ctx context.Context, in scope) (*refresher, error) {
	f := &refresher{
		buffers: b, trees: map[string]indexer.Tree{}, lists: map[indexer.Tree]*list{}, done: map[overlay.Key]fate{}, dirty: map[indexer.Tree]bool{},
	}
	state, err := in.store.State(ctx)
	if err != nil {
		return nil, err
	}
	f.several = len(state.Trees) > 1
	for _, t := range state.Trees {
		if !slices.Contains(in.names, t.Tree) {
			continue
		}
		l, err := b.list(ctx, in, t)
		if err != nil {
			return nil, err
		}
		if l == nil {
			continue
		}
		f.lists[t.Tree] = l
		if f.trees[t.State.Repo] = t.Tree; !f.several {
			f.trees[""] = t.Tree
		}
	}
	return f, nil
}

// list opens what a tree is compared with; nil where its files are not on this machine, or where it was not made of them.
func (b *buffers) list(ctx context.Context, in scope, t indexer.TreeState) (*list, error) {
	root := b.root(t.Tree)
	if !t.IsWorkTree() || !isWorkTree(root) {
		return nil, nil //nolint:nilnil // documented
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	file := listFile(in.dir, t.Tree)
	info, err := os.Stat(file)
	if err != nil {
		info = nil
	}
	if l := b.lists[t.Tree]; l != nil && l.state == t.State.Time && (l.file == nil) == (info == nil) &&
		(info == nil || os.SameFile(l.file, info) && l.file.ModTime().Equal(info.ModTime())) {
		return l, nil
	}
	table, err := fresh.Load(file, t.State.Time)
	if err != nil { // not there, damaged, or of another state: the index knows as well, and takes longer to say
		if table, err = tableOf(ctx, in, t); err != nil || table == nil {
			return nil, err
		}
		if table.Save(file) == nil { // for the next process; an index that cannot be written is searched all the same
			info, _ = os.Stat(file)
		}
	}
	if table.IsRevision() {
		return nil, nil //nolint:nilnil // documented
	}
	tree := fresh.NewTree(root, file, table, fresh.Options{
		MaxFileBytes: b.session.indexerOptions().MaxFileBytes,
		Wants: func(ctx context.Context) (func(string, bool) bool, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			repo, err := b.repo(ctx, t.Tree)
			if err != nil {
				return nil, err
			}
			listed, err := repo.Wants(ctx)
			return func(path string, isDir bool) bool {
				return listed(path, isDir) && (isDir || mayCome(path, []byte("a\n"), b.session.indexerOptions()))
			}, err
		},
	})
	b.lists[t.Tree] = &list{Tree: tree, state: t.State.Time, file: info}
	maps.DeleteFunc(b.read, func(k overlay.Key, _ indexer.Stat) bool { return k.Tree == t.Tree }) // the index may have them now
	return b.lists[t.Tree], nil
}

// tableOf makes a table of what the index says of a tree; nil where it does not say what the files were on disk.
func tableOf(ctx context.Context, in scope, t indexer.TreeState) (*fresh.Table, error) {
	held, err := search.In(in.store, t.Tree).Files(ctx)
	if err != nil {
		return nil, err
	}
	files, known := make([]fresh.File, 0, len(held)), len(held) == 0
	for path, f := range held {
		files = append(files, fresh.File{Path: path, Blob: f.Blob, Stat: f.Stat, Indexed: true})
		known = known || f.Stat != (indexer.Stat{})
	}
	if !known {
		return nil, nil //nolint:nilnil // documented
	}
	began := time.Unix(t.State.Time, 0)
	if t.State.Time == 0 { // the first run goes on, or was interrupted: it knows best what it has not come to
		began = time.Now()
	}
	return fresh.NewTable(files, began, t.State.Time), nil
}

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

// tree is the work tree that a hit is of; false where it is of another tree, or not on this machine.
func (f *refresher) tree(h *search.Hit) (indexer.Tree, bool) {
	if h.Branch != "" {
		return indexer.Tree{}, false
	}
	t, ok := f.trees[h.Repo]
	return t, ok
}

// again compares the files of hits. It tells whether some changed and were not known to: then the search is to be made anew.
// The last time there is no other: hits of files that are gone are left out, the rest is said to be stale.
func (f *refresher) again(answer *search.Response, last bool) bool {
	more := false
	known := maps.Clone(f.done)
	changed := func(t indexer.Tree, path string) (news bool, now fate) {
		k := overlay.Key{Tree: t, Path: path}
		now = f.bring(k)
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
		h.Stale = now == failed || news && last
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
		if what == brought || what == gone {
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

// changedFiles counts the files of the work trees of a scope that changed since they were indexed, by tree.
func (l *local) changedFiles(ctx context.Context, in scope) (map[indexer.Tree]int, error) {
	b, err := l.texts(ctx, in)
	if err != nil {
		return nil, err
	}
	f, err := b.refresher(ctx, in)
	if err != nil {
		return nil, err
	}
	out := map[indexer.Tree]int{}
	for t, list := range f.lists {
		out[t], err = list.All(ctx, func(path string, data []byte) bool { return mayCome(path, data, l.session.indexerOptions()) })
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
