package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/cmd/loradex/internal/bench"
	"loradex/embed"
	"loradex/internal/fault"
	"loradex/workspace"
)

// adapterFlags are the flags of `bench adapters`.
type adapterFlags struct {
	benchFlags
	rows, tokens, rank, registered int
}

// benchAdaptersDocument is what `bench adapters --json` prints.
type benchAdaptersDocument struct {
	Machine bench.Machine `json:"machine"`
	Model   string        `json:"model"`
	Threads int           `json:"threads"`
	Rows    int           `json:"rows"`
	Tokens  int           `json:"tokens"` // of each row
	Rank    int           `json:"rank"`

	Cases      []adapterCase     `json:"cases"`
	Registered *registeredResult `json:"registered,omitempty"`
	Memory     []memoryPoint     `json:"memory"`
	PeerReady  map[string]any    `json:"peer,omitempty"`
}

// adapterCase is what a batch with adapters costs.
type adapterCase struct {
	Name    string       `json:"name"`
	Seconds bench.Sample `json:"seconds"`
	Ratio   bench.Sample `json:"ratio"` // to the plain batch, in pairs; tokenizing and packing included
	// The peer's ratio of the same case to its own plain batch; and its seconds by ours.
	PeerRatio *bench.Sample `json:"peer_ratio,omitempty"`
	Speedup   *bench.Sample `json:"speedup,omitempty"`
}

// registeredResult compares a large library with a small one. Ratios are seconds with the large by seconds with the small.
type registeredResult struct {
	Count int          `json:"count"`
	One   bench.Sample `json:"one"`   // all rows with one adapter: a library of Count by a library of that adapter alone
	Mixed bench.Sample `json:"mixed"` // a different adapter for every row, drawn from all Count by from as many as rows
	// FirstUse is the seconds of batches whose adapters were never used before: they are opened, hashed and checked.
	FirstUse bench.Sample `json:"first_use_seconds"`
}

// memoryPoint is the process's memory after a step.
type memoryPoint struct {
	After string `json:"after"`
	bench.Memory
}

func benchAdaptersCommand(a *app) *cobra.Command {
	var f adapterFlags
	c := &cobra.Command{
		Use: "adapters", Short: "What adapters cost in a batch, and what a large library does", Args: exactArgs(0, "no arguments"),
		Long: "Encodes one batch of rows with adapters and without in turns and gives the median of the ratios: one adapter for all\n" +
			"rows, another one for every row, two for every row; for query and value layers and for all linear ones. The adapters are\n" +
			"random and lie in a temporary library. With --peer the same cases of PEFT take turns, too.",
		Example: `  loradex bench adapters --peer "python bench/peer_peft.py {model} --threads {threads}"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.chunks = 1
			if err := f.check(); err != nil {
				return err
			}
			if f.rows < 1 || f.rows > 4096 || f.tokens < 3 || f.rank < 1 || f.rank > 512 || f.registered < 0 || f.registered > 100_000 {
				return usagef("see `loradex bench adapters --help`", "--rows, --tokens, --rank or --registered is out of range")
			}
			doc, err := a.benchAdapters(cmd.Context(), f)
			if err != nil {
				return benchEnded(err)
			}
			if a.flags.json {
				return a.printJSON(doc)
			}
			a.showBenchAdapters(doc)
			return nil
		},
	}
	f.addPeer(c)
	c.Flags().IntVar(&f.rows, "rows", 32, "rows of the batch")
	c.Flags().IntVar(&f.tokens, "tokens", 64, "tokens of a row")
	c.Flags().IntVar(&f.rank, "rank", 16, "rank of the adapters")
	c.Flags().IntVar(&f.registered, "registered", 1000, "size of the large library; 0 leaves it out")
	return c
}

// adapterBench is a running measurement.
type adapterBench struct {
	a      *app
	f      adapterFlags
	eng    *workspace.Engine
	source *bench.Switch
	text   string // longer than a row
	plain  bench.Run
	doc    *benchAdaptersDocument
}

func (a *app) benchAdapters(ctx context.Context, f adapterFlags) (*benchAdaptersDocument, error) {
	b := &adapterBench{a: a, f: f, source: &bench.Switch{}, text: strings.Repeat("read the value from the table ", f.tokens)}
	o, err := a.EncoderOptions(ctx)
	if err != nil {
		return nil, err
	}
	o.Adapters, o.MaxTokens, o.BatchTokens = b.source, f.tokens, max(4096, f.rows*f.tokens)
	o.PackBytes, o.Window = 4<<30, 0 // one run for the batch, whatever the rank
	eng, err := a.OpenEngine(ctx, o)
	if err != nil {
		return nil, err
	}
	b.eng = eng
	b.doc = &benchAdaptersDocument{
		Machine: bench.ReadMachine(), Model: eng.Encoder.Model().Name, Threads: a.threads(),
		Rows: f.rows, Tokens: f.tokens, Rank: f.rank,
	}
	if err := b.checkTokens(ctx); err != nil {
		return nil, err
	}
	b.plain = b.batch(func(int) adapters.Mix { return adapters.Mix{} })
	if _, err := b.plain(ctx); err != nil {
		return nil, err
	}
	b.remember("the plain batch")
	dir, err := os.MkdirTemp("", "loradex-bench-*")
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "a temporary folder")
	}
	a.OnClose(func() error { return os.RemoveAll(dir) })
	peer, err := a.startPeer(ctx, f.benchFlags, b.doc.Threads)
	if err != nil {
		return nil, err
	}
	if peer != nil {
		b.doc.PeerReady = peer.Ready
	}
	for _, sites := range []struct {
		name    string
		targets []string
	}{{"qv", []string{"query", "value"}}, {"all", nil}} {
		lib, err := b.library(ctx, filepath.Join(dir, sites.name), f.rows+1, sites.targets)
		if err != nil {
			return nil, err
		}
		b.source.Library = lib
		if err := b.cases(ctx, sites.name, peer); err != nil {
			return nil, err
		}
		b.remember(fmt.Sprintf("%d adapters in use (%s)", f.rows+1, sites.name))
	}
	if f.registered > f.rows {
		if err := b.registered(ctx, dir); err != nil {
			return nil, err
		}
	}
	return b.doc, nil
}

// checkTokens makes sure that rows are as long as they are said to be.
func (b *adapterBench) checkTokens(ctx context.Context) error {
	ids, err := b.eng.Encoder.Tokens(ctx, []embed.Row{{Text: b.text}})
	if err != nil {
		return err
	}
	if n := len(ids[0]); n != b.f.tokens {
		return fault.New(fault.Internal, "a row has %d tokens, not %d", n, b.f.tokens)
	}
	return nil
}

// library writes and opens a library of random adapters r0, r1, ….
func (b *adapterBench) library(ctx context.Context, dir string, n int, targets []string) (*adapters.Library, error) {
	b.a.step("writing %d adapters", n)
	spec := bench.LibrarySpec{
		Prefix: "r", Count: n, Rank: b.f.rank, Sites: b.eng.Encoder.Sites(), Targets: targets,
		Base: b.eng.Encoder.Model().Name, Seed: 1,
	}
	if err := bench.WriteLibrary(ctx, dir, spec); err != nil {
		return nil, err
	}
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		return nil, err
	}
	b.a.OnClose(lib.Close)
	return lib, nil
}

// batch makes a run that encodes the rows with a mix each.
func (b *adapterBench) batch(mix func(row int) adapters.Mix) bench.Run {
	return bench.Timed(func(ctx context.Context) error {
		rows := make([]embed.Row, b.f.rows)
		for i := range rows {
			rows[i] = embed.Row{Text: b.text, Mix: mix(i)}
		}
		_, err := b.eng.Encoder.Encode(ctx, rows)
		return err
	})
}

// named is the mix of numbered adapters.
func named(numbers ...int) adapters.Mix {
	terms := make([]adapters.Term, len(numbers))
	for i, n := range numbers {
		terms[i] = adapters.Term{ID: fmt.Sprintf("r%d", n), Weight: 1 / float32(len(numbers))}
	}
	mix, _ := adapters.Sum(terms...) // such names and weights are valid
	return mix
}

// cases measures the batches over one kind of layers.
func (b *adapterBench) cases(ctx context.Context, sites string, peer *bench.Peer) error {
	for _, c := range []struct {
		name string
		peer bool // the peer has it too
		mix  func(row int) adapters.Mix
	}{
		{"one-" + sites, true, func(int) adapters.Mix { return named(0) }},
		{"mixed-" + sites, true, func(row int) adapters.Mix { return named(row) }},
		{"half-" + sites, false, func(row int) adapters.Mix {
			if row%2 == 0 {
				return adapters.Mix{}
			}
			return named(row)
		}},
		{"pairs-" + sites, false, func(row int) adapters.Mix { return named(row, row+1) }},
	} {
		b.a.step("%s, %d pairs", c.name, b.f.pairs)
		with := b.batch(c.mix)
		result, err := bench.Pairs(ctx, b.f.pairs, with, b.plain)
		if err != nil {
			return err
		}
		out := adapterCase{Name: c.name, Seconds: result.A, Ratio: result.Ratio}
		if peer != nil && c.peer {
			theirs, err := bench.Pairs(ctx, b.f.pairs, peer.Run("run "+c.name), peer.Run("run plain"))
			if err != nil {
				return err
			}
			against, err := bench.Pairs(ctx, b.f.pairs, peer.Run("run "+c.name), with)
			if err != nil {
				return err
			}
			out.PeerRatio, out.Speedup = &theirs.Ratio, &against.Ratio
		}
		b.doc.Cases = append(b.doc.Cases, out)
	}
	return nil
}

// registered compares libraries of different size, over query and value layers.
func (b *adapterBench) registered(ctx context.Context, dir string) error {
	qv := []string{"query", "value"}
	one, err := b.library(ctx, filepath.Join(dir, "one"), 1, qv)
	if err != nil {
		return err
	}
	few, err := b.library(ctx, filepath.Join(dir, "few"), b.f.rows, qv)
	if err != nil {
		return err
	}
	many, err := b.library(ctx, filepath.Join(dir, "many"), b.f.registered, qv)
	if err != nil {
		return err
	}
	b.remember(fmt.Sprintf("%d adapters are registered", b.f.registered))
	in := func(lib *adapters.Library, run bench.Run) bench.Run {
		return func(ctx context.Context) (float64, error) {
			b.source.Library = lib
			return run(ctx)
		}
	}
	b.a.step("a library of %d against small ones, %d pairs", b.f.registered, b.f.pairs)
	first := b.batch(func(int) adapters.Mix { return named(0) })
	ones, err := bench.Pairs(ctx, b.f.pairs, in(many, first), in(one, first))
	if err != nil {
		return err
	}
	b.remember("one of them in use")
	rng := rand.New(rand.NewPCG(2, 2)) //nolint:gosec // repeatable on purpose
	drawn := rng.Perm(b.f.registered)
	next := 0
	anyOf := b.batch(func(int) adapters.Mix { next++; return named(drawn[next%len(drawn)]) })
	each := b.batch(func(row int) adapters.Mix { return named(row) })
	var cold []float64
	for next < len(drawn) {
		s, err := in(many, anyOf)(ctx)
		if err != nil {
			return err
		}
		cold = append(cold, s)
	}
	b.remember("all of them used once")
	mixed, err := bench.Pairs(ctx, b.f.pairs, in(many, anyOf), in(few, each))
	if err != nil {
		return err
	}
	b.doc.Registered = &registeredResult{Count: b.f.registered, One: ones.Ratio, Mixed: mixed.Ratio, FirstUse: bench.SampleOf(cold)}
	return nil
}

func (b *adapterBench) remember(after string) {
	b.doc.Memory = append(b.doc.Memory, memoryPoint{after, bench.ReadMemory()})
}

func (a *app) showBenchAdapters(d *benchAdaptersDocument) {
	a.showMachine(d.Machine)
	a.printf("batch      %d rows of %d tokens, %s, rank %d, %d threads\n\n", d.Rows, d.Tokens, d.Model, d.Rank, d.Threads)
	t := newTable("CASE", "÷ PLAIN (95 % interval)", "SECONDS", "PEER ÷ ITS PLAIN", "PEER ÷ OURS")
	for _, c := range d.Cases {
		row := []string{c.Name, ratioText(&c.Ratio), fmt.Sprintf("%.3f", c.Seconds.Median), ratioText(c.PeerRatio), ratioText(c.Speedup)}
		t.row(row...)
	}
	t.write(a.out)
	if r := d.Registered; r != nil {
		a.printf("\n%d registered ÷ 1, one adapter for all rows: %s\n", r.Count, ratioText(&r.One))
		a.printf("any of %d ÷ any of %d, one adapter a row: %s\n", r.Count, d.Rows, ratioText(&r.Mixed))
		a.printf("a batch whose adapters are used for the first time: %s seconds\n", r.FirstUse)
	}
	a.printf("\n")
	m := newTable("MEMORY AFTER", "TOTAL", "OWN", "FILES")
	for _, p := range d.Memory {
		m.row(p.After, bytesText(p.Total), bytesText(p.Private), bytesText(p.Mapped))
	}
	m.write(a.out)
}

func ratioText(s *bench.Sample) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", s.Median, s.Low, s.High)
}
