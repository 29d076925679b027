package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"loradex/api"
	"loradex/api/mcp"
	"loradex/internal/fault"
)

func serveCommand(a *app) *cobra.Command {
	var addr, where string
	var grace time.Duration
	c := &cobra.Command{
		Use:   "serve [--addr HOST:PORT] [--repo DIR|URL]",
		Short: "Answer over HTTP: embeddings as OpenAI's API has them, search, agents (MCP)",
		Long: "Serves POST /v1/embeddings, GET and POST /v1/search, GET /v1/repos, POST /mcp for agents, /healthz and /readyz\n" +
			"until it is interrupted; requests in flight are finished within --grace, and answered with 503 where that is too short. Model and index are\n" +
			"opened by the first request that needs them. A search of an index of several trees takes repo, branch, rev and\n" +
			"all_branches. What a request may take is set in loradex.yaml, under serve: docs/http.md.\n\n" +
			"There is no authentication. By default only this machine can connect; --addr opens the server to others.",
		Example: "  loradex serve &\n" +
			"  curl 'http://127.0.0.1:8080/v1/search?q=where+is+the+lock+taken&k=3'\n" +
			"  curl http://127.0.0.1:8080/v1/embeddings -H 'Content-Type: application/json' \\\n" +
			`    -d '{"model":"base:godoc","input":["read a file"],"input_type":"query"}'`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.plainErrors = true // there is no one document on standard output
			if a.Shared != "" && !cmd.Flags().Changed("repo") {
				where = "" // all that the index holds
			}
			if cmd.Flags().Changed("grace") {
				a.Config.Serve.Grace = grace
				if err := a.Config.Validate(); err != nil {
					return usage(err)
				}
			}
			return serve(cmd.Context(), a, addr, where)
		},
	}
	c.Flags().StringVar(&addr, "addr", api.DefaultAddr, "where to listen; port 0 is any that is free")
	c.Flags().DurationVar(&grace, "grace", 0, "how long requests may go on when the server is stopped (default serve.grace, 10s)")
	c.Flags().StringVar(&where, "repo", ".", "the repository whose index is searched")
	a.indexFlag(c)
	return c
}

func serve(ctx context.Context, a *app, addr, where string) error {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return usagef("write it like "+api.DefaultAddr, "--addr is %q", addr)
	}
	ws := a.Open(where)
	if err := ws.NoteLexical(ctx); err != nil {
		return err
	}
	if _, err := a.FindIndex(ctx, where); fault.CodeOf(err) == fault.NotFound {
		a.Note("%v; the first search indexes the words of a work tree, `loradex index` makes the vectors", err)
	} else if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "nothing can listen on %s", addr).WithHint("give --addr another port; 0 is any that is free")
	}
	if at, ok := listener.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		fmt.Fprintf(a.err, "warning: %s can be reached from other machines, and there is no authentication: whoever connects can "+
			"read the index\n", listener.Addr())
	}
	a.Note("listening on http://%s", listener.Addr())
	limits := a.Config.Serve
	return api.New(api.Options{
		MaxBodyBytes: limits.MaxBodyBytes, MaxInputs: limits.MaxInputs, MaxInFlight: limits.MaxInFlight, RequestTimeout: limits.RequestTimeout,
		Grace:  max(limits.Grace, 1), // 0 is at once here, and the default there
		Agents: mcp.New(mcp.Options{Version: version, MaxMessageBytes: limits.MaxBodyBytes, MaxInFlight: limits.MaxInFlight, Log: a.Log}, ws).Handler(),
		Log:    a.Log,
	}, ws).Serve(ctx, listener)
}
