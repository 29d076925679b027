// Command loradex is semantic code search whose encoder adapts: it indexes a repository, searches it with adapters
// chosen per request, encodes texts, keeps a library of adapters, and measures what they bring.
//
//	loradex index .
//	loradex search "where is the lock taken"
//	loradex search "where is the lock taken" --adapter godoc --json
//
// This package is wiring: a command's file turns flags into options, calls a verb of package workspace or evaluation, and
// prints what it says.
// Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 used wrongly.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"loradex/internal/commandline"
)

// version is set by `make build`.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the work at its next safe point. After it the default is back, so a second one kills.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program; end-to-end tests call it too. It returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(getenv, stdin, stdout, stderr)
	a.args = args
	root := newRoot(a)
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	if err != nil {
		err = commandline.Explain(c, err)
	}
	return a.exit(err, args)
}
