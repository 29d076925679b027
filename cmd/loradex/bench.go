package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"loradex/evaluation/speed"
	"loradex/internal/fault"
	"loradex/internal/machine"
	"loradex/workspace"
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

// texts gathers n chunks of the source.
func (f *benchFlags) texts(ctx context.Context, n int) ([]speed.Text, error) {
	return speed.Chunks(ctx, f.sourceDir(ctx), n)
}

func (f *benchFlags) sourceDir(ctx context.Context) string {
	if f.source == "" {
		return speed.DefaultSource(ctx)
	}
	return f.source
}

// startPeer starts the peer of --peer, nil without one. It ends with the command.
func (a *app) startPeer(ctx context.Context, f benchFlags, threads int) (*speed.Peer, error) {
	if f.peer == "" {
		return nil, nil
	}
	dir, err := a.ModelDir()
	if err != nil {
		return nil, err
	}
	command := strings.NewReplacer("{model}", dir, "{threads}", strconv.Itoa(threads)).Replace(f.peer)
	a.Log.Debug("starting peer", "command", command)
	p, err := speed.StartPeer(ctx, command, a.err)
	if err != nil {
		return nil, err
	}
	a.OnClose(p.Close)
	return p, nil
}

// benchSetup is what a measurement is made with.
func (a *app) benchSetup(ctx context.Context, f benchFlags, eng *workspace.Engine) (speed.Setup, error) {
	s := speed.Setup{Encoder: eng.Encoder, Threads: a.threads(), Pairs: f.pairs, Step: a.step}
	var err error
	s.Peer, err = a.startPeer(ctx, f, s.Threads)
	return s, err
}

// threads is how many threads the encoder runs, as far as a peer is to be told.
func (a *app) threads() int {
	if a.Config.Threads > 0 {
		return a.Config.Threads
	}
	return machine.Read().Cores
}

// benchEnded explains an interrupted measurement.
func benchEnded(err error) error {
	if errors.Is(err, context.Canceled) {
		return fault.Wrap(fault.Canceled, err, "the measurement was interrupted")
	}
	return err
}

// step says what is being measured; these commands take minutes.
func (a *app) step(format string, args ...any) {
	if !a.flags.quiet && !a.flags.json {
		a.Note(format, args...)
	}
}
