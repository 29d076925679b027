package main

import (
	"bufio"

	"github.com/spf13/cobra"

	"loradex/lsp"
)

func lspCommand(a *app) *cobra.Command {
	var where string
	c := &cobra.Command{
		Use:   "lsp [--repo DIR]",
		Short: "Be a language server for an editor, on standard input and output",
		Long: "Speaks the Language Server Protocol: workspace symbols (a query that starts with ? searches by meaning) and the\n" +
			"commands loradex.search, loradex.similar and loradex.setAdapter. editors/nvim is a plugin for Neovim.\n\n" +
			"Open files are searched as the editor shows them, saved or not: an edit is found by words at once, by meaning\n" +
			"within two seconds once somebody has searched by meaning. Other files are compared with the index by each search;\n" +
			"their vectors come with `loradex index`, or `--watch` beside it. docs/editors.md has the set-up of editors.",
		Args: exactArgs(0, "no arguments; it is started by an editor"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.plainErrors = true // standard output is the editor's
			ws := a.Open(where)
			if err := ws.NoteLexical(cmd.Context()); err != nil {
				return err
			}
			return lsp.New(lsp.Options{Version: version}, ws).Serve(cmd.Context(), a.in, flushed{a.out})
		},
	}
	a.indexFlag(c)
	c.Flags().StringVar(&where, "repo", "", "the repository whose index is searched (default the editor's folder, of --index all)")
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
