package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"loradex/embed"
	"loradex/evaluation/speed"
)

func benchCommand(a *app) *cobra.Command {
	return group("bench", "Measure this machine and this build",
		benchEncodeCommand(a), benchAdaptersCommand(a), benchSearchCommand(a), benchTrainCommand(a))
}

// benchFlags are those that measurements share.
type benchFlags struct {
	peer   string
	pairs  int
	source string
	chunks int
}

func (f *benchFlags) addPeer(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.peer, "peer", "", "command line of a peer to take turns with (bench/README.md); {model} and {threads} are filled in")
	f.addPairs(cmd)
}

func (f *benchFlags) addPairs(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.pairs, "pairs", speed.MinPairs, "how many pairs of runs")
}

func (f *benchFlags) addChunks(cmd *cobra.Command, n int, what string) {
	cmd.Flags().StringVar(&f.source, "source", "", "folder of source code (default the Go standard library's, else the working folder)")
	cmd.Flags().IntVar(&f.chunks, "chunks", n, what)
}

// check refuses what gives no figure.
func (f *benchFlags) check() error {
	if f.pairs < speed.MinPairs {
		return usagef("fewer give no 95 % interval", "--pairs is %d, want at least %d", f.pairs, speed.MinPairs)
	}
	if f.chunks < 1 || f.chunks > 100_000_000 {
		return usagef("ask for some", "--chunks is %d", f.chunks)
	}
	return nil
}

func (f *benchFlags) sourceDir(ctx context.Context) string {
	if f.source == "" {
		return speed.DefaultSource(ctx)
	}
	return f.source
}

// setup is what a measurement is made with. The peer of --peer ends with the command.
func (f *benchFlags) setup(ctx context.Context, a *app, enc *embed.Encoder) (speed.Setup, error) {
	s := speed.Setup{Encoder: enc, Threads: a.Threads(), Pairs: f.pairs}
	if !a.json {
		s.Step = a.Note
	}
	if f.peer == "" {
		return s, nil
	}
	dir, err := a.ModelDir()
	if err != nil {
		return s, err
	}
	command := strings.NewReplacer("{model}", dir, "{threads}", strconv.Itoa(s.Threads)).Replace(f.peer)
	a.Log.Debug("starting peer", "command", command)
	if s.Peer, err = speed.StartPeer(ctx, command, a.err); err == nil {
		a.OnClose(s.Peer.Close)
	}
	return s, err
}
