package workspace

// This file defines the texts that an editor shows in the place of stored files.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/overlay"
)

// Root is the folder of a repository.
type Root struct {
	Repo string // as hits name it; "" in an index of one repository
	Dir  string // absolute
}

// File is a file of an index.
type File struct {
	Repo string // as in Root
	Path string // slash-separated, from the root
}

// key is the file as package overlay names it.
func (f File) key() overlay.Key { return overlay.Key{Tree: indexer.Tree{Repo: f.Repo}, Path: f.Path} }

// buffers are the texts of one editor.
type buffers struct {
	*overlay.Buffers
	session *Session
	own     string // folder of the repository that the index lies in; "" where its files are not on this machine

	mu    sync.Mutex // guards what follows
	repos map[indexer.Tree]*gitrepo.Repo
	takes map[overlay.Key]bool    // whether new files belong to the repository, as it was when they were first seen
	read  map[overlay.Key]reading // files that changed on disk, as they were read
	lists map[indexer.Tree]*list  // what work trees are compared with
}

// reading is how and when a file was read.
type reading struct {
	stat        indexer.Stat // zero where that does not tell
	stamp, blob string       // they tell then
	at          time.Time
}

// OpenFor opens the index for an editor: that of the workspace's own place, else of the editor's folder, else of the current
// one. From then on searches see the texts of [local.PutBuffer].
func (l *local) OpenFor(ctx context.Context, root string) error {
	l.mu.Lock()
	if l.where == "" && l.session.Shared == "" { // a shared one is searched whole, or what the workspace is of
		if l.where = root; root == "" {
			l.where = "."
		}
	}
	l.mu.Unlock()
	in, err := l.firstScope(ctx, search.Selection{})
	if err == nil {
		_, err = l.texts(ctx, in)
	}
	return err
}

// texts returns what stands in the place of stored files: the editor's texts, and files that changed on disk.
func (l *local) texts(ctx context.Context, in scope) (*buffers, error) {
	if b := l.shown(); b != nil {
		return b, nil
	}
	own, err := ownFolder(ctx, in)
	if err != nil {
		return nil, err
	}
	b := &buffers{
		session: l.session, own: own, repos: map[indexer.Tree]*gitrepo.Repo{}, takes: map[overlay.Key]bool{},
		read: map[overlay.Key]reading{}, lists: map[indexer.Tree]*list{},
	}
	b.Buffers, err = overlay.New(overlay.Options{Index: l.session.indexerOptions(), Stamp: b.stamp, Takes: b.taken, Marks: b.marks})
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buffers == nil { // another search may have made them meanwhile
		l.buffers = b
	}
	return l.buffers, nil
}

// shown returns the texts; nil before the first search, without an editor.
func (l *local) shown() *buffers {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffers
}

// ownFolder returns the folder that the paths of an index start from, in a linked work tree its own; "" where the files are not
// on this machine: those of a URL or of a bare repository.
func ownFolder(ctx context.Context, in scope) (string, error) {
	if in.tree.Repo != "" {
		return in.tree.Repo, nil
	}
	if filepath.Base(in.dir) == indexer.FolderOf {
		return filepath.Abs(filepath.Dir(in.dir)) // what the index remembers is wrong once the folder was moved
	}
	state, err := in.Repo(ctx)
	if err != nil || !isWorkTree(state.Repo) {
		return "", err
	}
	return state.Repo, nil
}

// isWorkTree tells whether a repository has files on this machine.
func isWorkTree(repo string) bool {
	if repo == "" || gitrepo.IsURL(repo) {
		return false
	}
	_, err := os.Stat(filepath.Join(repo, ".git"))
	return err == nil
}

// Roots are the folders that the paths of hits start from, in the trees that were searched last. Repositories whose files
// are not on this machine have none.
func (l *local) Roots() []Root {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Root
	for _, t := range l.trees {
		switch {
		case !t.IsWorkTree():
		case t.Repo == "" && l.buffers != nil && l.buffers.own != "":
			out = append(out, Root{Dir: l.buffers.own})
		case isWorkTree(t.Repo):
			out = append(out, Root{Repo: t.Repo, Dir: t.Repo})
		}
	}
	return out
}

// PutBuffer sets what an editor shows of a file, in place of what is indexed. It only takes note, so it may be called with
// every change. Unavailable where there are too many: the file is searched as it is indexed then.
func (l *local) PutBuffer(f File, text string) error { return l.shown().Put(f.key(), text) }

// CloseBuffer keeps what was saved until the index has it, and drops what was not.
func (l *local) CloseBuffer(f File, saved bool) {
	if saved {
		l.shown().Release(f.key())
	} else {
		l.shown().Drop(f.key())
	}
}

// EncodeBuffers makes vectors of what was changed. An editor that only searches by words starts no encoder.
func (l *local) EncodeBuffers(ctx context.Context) error {
	if !l.meant.Load() {
		return nil
	}
	in, err := l.scope(ctx, search.Selection{})
	if err != nil {
		return err
	}
	enc, err := l.encodes(ctx)
	if err != nil || enc == nil {
		return err
	}
	_, err = l.shown().Encode(ctx, overlay.Index{Store: in.store, Trees: in.names}, enc)
	return err
}

// root is the folder of a tree; "" where it is not on this machine.
func (b *buffers) root(t indexer.Tree) string {
	if t.Repo == "" {
		return b.own
	}
	return t.Repo
}

// stamp changes when somebody writes to a file; "" where it is not on this machine.
func (b *buffers) stamp(k overlay.Key) string {
	root, name := b.root(k.Tree), filepath.FromSlash(k.Path)
	if root == "" || !filepath.IsLocal(name) {
		return ""
	}
	info, err := os.Stat(filepath.Join(root, name))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d", info.Size(), gitrepo.ChangeTime(info))
}

// maxTakes bounds the paths that are remembered.
const maxTakes = 10_000

// taken tells whether `loradex index` would take a new file.
func (b *buffers) taken(ctx context.Context, k overlay.Key) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if took, ok := b.takes[k]; ok {
		return took, nil
	}
	repo, err := b.repo(ctx, k.Tree)
	if fault.CodeOf(err) == fault.NotFound {
		return false, nil // the repository is gone, and its files with it
	}
	if err != nil {
		return false, err
	}
	took, err := repo.Takes(ctx, k.Path)
	if err == nil && len(b.takes) < maxTakes {
		b.takes[k] = took
	}
	return took, err
}

// marks is what the repository says of a file now; nothing where it is gone.
func (b *buffers) marks(ctx context.Context, k overlay.Key) (indexer.Marks, error) {
	if b.root(k.Tree) == "" {
		return indexer.Marks{}, nil
	}
	b.mu.Lock()
	repo, err := b.repo(ctx, k.Tree)
	b.mu.Unlock()
	if fault.CodeOf(err) == fault.NotFound {
		return indexer.Marks{}, nil
	}
	if err != nil {
		return indexer.Marks{}, err
	}
	rules, err := repo.Rules(ctx)
	if err != nil {
		return indexer.Marks{}, err
	}
	return b.marksBy(rules, k), nil
}

// marksBy is what rules say of a file. In a folder called vendor, that it is other people's code is said, too, where it is.
func (b *buffers) marksBy(rules *gitrepo.Rules, k overlay.Key) indexer.Marks {
	m := rules.Marks(k.Path)
	if m.Vendored == indexer.Unmarked && m.Documentation != indexer.MarkedOn && indexer.VendoredIn(os.DirFS(b.root(k.Tree)), k.Path) {
		m.Vendored = indexer.MarkedOn
	}
	return m
}

// repo opens the repository of a tree. mu is held.
func (b *buffers) repo(ctx context.Context, t indexer.Tree) (*gitrepo.Repo, error) {
	if repo := b.repos[t]; repo != nil {
		return repo, nil
	}
	repo, err := b.session.openRepo(context.WithoutCancel(ctx), b.root(t), false)
	if err == nil {
		b.repos[t] = repo
	}
	return repo, err
}
