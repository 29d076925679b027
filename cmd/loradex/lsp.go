package main

import (
	"bufio"
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/lsp"
)

func lspCommand(a *app) *cobra.Command {
	var where string
	c := &cobra.Command{
		Use:   "lsp [--repo DIR]",
		Short: "Be a language server for an editor, on standard input and output",
		Long: "Speaks the Language Server Protocol: workspace symbols (a query that starts with ? searches by meaning) and the\n" +
			"commands loradex.search, loradex.similar and loradex.setAdapter. editors/nvim is a plugin for Neovim.",
		Args: exactArgs(0, "no arguments; it is started by an editor"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.plainErrors = true // standard output is the editor's
			b, err := a.newBackend(cmd.Context(), where)
			if err != nil {
				return err
			}
			return lsp.New(lsp.Options{Version: version}, editorBackend{b}).Serve(cmd.Context(), a.in, flushed{a.out})
		},
	}
	a.indexFlag(c)
	c.Flags().StringVar(&where, "repo", "", "the repository whose index is searched (default the editor's folder)")
	return c
}

// flushed writes every message through at once.
type flushed struct{ out *bufio.Writer }

func (f flushed) Write(p []byte) (int, error) {
	n, err := f.out.Write(p)
	if err == nil {
		err = f.out.Flush()
	}
	return n, err
}

// editorBackend is what the language server answers from.
type editorBackend struct{ *backend }

// Open opens the index of --repo, else of the editor's folder, else of the current one.
func (e editorBackend) Open(ctx context.Context, root string) (lsp.Workspace, error) {
	e.mu.Lock()
	if e.where == "" {
		e.where = root
	}
	if e.where == "" {
		e.where = "."
	}
	e.mu.Unlock()
	_, dir, err := e.index(ctx)
	if err != nil {
		return nil, err
	}
	folder, err := e.filesOf(ctx, dir)
	if err != nil {
		return nil, err
	}
	return workspace{e.backend, folder}, nil
}

// CheckMix looks for the adapters of a mix in the library. Whether the index has vectors for it, the search tells.
func (e editorBackend) CheckMix(ctx context.Context, m adapters.Mix) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _, err := e.app.sides(ctx, m)
	return err
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
	if err != nil || gitrepo.IsURL(state.Repo) {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(state.Repo, ".git")); err != nil {
		return "", nil //nolint:nilerr // no work tree is no mistake
	}
	return state.Repo, nil
}

// workspace is an open index.
type workspace struct {
	*backend
	folder string
}

// Root is the folder that paths start from.
func (w workspace) Root() string { return w.folder }
