package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/cmd/loradex/internal/bench"
	"loradex/embed"
	"loradex/embed/train"
	"loradex/internal/fault"
)

// trainBenchFlags are the flags of `bench train`.
type trainBenchFlags struct {
	benchFlags
	batch, queryTokens, docTokens, steps int
	data                                 string
}

// benchTrainDocument is what `bench train --json` prints.
type benchTrainDocument struct {
	Machine bench.Machine `json:"machine"`
	Model   string        `json:"model"`
	Threads int           `json:"threads"`
	Batch   int           `json:"batch"`
	Query   int           `json:"query_tokens"`
	Doc     int           `json:"doc_tokens"`

	Cases []trainCase `json:"cases"`
	// Real is seconds of a run over pairs of a data set, as long as they are: one epoch of RealSteps batches.
	Real     *trainCase `json:"real,omitempty"`
	RealData string     `json:"real_data,omitempty"`
	// QuerySide is seconds of a whole run of the query side, whose documents are stored vectors.
	QuerySide *trainCase     `json:"query_side"`
	Steps     int            `json:"query_side_steps"`
	Peak      int64          `json:"peak_bytes"`
	PeerPeak  int64          `json:"peer_peak_bytes,omitempty"`
	PeerReady map[string]any `json:"peer,omitempty"`
}

// trainCase is a kind of step.
type trainCase struct {
	Name    string       `json:"name"`
	Seconds bench.Sample `json:"seconds"`
	// Ratio is our seconds by the peer's for a step of all blocks: below 1 is faster.
	Peer  *bench.Sample `json:"peer_seconds,omitempty"`
	Ratio *bench.Sample `json:"ratio,omitempty"`
}

func benchTrainCommand(a *app) *cobra.Command {
	var f trainBenchFlags
	c := &cobra.Command{
		Use: "train", Short: "What a training step costs", Args: exactArgs(0, "no arguments"),
		Long: "Takes training steps over texts of equal length: LoRA on query and value layers of all blocks, and of the upper half\n" +
			"whose lower half is computed once (from the second epoch on). Then a whole short run of the query side, against stored\n" +
			"vectors; with --data also a run over real pairs, whose texts differ in length as texts do. With --peer each takes\n" +
			"turns with PEFT, which trains all blocks and both sides.",
		Example: `  loradex bench train --peer "python bench/peer_train.py {model} --threads {threads}"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.chunks = 1
			if err := f.check(); err != nil {
				return err
			}
			if f.batch < 2 || f.batch > 4096 || f.queryTokens < 3 || f.docTokens < 3 || f.steps < 1 {
				return usagef("see `loradex bench train --help`", "--batch, --query-tokens, --doc-tokens or --steps is out of range")
			}
			doc, err := a.benchTrain(cmd.Context(), f)
			if err != nil {
				return benchEnded(err)
			}
			if a.flags.json {
				return a.printJSON(doc)
			}
			a.showBenchTrain(doc)
			return nil
		},
	}
	f.addPeer(c)
	c.Flags().IntVar(&f.batch, "batch", 32, "pairs in a step")
	c.Flags().IntVar(&f.queryTokens, "query-tokens", 32, "tokens of a query")
	c.Flags().IntVar(&f.docTokens, "doc-tokens", 64, "tokens of a document")
	c.Flags().IntVar(&f.steps, "steps", 20, "steps of a run: of the query side, and over --data")
	c.Flags().StringVar(&f.data, "data", "", "BEIR folder: measure its training pairs, too, as long as they are")
	return c
}

func (a *app) benchTrain(ctx context.Context, f trainBenchFlags) (*benchTrainDocument, error) {
	eng, err := a.Engine(ctx)
	if err != nil {
		return nil, err
	}
	doc := &benchTrainDocument{
		Machine: bench.ReadMachine(), Model: eng.Encoder.Model().Name, Threads: a.threads(),
		Batch: f.batch, Query: f.queryTokens, Doc: f.docTokens, Steps: f.steps,
	}
	set, err := trainTexts(ctx, eng.Encoder, f)
	if err != nil {
		return nil, err
	}
	peer, err := a.startPeer(ctx, f.benchFlags, doc.Threads)
	if err != nil {
		return nil, err
	}
	half := eng.Encoder.Model().Config.Layers / 2
	for _, c := range []struct {
		name string
		opts train.Options
	}{
		{"all blocks", train.Options{}},
		{"upper half, the lower half computed once", train.Options{FirstLayer: half}},
	} {
		o := c.opts
		o.Batch, o.MicroBatch, o.MaxQueryTokens, o.MaxDocTokens = f.batch, 2*f.batch, f.queryTokens, f.docTokens
		o.Epochs = 4 * (f.pairs + 10)
		t, err := train.New(ctx, eng.Encoder, train.Job{Data: set}, o)
		if err != nil {
			return nil, err
		}
		a.step("%s, %d pairs", c.name, f.pairs)
		out, err := stepCase(ctx, c.name, t, peer, fmt.Sprintf("step %d %d %d", f.batch, f.queryTokens, f.docTokens), f.pairs)
		if err = joinClose(err, t.Close); err != nil {
			return nil, err
		}
		doc.Cases = append(doc.Cases, out)
		if doc.Peak == 0 {
			doc.Peak = peakMemory()
		}
	}
	if f.data != "" {
		doc.RealData = dirName(f.data)
		if set, err = f.realPairs(ctx); err != nil {
			return nil, err
		}
		f.queryTokens, f.docTokens = realQueryTokens, realDocTokens
		o := train.Options{
			Batch: f.batch, MicroBatch: 2 * f.batch, MaxQueryTokens: f.queryTokens, MaxDocTokens: f.docTokens, Epochs: 1, Patience: -1,
		}
		name := fmt.Sprintf("a run of %d steps over pairs of %s, cut at %d and %d tokens", f.steps, doc.RealData, f.queryTokens, f.docTokens)
		if doc.Real, err = a.runCase(ctx, eng.Encoder, name, train.Job{Data: set}, o, set, peer, f); err != nil {
			return nil, err
		}
	}
	if doc.QuerySide, err = a.benchQuerySide(ctx, eng.Encoder, f, set, peer); err != nil {
		return nil, err
	}
	if peer != nil {
		doc.PeerReady = peer.Ready
		answer, err := peer.Ask("rss")
		if err != nil {
			return nil, err
		}
		doc.PeerPeak = answer.PeakBytes
	}
	return doc, nil
}

// joinClose closes and joins the errors.
func joinClose(err error, closing func() error) error {
	if closeErr := closing(); err == nil {
		return closeErr
	}
	return err
}

// stepCase takes turns with the peer's step. Two steps go before: graphs are loaded and pages touched in them.
func stepCase(ctx context.Context, name string, t *train.Trainer, peer *bench.Peer, command string, pairs int) (trainCase, error) {
	ours := bench.Timed(t.Step)
	for range 2 {
		if _, err := ours(ctx); err != nil {
			return trainCase{}, err
		}
	}
	if peer == nil {
		var seconds []float64
		for range pairs {
			s, err := ours(ctx)
			if err != nil {
				return trainCase{}, err
			}
			seconds = append(seconds, s)
		}
		return trainCase{Name: name, Seconds: bench.SampleOf(seconds)}, nil
	}
	theirs := peer.Run(command)
	for range 2 {
		if _, err := theirs(ctx); err != nil {
			return trainCase{}, err
		}
	}
	r, err := bench.Pairs(ctx, pairs, ours, theirs)
	return trainCase{Name: name, Seconds: r.A, Peer: &r.B, Ratio: &r.Ratio}, err
}

// The cuts of real texts.
const (
	realQueryTokens = 64
	realDocTokens   = 128
)

// realPairs takes as many training pairs of --data as one epoch of the steps has.
func (f *trainBenchFlags) realPairs(ctx context.Context) (*train.Set, error) {
	all, err := beirData{[]beirDir{parseBEIRDir(f.data)}}.Pairs(ctx, train.Train)
	if err != nil {
		return nil, err
	}
	want := f.steps * f.batch
	if len(all.Examples) < want {
		return nil, usagef("give fewer --steps, or another folder", "%s has %d training pairs, and %d are needed", f.data, len(all.Examples), want)
	}
	taken := 0
	return subset(all, func(train.Example) bool { taken++; return taken <= want }, func(int) bool { return false }), nil
}

// runCase takes turns with the peer over whole runs.
func (a *app) runCase(ctx context.Context, enc *embed.Encoder, name string, job train.Job, o train.Options, pairs *train.Set, peer *bench.Peer, f trainBenchFlags) (*trainCase, error) {
	ours := bench.Timed(func(ctx context.Context) error {
		t, err := train.New(ctx, enc, job, o)
		if err != nil {
			return err
		}
		_, err = t.Run(ctx)
		return joinClose(err, t.Close)
	})
	a.step("%s, %d pairs", name, f.pairs)
	if peer == nil {
		s, err := ours(ctx)
		return &trainCase{Name: name, Seconds: bench.SampleOf([]float64{s})}, err
	}
	file, err := writePairs(pairs)
	if err != nil {
		return nil, err
	}
	defer os.Remove(file)
	command := fmt.Sprintf("run %s %d %d %d %d", file, f.steps, f.batch, f.queryTokens, f.docTokens)
	r, err := bench.Pairs(ctx, f.pairs, ours, peer.Run(command))
	return &trainCase{Name: name, Seconds: r.A, Peer: &r.B, Ratio: &r.Ratio}, err
}

// benchQuerySide is a whole run over the same pairs: tokenizing and all steps, with vectors that are there already.
func (a *app) benchQuerySide(ctx context.Context, enc *embed.Encoder, f trainBenchFlags, set *train.Set, peer *bench.Peer) (*trainCase, error) {
	rows := make([]embed.Row, len(set.Documents))
	for i, d := range set.Documents {
		rows[i] = embed.Row{Text: d.Text}
	}
	stored, err := enc.Encode(ctx, rows)
	if err != nil {
		return nil, err
	}
	o := train.Options{
		Side: adapters.SideQuery, Batch: f.batch, MicroBatch: 2 * f.batch, MaxQueryTokens: f.queryTokens, Steps: f.steps, Epochs: f.steps,
	}
	job := train.Job{Data: set, Vectors: func(context.Context, []train.Text) ([][]float32, error) { return stored, nil }}
	return a.runCase(ctx, enc, fmt.Sprintf("a run of %d steps of the query side", f.steps), job, o, set, peer, f)
}

// trainWords are single tokens of the usual vocabularies.
var trainWords = strings.Fields("read the value from table list map file open close name key line text code data type time number set get find next last first")

// trainTexts makes pairs of random words with exactly so many tokens.
func trainTexts(ctx context.Context, enc *embed.Encoder, f trainBenchFlags) (*train.Set, error) {
	rng := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // repeatable on purpose
	text := func(tokens int) train.Text {
		words := make([]string, tokens-2)
		for i := range words {
			words[i] = trainWords[rng.IntN(len(trainWords))]
		}
		return train.Text{ID: strconv.FormatUint(rng.Uint64(), 10), Text: strings.Join(words, " ")}
	}
	set := &train.Set{}
	for i := range f.batch {
		set.Queries, set.Documents = append(set.Queries, text(f.queryTokens)), append(set.Documents, text(f.docTokens))
		set.Examples = append(set.Examples, train.Example{Query: i, Positives: []int{i}})
	}
	ids, err := enc.Tokens(ctx, []embed.Row{{Text: set.Queries[0].Text, Role: embed.Query}, {Text: set.Documents[0].Text}})
	if err != nil {
		return nil, err
	}
	if query, doc := len(ids[0]), len(ids[1]); query != f.queryTokens || doc != f.docTokens {
		return nil, fault.New(fault.Unsupported, "texts of %d and %d tokens became %d and %d with the tokenizer of this model",
			f.queryTokens, f.docTokens, query, doc)
	}
	return set, nil
}

// writePairs writes a set as the peer reads it.
func writePairs(set *train.Set) (string, error) {
	file, err := os.CreateTemp("", "loradex-pairs-*.jsonl")
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "a temporary file")
	}
	enc := json.NewEncoder(file)
	for _, e := range set.Examples {
		err = enc.Encode(map[string]string{"query": set.Queries[e.Query].Text, "document": set.Documents[e.Positives[0]].Text})
		if err != nil {
			break
		}
	}
	return file.Name(), joinClose(err, file.Close)
}

func (a *app) showBenchTrain(d *benchTrainDocument) {
	a.showMachine(d.Machine)
	a.printf("step       %d pairs, queries of %d and documents of %d tokens, %s, LoRA on query and value, rank 16, %d threads\n\n",
		d.Batch, d.Query, d.Doc, d.Model, d.Threads)
	t := newTable("CASE", "SECONDS", "PEFT", "÷ PEFT (95 % interval)")
	cases := d.Cases
	if d.Real != nil {
		cases = append(cases, *d.Real)
	}
	for _, c := range append(cases, *d.QuerySide) {
		peer := ""
		if c.Peer != nil {
			peer = fmt.Sprintf("%.3f", c.Peer.Median)
		}
		t.row(c.Name, fmt.Sprintf("%.3f", c.Seconds.Median), peer, ratioText(c.Ratio))
	}
	t.write(a.out)
	a.printf("\npeak memory %s after the steps of all blocks", bytesText(d.Peak))
	if d.PeerPeak > 0 {
		a.printf("; PEFT %s", bytesText(d.PeerPeak))
	}
	a.printf("\n")
}
