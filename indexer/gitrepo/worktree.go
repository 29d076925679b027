package gitrepo

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"loradex/indexer"
	"loradex/internal/fault"
)

// workTree is the files on disk: tracked ones, and untracked ones that are not ignored. Symbolic links are never followed.
// Files outside a sparse checkout and deleted files are simply not there. Submodules and other repositories inside are
// passed over. Nothing is written and, besides ignore files and the candidates for "dirty", nothing is read.
type workTree struct{ repo *Repo }

// scan is the state of one walk over a work tree.
type scan struct {
	repo     *Repo
	ctx      context.Context //nolint:containedctx // lives as long as the one call that it belongs to
	known    map[string]indexer.FileState
	progress func(int)
	cache    *dircache
	tracked  map[string]*cacheEntry // regular files and links by path; gitlinks under their folder's path
	ignore   *ignoreTree
	started  time.Time
	entries  []indexer.Entry
	ignored  []indexer.Ignored
	dirty    bool
}

// Scan lists the files as [indexer.Source] says. Dirty is true where a tracked file was changed, deleted or staged, or
// an untracked one is indexed; submodules are not looked into.
func (w workTree) Scan(ctx context.Context, known map[string]indexer.FileState, progress func(int)) (*indexer.Snapshot, error) {
	r := w.repo
	s, err := r.newScan(ctx)
	if err != nil {
		return nil, err
	}
	s.known, s.progress = known, progress
	if err := s.addTracked(); err != nil {
		return nil, err
	}
	if err := s.walk(""); err != nil {
		return nil, err
	}
	rev, err := r.headCommit()
	if err != nil {
		return nil, err
	}
	if !s.dirty {
		if s.dirty, err = s.staged(rev); err != nil {
			return nil, err
		}
	}
	sort.Slice(s.entries, func(i, j int) bool { return s.entries[i].Path < s.entries[j].Path })
	return &indexer.Snapshot{
		Repo: r.Name(), Rev: rev, Dirty: s.dirty, Entries: s.entries, Ignored: s.ignored, Rules: s.ignore.digest(),
		Recent: func(ctx context.Context) ([]string, error) { return r.recent(ctx, rev) },
	}, nil
}

// newScan reads git's index and finds the ignore files that hold for the whole tree.
func (r *Repo) newScan(ctx context.Context) (*scan, error) {
	cache, err := r.readDircache()
	if code := fault.CodeOf(err); code == fault.Unsupported || code == fault.Corrupt {
		r.note("%v: files count as untracked, so what is tracked and ignored is left out%s", err, hintText(err))
		cache, err = &dircache{}, nil
	}
	if err != nil {
		return nil, err
	}
	return r.scanOf(ctx, cache), nil
}

// scanOf is newScan for what git's index holds.
func (r *Repo) scanOf(ctx context.Context, cache *dircache) *scan {
	s := &scan{repo: r, ctx: ctx, cache: cache, started: time.Now(), tracked: make(map[string]*cacheEntry, len(cache.entries))}
	for i := range cache.entries {
		s.tracked[cache.entries[i].path] = &cache.entries[i]
	}
	all := r.allSettings()
	s.ignore = &ignoreTree{
		fold:   all.isTrue("core", "ignorecase"),
		read:   s.readIgnore,
		isDir:  func(path string) bool { info, err := os.Lstat(s.disk(path)); return err == nil && info.IsDir() },
		global: r.globalIgnores(all),
		dirs:   map[string]*ignoreDir{},
		names:  [ignoreKinds]string{byGit: gitIgnoreName, byLoradex: loradexIgnoreName},
	}
	s.ignore.addAttributes(&s.ignore.attributes, "info", filepath.Join(r.commonDir, "info", "attributes"))
	if r.opts.Home != "" {
		s.ignore.addAttributes(&s.ignore.weakest, "system", systemAttributes)
	}
	s.ignore.addAttributes(&s.ignore.weakest, "user", r.userFile(all, "attributesfile", "attributes"))
	return s
}

// hintText is what helps against an error, behind a sentence.
func hintText(err error) string {
	if hint := fault.HintOf(err); hint != "" {
		return "; " + hint
	}
	return ""
}

// readIgnore reads an ignore file from disk, and from the index where a sparse checkout left it out, as git does.
// Like git it does not follow a link, and takes a file that cannot be read for none.
func (s *scan) readIgnore(path string) []byte {
	disk := s.disk(path)
	info, err := os.Lstat(disk)
	if err == nil {
		if !info.Mode().IsRegular() || info.Size() > maxIgnoreBytes {
			return nil
		}
		data, err := os.ReadFile(disk) //nolint:gosec // a path under the root, not a link
		if err != nil {
			return nil
		}
		return data
	}
	e := s.tracked[path]
	if e == nil || !e.skipWorktree || e.mode&modeMask != modeFile {
		return nil
	}
	data, err := s.repo.readBlob(e.hash, maxIgnoreBytes)
	if err != nil {
		return nil
	}
	return data
}

func (s *scan) disk(path string) string {
	return filepath.Join(s.repo.root, filepath.FromSlash(path))
}

// addTracked adds the files that git's index names and the disk has.
func (s *scan) addTracked() error {
	last := ""
	for i := range s.cache.entries {
		e := &s.cache.entries[i]
		if err := s.tick(); err != nil {
			return err
		}
		if e.stage != 0 {
			s.dirty = true
		}
		if e.path == last || strings.HasSuffix(e.path, "/") {
			continue // further sides of an unresolved merge; a folder outside the sparse checkout
		}
		last = e.path
		if !validPath(e.path) {
			s.entries = append(s.entries, indexer.Entry{Path: printable(e.path), Skip: indexer.BadPath})
			continue
		}
		parent, name := splitPath(e.path)
		dir := s.ignore.dir(parent)
		if e.mode&modeMask == modeGitlink {
			if s.ignore.ignores(byLoradex, dir, name, true) {
				s.leave(e.path+"/", indexer.LeftByLoradex)
			} else {
				s.entries = append(s.entries, indexer.Entry{Path: e.path, Skip: indexer.Submodule})
			}
			continue
		}
		var info fs.FileInfo
		err := fs.ErrNotExist
		if dir.real { // else a link, or nothing, took the place of a folder: the file is gone, as git sees it
			info, err = os.Lstat(s.disk(e.path))
		}
		if err != nil || info.IsDir() {
			s.dirty = s.dirty || !e.skipWorktree
			continue
		}
		s.noteChange(e, info)
		if s.ignore.ignores(byLoradex, dir, name, false) {
			s.leave(e.path, indexer.LeftByLoradex)
		} else {
			s.add(e.path, info)
		}
	}
	return nil
}

// walk adds the untracked files below a folder.
func (s *scan) walk(path string) error {
	dir := s.ignore.dir(path)
	list, err := os.ReadDir(s.disk(path))
	if err != nil {
		if path == "" {
			return fault.Wrap(fault.Unavailable, err, "%s cannot be read", s.repo.root)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			s.entries = append(s.entries, indexer.Entry{Path: path, Skip: indexer.Unreadable})
		}
		return nil
	}
	for _, item := range list {
		if err := s.tick(); err != nil {
			return err
		}
		name, full := item.Name(), joinPath(path, item.Name())
		isDir := item.IsDir()
		if name == ".git" || (isDir && name == ".loradex") {
			continue
		}
		e := s.tracked[full]
		if e != nil && (!isDir || e.mode&modeMask == modeGitlink) {
			continue // addTracked had it
		}
		if !isDir && !item.Type().IsRegular() && item.Type()&fs.ModeSymlink == 0 {
			s.leave(full, indexer.Unreadable) // sockets, pipes and devices do not exist for git
			continue
		}
		shown := full
		if isDir {
			shown += "/"
		}
		if s.ignore.ignores(byGit, dir, name, isDir) {
			s.leave(shown, indexer.LeftByGit)
			continue
		}
		if s.ignore.ignores(byLoradex, dir, name, isDir) {
			s.leave(shown, indexer.LeftByLoradex)
			continue
		}
		if !validPath(full) {
			s.entries = append(s.entries, indexer.Entry{Path: printable(full), Skip: indexer.BadPath})
			continue
		}
		switch {
		case isDir && s.isRepository(full):
			s.entries = append(s.entries, indexer.Entry{Path: full, Skip: indexer.Submodule})
		case isDir:
			if err := s.walk(full); err != nil {
				return err
			}
		default:
			info, err := item.Info()
			if err != nil {
				continue // deleted meanwhile
			}
			s.dirty = true
			s.add(full, info)
		}
	}
	return nil
}

// leave notes a file, or a folder with a slash behind it, that ignore files take out.
func (s *scan) leave(path string, reason indexer.Reason) {
	s.ignored = append(s.ignored, indexer.Ignored{Path: printable(path), Reason: reason})
}

// isRepository tells whether a folder is the top of another repository.
func (s *scan) isRepository(path string) bool { return isTop(s.disk(path)) }

// isTop tells whether a folder is the top of a repository with a work tree.
func isTop(dir string) bool {
	dot := filepath.Join(dir, ".git")
	info, err := os.Lstat(dot)
	if err != nil {
		return false
	}
	if info.IsDir() {
		return isGitDir(dot)
	}
	_, err = readLink(dot)
	return err == nil
}

// add appends a file or a link.
func (s *scan) add(path string, info fs.FileInfo) {
	entry := indexer.Entry{Path: path, Size: info.Size(), Stat: StatOf(info, s.started)}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		entry.Skip = indexer.Symlink
	case !info.Mode().IsRegular():
		entry.Skip = indexer.Unreadable // a pipe or device in the place of a tracked file
	default:
		if was, ok := s.known[path]; ok && entry.Stat != (indexer.Stat{}) && was.Stat == entry.Stat {
			entry.Blob = was.Blob
		}
		root := s.repo.root
		parent, name := splitPath(path)
		entry.Marks = s.ignore.marks(s.ignore.dir(parent), name)
		entry.Read = func(_ context.Context, limit int64) (indexer.Content, error) { return ReadFile(root, path, limit) }
	}
	s.entries = append(s.entries, entry)
	if s.progress != nil && len(s.entries)%512 == 0 {
		s.progress(len(s.entries))
	}
}

func (s *scan) tick() error {
	if err := s.ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, err, "scan of %s stopped", s.repo.root)
	}
	return nil
}

// ReadFile reads a file of a work tree as a scan does. os.Root keeps it inside, should a folder have become a link since the scan.
func ReadFile(dir, path string, limit int64) (indexer.Content, error) {
	var none indexer.Content
	root, err := os.OpenRoot(dir)
	if err != nil {
		return none, fault.Wrap(fault.Unavailable, err, "%s cannot be opened", dir)
	}
	defer root.Close()                                // only reads
	info, err := root.Lstat(filepath.FromSlash(path)) // before opening: opening a pipe would block
	if errors.Is(err, fs.ErrNotExist) {
		return none, indexer.ErrGone
	}
	if err != nil {
		return none, err
	}
	if !info.Mode().IsRegular() {
		return none, indexer.SkipError{Reason: indexer.Unreadable}
	}
	if info.Size() > limit {
		return none, indexer.SkipError{Reason: indexer.Huge}
	}
	started := time.Now()
	file, err := root.Open(filepath.FromSlash(path))
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		// Not the file's fault: passing it over would take it out of the index.
		return none, fault.Wrap(fault.Unavailable, err, "%s cannot be opened", path)
	}
	if err != nil {
		return none, err
	}
	defer file.Close() // only reads
	if info, err = file.Stat(); err != nil {
		return none, err
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return none, err
	}
	if int64(len(data)) > limit { // it grew
		return none, indexer.SkipError{Reason: indexer.Huge}
	}
	return indexer.Content{Data: data, Stat: StatOf(info, started)}, nil
}

// StatOf returns the stat data of a file as seen at a time. A file that changed just before gets the zero Stat, which
// equals none: a second change within the clock's step would not show.
func StatOf(info fs.FileInfo, seen time.Time) indexer.Stat {
	changed, inode := changeTime(info)
	if changed > seen.Add(-ClockStep(info)).UnixNano() {
		return indexer.Stat{}
	}
	return indexer.Stat{Size: info.Size(), ModTime: changed, Inode: inode, Mode: uint32(info.Mode())}
}

// ClockStep is how far the stamps of a file may be behind the clock.
func ClockStep(info fs.FileInfo) time.Duration {
	if ChangeTime(info)%int64(time.Second) == 0 {
		return 2 * time.Second // a file system that stores no fractions
	}
	return 50 * time.Millisecond // some kernels stamp files by a coarse clock
}

// ChangeTime returns when something last changed, in nanoseconds since the epoch.
func ChangeTime(info fs.FileInfo) int64 {
	changed, _ := changeTime(info)
	return changed
}

// validPath tells whether a path of an index or a tree is safe to open, to print and to store.
func validPath(path string) bool {
	if path == "" || !utf8.ValidString(path) || strings.IndexFunc(path, unicode.IsControl) >= 0 {
		return false
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.EqualFold(part, ".git") {
			return false
		}
	}
	return filepath.IsLocal(filepath.FromSlash(path))
}

// printable makes a refused path safe to show.
func printable(path string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(path, "?"))
}
