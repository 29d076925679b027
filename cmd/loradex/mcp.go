package main

import (
	"github.com/spf13/cobra"

	"loradex/api/mcp"
)

func mcpCommand(a *app) *cobra.Command {
	var where string
	c := &cobra.Command{
		Use:   "mcp [--repo DIR|URL]",
		Short: "Be a server for an agent, on standard input and output (MCP)",
		Long: "Speaks the Model Context Protocol with the tools search, similar, read and status, which only read, and the cards of\n" +
			"adapters as resources. `loradex install AGENT` tells an agent of it; `loradex serve` has the same at /mcp. Where nothing is\n" +
			"indexed, the first search indexes the words of the files. docs/agents.md has more.",
		Args: exactArgs(0, "no arguments; it is started by an agent"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.plainErrors = true // standard output is the agent's
			if a.Shared != "" && !cmd.Flags().Changed("repo") {
				where = "" // all that the index holds
			}
			ws := a.Open(where)
			if err := ws.NoteLexical(cmd.Context()); err != nil {
				return err
			}
			return mcp.New(mcp.Options{Version: version, Log: a.Log}, ws).Serve(cmd.Context(), a.in, flushed{a.out})
		},
	}
	c.Flags().StringVar(&where, "repo", ".", "the repository whose index is searched")
	a.indexFlag(c)
	return c
}
