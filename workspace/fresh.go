package workspace

// This file sees to it that no answer is of files as they were: those that changed since they were indexed are read before.

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"time"

	"loradex/indexer"
	"loradex/indexer/fresh"
	"loradex/indexer/gitrepo"
	"loradex/search"
	"loradex/search/overlay"
)

// What looking for changes may cost a search, beside the time that the settings give it.
const (
	leastRead = 8   // changed files are read however long it takes
	mostRead  = 500 // changed files are read
	rounds    = 4   // how often a search is made anew for hits that turn out to have changed, and what comes in their place
	longer    = 8   // times the time may those take
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
	rules   map[indexer.Tree]*gitrepo.Rules // as they are now; nil where there are none to ask
	done    map[overlay.Key]fate
	dirty   map[indexer.Tree]bool // something changed since it was indexed
	ruled   map[indexer.Tree]bool // rules changed since
	lost    map[indexer.Tree]bool // its repository is not there any more
	repos   map[indexer.Tree]string
	several bool          // hits name their repository
	time    time.Duration // for comparing files and reading those that changed, from the start of the search on
	asked   time.Time     // when the last answer was asked for
	answer  search.Freshness
}

// fate is what became of a file that was looked at.
type fate int

const (
	same    fate = iota // as the index has it
	earlier             // changed, and brought up to date before the answer was made
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
		f.asked = time.Now()
		view, err := b.View(ctx, overlay.Index{Store: in.store, Trees: in.names})
		if err != nil {
			return nil, err
		}
		answer, err := ask(view)
		if err != nil || len(f.lists)+len(f.lost) == 0 {
			return answer, err
		}
		last := round == rounds || time.Since(start) > longer*f.time
		if f.again(ctx, answer, last) && !last {
			continue
		}
		f.finish(answer)
		return answer, nil
	}
}

// refresher finds the work trees of a search that are on this machine.
func (b *buffers) refresher(ctx context.Context, in scope) (*refresher, error) {
	f := &refresher{
		buffers: b, trees: map[string]indexer.Tree{}, lists: map[indexer.Tree]*list{}, rules: map[indexer.Tree]*gitrepo.Rules{},
		done: map[overlay.Key]fate{}, dirty: map[indexer.Tree]bool{}, ruled: map[indexer.Tree]bool{}, lost: map[indexer.Tree]bool{},
		repos: map[indexer.Tree]string{}, time: b.session.Config.Search.Freshness,
	}
	state, err := in.store.State(ctx)
	if err != nil {
		return nil, err
	}
	f.several = len(state.Trees) > 1
	for _, t := range state.Trees {
		if !slices.Contains(in.names, t.Tree) || !t.IsWorkTree() {
			continue
		}
		f.repos[t.Tree] = t.State.Repo
		if where := cmp.Or(b.root(t.Tree), t.State.Repo); where != "" && !gitrepo.IsURL(where) && !gitrepo.IsRepository(where) {
			held, err := search.In(in.store, t.Tree).Files(ctx)
			if err != nil {
				return nil, err
			}
			f.lost[t.Tree] = true
			f.miss(t.Tree)
			f.answer.Of += len(held)
		} else if l, err := b.list(ctx, in, t); err != nil {
			return nil, err
		} else if l != nil {
			f.lists[t.Tree] = l
		}
		if f.trees[t.State.Repo] = t.Tree; !f.several {
			f.trees[""] = t.Tree
		}
	}
	return f, nil
}

// miss takes note that a repository is not there any more, or cannot be opened.
func (f *refresher) miss(t indexer.Tree) {
	if repo := f.repos[t]; !slices.Contains(f.answer.Missing, repo) {
		f.answer.Missing = append(f.answer.Missing, repo)
	}
}

// list opens what a tree is compared with; nil where its files are not on this machine, or where it was not made of them.
func (b *buffers) list(ctx context.Context, in scope, t indexer.TreeState) (*list, error) {
	root := b.root(t.Tree)
	if !isWorkTree(root) {
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
		if table, err = tableOf(ctx, in, t, b.session.isLinked(t.Tree)); err != nil || table == nil {
			return nil, err
		}
		if table.Save(file) == nil { // for the next process; an index that cannot be written is searched all the same
			info, _ = os.Stat(file)
		}
	}
	if table.IsRevision() {
		return nil, nil //nolint:nilnil // documented
	}
	b.lists[t.Tree] = &list{Tree: fresh.NewTree(root, file, table), state: t.State.Time, file: info}
	maps.DeleteFunc(b.read, func(k overlay.Key, _ reading) bool { return k.Tree == t.Tree }) // the index may have them now
	return b.lists[t.Tree], nil
}

// tableOf makes a table of what the index says of a tree; nil where it does not say what the files were on disk. Of a linked work
// tree an older list may know, else its files are read.
func tableOf(ctx context.Context, in scope, t indexer.TreeState, linked bool) (*fresh.Table, error) {
	tree := search.In(in.store, t.Tree)
	if linked {
		tree = stampedBy(tree, listFile(in.dir, t.Tree))
	}
	held, err := tree.Files(ctx)
	if err != nil {
		return nil, err
	}
	files, known := make([]fresh.File, 0, len(held)), linked || len(held) == 0
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
