package fresh

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"loradex/indexer/gitrepo"
)

// Seen is what a look at a tree has found.
type Seen struct {
	Checked int // files of the index that were compared with the disk
	Of      int // files of the index
	// Suspects are files whose stat data differ from the index's, that are gone, or that are new, the last change first. What
	// is there, Read tells.
	Suspects []string
}

// look is the state of one look. Its workers share it.
type look struct {
	*Tree
	ctx   context.Context //nolint:containedctx // lives as long as the one call that it belongs to
	until time.Time
	wants func(path string, isDir bool) bool
	start time.Time
	asked atomic.Int64

	mu      sync.Mutex // guards what follows
	checked []bool     // by place in the table
	known   []bool     // folders of which it is known what came and went
	found   map[string]int64
	listed  []int // folders that changed since the index was made
}

const (
	batch       = 32  // files are compared before somebody looks at the clock
	firstRecent = 256 // of the files that changed last are compared first
	least       = 48  // batches are done however long that takes
	onward      = 8   // of them are of the files that come last
)

// Look compares files until a time: those that were found changed before, a few that changed last, what came and went in
// folders that have changed, more that changed last, and then, over several looks, all others. wants tells whether the index would
// take a new file, or look into a new folder. A look that began after this was called serves as well.
func (t *Tree) Look(ctx context.Context, until time.Time, wants func(path string, isDir bool) bool) Seen {
	called := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.began.After(called) {
		return t.last
	}
	t.began = time.Now()
	l := &look{Tree: t, ctx: ctx, until: until, wants: wants, start: t.began, checked: make([]bool, t.table.files), known: make([]bool, t.table.folders), found: map[string]int64{}}
	before := slices.Collect(maps.Keys(t.suspects))
	for _, path := range before[l.each(len(before), func(i int) { l.compare(before[i]) }):] {
		l.suspect(path, t.suspects[path])
	}
	l.each(min(t.table.recent, firstRecent), func(i int) { l.file(t.table.recentFile(i)) })
	l.until = l.start.Add(until.Sub(l.start) * 2 / 3) // folders come and go less often than files are edited
	t.folderCursor = l.around(t.folderCursor, t.table.folders, l.folder)
	l.until = until
	slices.Sort(l.listed)
	for _, i := range l.listed {
		l.known[i] = !l.over() && l.list(t.table.text(t.table.folder(i)), false)
	}
	l.each(t.table.recent, func(i int) { l.file(t.table.recentFile(i)) })
	l.asked.Store(least - onward) // so that all are seen in the end
	t.cursor = l.around(t.cursor, t.table.files, l.file)
	seen := Seen{Of: t.table.indexed, Checked: l.count()}
	seen.Suspects = slices.SortedFunc(maps.Keys(l.found), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.found[b], l.found[a]), cmp.Compare(a, b))
	})
	t.suspects = l.found
	t.last = seen
	t.remember(seen)
	return seen
}

// count is how many files of the index were compared, in folders of which it is known what came and went.
func (l *look) count() int {
	n, missed := 0, 0
	for folder, ok := range l.known {
		if !ok {
			missed++
			continue
		}
		from, to := l.table.span(folder)
		for i := from; i < to; i++ {
			if l.checked[i] && l.table.isIndexed(i) {
				n++
			}
		}
	}
	if missed > 0 {
		n = min(n, max(l.table.indexed-1, 0))
	}
	return n
}

// over tells whether the time is up. A machine that has much to do must not keep small trees from being looked at.
func (l *look) over() bool {
	return l.ctx.Err() != nil || l.asked.Add(1) > least && !time.Now().Before(l.until)
}

// each does something n times, in order of the places, on all cores, until the time is up. It returns how far it got.
func (l *look) each(n int, do func(i int)) int {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 8, (n+batch-1)/batch) {
		workers.Go(func() {
			for !l.over() {
				from := int(next.Add(batch)) - batch
				if from >= n {
					return
				}
				for i := from; i < min(from+batch, n); i++ {
					do(i)
				}
			}
		})
	}
	workers.Wait()
	return min(int(next.Load()), n)
}

// around is each from a place on, and returns the place where it ended.
func (l *look) around(first, n int, do func(i int)) int {
	if n == 0 {
		return 0
	}
	return (first + l.each(n, func(i int) { do((first + i) % n) })) % n
}

// file compares a file of the table.
func (l *look) file(i int) {
	l.mu.Lock()
	done := l.checked[i]
	l.checked[i] = true
	l.mu.Unlock()
	if done {
		return
	}
	path := l.table.path(i)
	info, err := os.Lstat(l.disk(path))
	var changed int64
	switch {
	case isGone(err):
		changed = l.start.UnixNano()
	case err != nil:
		return
	default:
		if stat := gitrepo.StatOf(info, l.start); stat.ModTime != 0 && stat == l.table.stat(i) {
			return
		}
		changed = gitrepo.ChangeTime(info)
	}
	l.suspect(path, changed)
}

// isGone tells whether an error says that there is no such file, or that a file took the place of a folder above it.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }

func (l *look) suspect(path string, changed int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found[path] = changed
}

// compare looks at a file that was suspect before, whether the table has it or not.
func (l *look) compare(path string) {
	if i := l.table.find(path); i >= 0 {
		l.file(i)
		return
	}
	if info, err := os.Lstat(l.disk(path)); err == nil && info.Mode().IsRegular() {
		l.suspect(path, gitrepo.ChangeTime(info))
	} else {
		l.suspect(path, l.start.UnixNano()) // an answer may have been given from it
	}
}

// folder takes note of a folder that changed since the index was made. In one that did not, no file came or went.
func (l *look) folder(i int) {
	dir := l.table.text(l.table.folder(i))
	info, err := os.Lstat(l.disk(dir))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && info.IsDir() && gitrepo.ChangeTime(info) < l.table.began()-gitrepo.ClockStep(info).Nanoseconds() {
		l.known[i] = true
		return
	}
	l.listed = append(l.listed, i)
}

// list compares the names of a folder with those of the table, and finds new files. In a new folder files are new however
// old they are: it may have come as it is. It is false where the time ran out.
func (l *look) list(dir string, isNew bool) bool {
	list, err := os.ReadDir(l.disk(dir))
	if err != nil && !isGone(err) {
		if info, err := os.Lstat(l.disk(dir)); err == nil && info.IsDir() {
			return true // not ours to read
		}
	}
	there := make(map[string]bool, len(list))
	for _, item := range list {
		there[item.Name()] = !item.IsDir()
	}
	if at, ok := l.table.findFolder(dir); ok {
		from, to := l.table.span(at)
		for i := from; i < to; i++ {
			if name := l.table.text(l.table.record(i)); !there[name] {
				l.checked[i] = true
				l.suspect(join(dir, name), l.start.UnixNano())
			}
		}
	}
	for i, item := range list {
		if i%batch == 0 && i > 0 && l.over() || !l.entry(join(dir, item.Name()), item, isNew) {
			return false
		}
	}
	return true
}

// entry takes a look at something that a changed folder has. It is false where the time ran out.
func (l *look) entry(path string, item fs.DirEntry, isNew bool) bool {
	if _, known := l.table.findFolder(path); item.IsDir() && known || !item.IsDir() && l.table.find(path) >= 0 || !item.IsDir() && !item.Type().IsRegular() {
		return true
	}
	info, err := item.Info()
	if err != nil || !isNew && gitrepo.ChangeTime(info) < l.table.began()-gitrepo.ClockStep(info).Nanoseconds() {
		return true // it was there when the index was made, and was passed over
	}
	switch {
	case !l.wants(path, item.IsDir()):
	case item.IsDir():
		return l.list(path, true)
	default:
		l.suspect(path, gitrepo.ChangeTime(info))
	}
	return true
}

func (t *Tree) disk(path string) string {
	return t.root + string(filepath.Separator) + filepath.FromSlash(path)
}
