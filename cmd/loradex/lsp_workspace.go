package main

// This file defines an open index with the texts that an editor shows in the place of stored files.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/lsp"
	"loradex/search"
	"loradex/search/overlay"
)

// editorIndex is an open index with the editor's texts. Safe for concurrent use.
type editorIndex struct {
	*backend
	own     string // folder of the repository that the index lies in; "" where its files are not on this machine
	buffers *overlay.Buffers
	meant   atomic.Bool // somebody has searched by meaning, so there is an encoder or there will never be one

	mu    sync.Mutex // guards what follows
	repos map[indexer.Tree]*gitrepo.Repo
	takes map[overlay.Key]bool // whether new files belong to the repository, as it was when they were first seen
}

func (b *backend) newWorkspace(ctx context.Context, dir string) (*editorIndex, error) {
	own, err := b.filesOf(ctx, dir)
	if err != nil {
		return nil, err
	}
	w := &editorIndex{backend: b, own: own, repos: map[indexer.Tree]*gitrepo.Repo{}, takes: map[overlay.Key]bool{}}
	w.buffers, err = overlay.New(overlay.Options{
		Index: indexer.Options{MaxFileBytes: b.app.Config.Index.MaxFileBytes}, Stamp: w.stamp, Takes: w.taken,
	})
	return w, err
}

// filesOf returns the folder that the paths of an index start from; "" where the files are not on this machine: those
// of a URL or of a bare repository.
func (b *backend) filesOf(ctx context.Context, dir string) (string, error) {
	if filepath.Base(dir) == indexer.FolderOf {
		return filepath.Abs(filepath.Dir(dir)) // what the index remembers is wrong once the folder was moved
	}
	b.mu.Lock()
	reader := b.reader
	b.mu.Unlock()
	state, err := reader.Repo(ctx)
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

// Roots are the folders of the trees that are searched.
func (w *editorIndex) Roots() []lsp.Root {
	w.backend.mu.Lock()
	trees := w.reader.names
	w.backend.mu.Unlock()
	var out []lsp.Root
	for _, t := range trees {
		switch {
		case !t.IsWorkTree():
		case t.Repo == "" && w.own != "":
			out = append(out, lsp.Root{Dir: w.own})
		case isWorkTree(t.Repo):
			out = append(out, lsp.Root{Repo: t.Repo, Dir: t.Repo})
		}
	}
	return out
}

// bufferKey is a file as the index names it.
func bufferKey(f lsp.File) overlay.Key {
	return overlay.Key{Tree: indexer.Tree{Repo: f.Repo}, Path: f.Path}
}

// PutBuffer sets what the editor shows.
func (w *editorIndex) PutBuffer(f lsp.File, text string) error {
	return w.buffers.Put(bufferKey(f), text)
}

// CloseBuffer keeps what was saved until the index has it, and drops what was not.
func (w *editorIndex) CloseBuffer(f lsp.File, saved bool) {
	if saved {
		w.buffers.Release(bufferKey(f))
	} else {
		w.buffers.Drop(bufferKey(f))
	}
}

// opened returns the index as it is now, and what searches it.
func (w *editorIndex) opened(ctx context.Context) (overlay.Index, search.Encoder, search.Options, error) {
	if _, _, err := w.index(ctx); err != nil {
		return overlay.Index{}, nil, search.Options{}, err
	}
	w.backend.mu.Lock()
	defer w.backend.mu.Unlock()
	return overlay.Index{Store: w.store, Trees: w.reader.names}, w.backend.encodes, w.options, nil
}

// Search answers from the index and the editor's texts.
func (w *editorIndex) Search(ctx context.Context, r search.Request) (*search.Response, error) {
	if r.Mode != search.Lexical {
		w.meant.Store(true)
	}
	x, enc, o, err := w.opened(ctx)
	if err != nil {
		return nil, err
	}
	view, err := w.buffers.View(ctx, x)
	if err != nil {
		return nil, err
	}
	s, err := search.New(view, enc, o)
	if err != nil {
		return nil, err
	}
	r.Filter.Trees = x.Trees
	return s.Search(ctx, r)
}

// EncodeBuffers makes vectors of what was changed. An editor that only searches by words starts no encoder.
func (w *editorIndex) EncodeBuffers(ctx context.Context) error {
	if !w.meant.Load() {
		return nil
	}
	x, enc, _, err := w.opened(ctx)
	if err != nil || enc == nil {
		return err
	}
	_, err = w.buffers.Encode(ctx, x, enc)
	return err
}

// disk returns the place of a file; "" where its repository is not on this machine.
func (w *editorIndex) disk(k overlay.Key) string {
	root := k.Tree.Repo
	if root == "" {
		root = w.own
	}
	if root == "" || !filepath.IsLocal(filepath.FromSlash(k.Path)) {
		return ""
	}
	return filepath.Join(root, filepath.FromSlash(k.Path))
}

// stamp changes when somebody writes to a file.
func (w *editorIndex) stamp(k overlay.Key) string {
	info, err := os.Stat(w.disk(k))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}

// taken tells whether `loradex index` would take a new file.
func (w *editorIndex) taken(ctx context.Context, k overlay.Key) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if took, ok := w.takes[k]; ok {
		return took, nil
	}
	repo := w.repos[k.Tree]
	if repo == nil {
		root := k.Tree.Repo
		if root == "" {
			root = w.own
		}
		var err error
		repo, err = w.app.OpenRepo(context.WithoutCancel(ctx), root)
		if fault.CodeOf(err) == fault.NotFound {
			return false, nil // the repository is gone, and its files with it
		}
		if err != nil {
			return false, err
		}
		w.repos[k.Tree] = repo
	}
	took, err := repo.Takes(ctx, k.Path)
	if err == nil && len(w.takes) < maxTakes {
		w.takes[k] = took
	}
	return took, err
}

// maxTakes bounds the paths that are remembered.
const maxTakes = 10_000
