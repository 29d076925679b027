package speed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
	"loradex/internal/machine"
)

// AdapterOptions say what [Adapters] measures.
type AdapterOptions struct {
	Rows       int // of the batch
	Tokens     int // of a row
	Rank       int // of the adapters
	Registered int // size of the large library; 0 leaves it out
}

// Text is longer than a row.
func (o AdapterOptions) Text() string {
	return strings.Repeat("read the value from the table ", o.Tokens)
}

// Engine sets what the encoder of [Adapters] needs: one run for the batch, whatever the rank.
func (o AdapterOptions) Engine(e *embed.Options, source *Switch) {
	e.Adapters, e.MaxTokens, e.BatchTokens = source, o.Tokens, max(4096, o.Rows*o.Tokens)
	e.PackBytes, e.Window = 4<<30, 0
}

// AdaptersReport is what `bench adapters --json` prints.
type AdaptersReport struct {
	Machine machine.Facts `json:"machine"`
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
	Name    string `json:"name"`
	Seconds Sample `json:"seconds"`
	Ratio   Sample `json:"ratio"` // to the plain batch, in pairs; tokenizing and packing included
	// The peer's ratio of the same case to its own plain batch; and its seconds by ours.
	PeerRatio *Sample `json:"peer_ratio,omitempty"`
	Speedup   *Sample `json:"speedup,omitempty"`
}

// registeredResult compares a large library with a small one. Ratios are seconds with the large by seconds with the small.
type registeredResult struct {
	Count int    `json:"count"`
	One   Sample `json:"one"`   // all rows with one adapter: a library of Count by a library of that adapter alone
	Mixed Sample `json:"mixed"` // a different adapter for every row, drawn from all Count by from as many as rows
	// FirstUse is the seconds of batches whose adapters were never used before: they are opened, hashed and checked.
	FirstUse Sample `json:"first_use_seconds"`
}

// memoryPoint is the process's memory after a step.
type memoryPoint struct {
	After string `json:"after"`
	machine.Memory
}

// adapterBench is a running measurement.
type adapterBench struct {
	Setup
	o      AdapterOptions
	source *Switch
	text   string // longer than a row
	plain  run
	doc    *AdaptersReport
	open   []*adapters.Library
}

// Adapters measures what adapters cost in a batch, and what a large library does. The encoder's source of adapters is source,
// and its runs hold the whole batch.
func Adapters(ctx context.Context, s Setup, source *Switch, o AdapterOptions) (*AdaptersReport, error) {
	b := &adapterBench{Setup: s, o: o, source: source, text: o.Text()}
	defer func() {
		for _, lib := range b.open {
			_ = lib.Close() // it goes with its folder
		}
	}()
	b.doc = &AdaptersReport{
		Machine: machine.Read(), Model: s.Encoder.Model().Name, Threads: s.Threads,
		Rows: o.Rows, Tokens: o.Tokens, Rank: o.Rank,
	}
	ids, err := b.Encoder.Tokens(ctx, []embed.Row{{Text: b.text}})
	if err != nil {
		return nil, err
	}
	if n := len(ids[0]); n != o.Tokens {
		return nil, fault.New(fault.Internal, "a row has %d tokens, not %d", n, o.Tokens)
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
	defer os.RemoveAll(dir) //nolint:errcheck // temporary; nothing depends on it
	if s.Peer != nil {
		b.doc.PeerReady = s.Peer.Ready
	}
	for _, sites := range []struct {
		name    string
		targets []string
	}{{"qv", []string{"query", "value"}}, {"all", nil}} {
		lib, err := b.library(ctx, filepath.Join(dir, sites.name), o.Rows+1, sites.targets)
		if err != nil {
			return nil, err
		}
		b.source.Library = lib
		if err := b.cases(ctx, sites.name); err != nil {
			return nil, err
		}
		b.remember(fmt.Sprintf("%d adapters in use (%s)", o.Rows+1, sites.name))
	}
	if o.Registered > o.Rows {
		if err := b.registered(ctx, dir); err != nil {
			return nil, err
		}
	}
	return b.doc, nil
}

// library writes and opens a library of random adapters r0, r1, ….
func (b *adapterBench) library(ctx context.Context, dir string, n int, targets []string) (*adapters.Library, error) {
	b.step("writing %d adapters", n)
	if err := writeLibrary(ctx, dir, n, b.o.Rank, b.Encoder.Sites(), targets, b.Encoder.Model().Name); err != nil {
		return nil, err
	}
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		return nil, err
	}
	b.open = append(b.open, lib)
	return lib, nil
}

// batch makes a run that encodes the rows with a mix each.
func (b *adapterBench) batch(mix func(row int) adapters.Mix) run {
	return timed(func(ctx context.Context) error {
		rows := make([]embed.Row, b.o.Rows)
		for i := range rows {
			rows[i] = embed.Row{Text: b.text, Mix: mix(i)}
		}
		_, err := b.Encoder.Encode(ctx, rows)
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
func (b *adapterBench) cases(ctx context.Context, sites string) error {
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
		b.step("%s, %d pairs", c.name, b.Pairs)
		with := b.batch(c.mix)
		result, err := inPairs(ctx, b.Pairs, with, b.plain)
		if err != nil {
			return err
		}
		out := adapterCase{Name: c.name, Seconds: result.A, Ratio: result.Ratio}
		if b.Peer != nil && c.peer {
			theirs, err := inPairs(ctx, b.Pairs, b.Peer.run("run "+c.name), b.Peer.run("run plain"))
			if err != nil {
				return err
			}
			against, err := inPairs(ctx, b.Pairs, b.Peer.run("run "+c.name), with)
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
	libraries := map[int]*adapters.Library{}
	for _, n := range []int{1, b.o.Rows, b.o.Registered} {
		var err error
		if libraries[n], err = b.library(ctx, filepath.Join(dir, "of-"+strconv.Itoa(n)), n, []string{"query", "value"}); err != nil {
			return err
		}
	}
	one, few, many := libraries[1], libraries[b.o.Rows], libraries[b.o.Registered]
	b.remember(fmt.Sprintf("%d adapters are registered", b.o.Registered))
	in := func(lib *adapters.Library, run run) run {
		return func(ctx context.Context) (float64, error) {
			b.source.Library = lib
			return run(ctx)
		}
	}
	b.step("a library of %d against small ones, %d pairs", b.o.Registered, b.Pairs)
	first := b.batch(func(int) adapters.Mix { return named(0) })
	ones, err := inPairs(ctx, b.Pairs, in(many, first), in(one, first))
	if err != nil {
		return err
	}
	b.remember("one of them in use")
	rng := rand.New(rand.NewPCG(2, 2)) //nolint:gosec // repeatable on purpose
	drawn := rng.Perm(b.o.Registered)
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
	mixed, err := inPairs(ctx, b.Pairs, in(many, anyOf), in(few, each))
	if err != nil {
		return err
	}
	b.doc.Registered = &registeredResult{Count: b.o.Registered, One: ones.Ratio, Mixed: mixed.Ratio, FirstUse: sampleOf(cold)}
	return nil
}

func (b *adapterBench) remember(after string) {
	b.doc.Memory = append(b.doc.Memory, memoryPoint{after, machine.ReadMemory()})
}
