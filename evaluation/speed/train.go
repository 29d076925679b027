package speed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/train"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/internal/machine"
)

// TrainOptions say what [Train] measures.
type TrainOptions struct {
	Batch                  int // pairs in a step
	QueryTokens, DocTokens int
	Steps                  int // of a run: of the query side, and over Real
	// Real are training pairs, as long as they are, for Steps batches. The default nil measures none.
	Real *dataset.Dataset
}

// TrainReport is what `bench train --json` prints.
type TrainReport struct {
	Machine machine.Facts `json:"machine"`
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
	Name    string `json:"name"`
	Seconds Sample `json:"seconds"`
	// Ratio is our seconds by the peer's for a step of all blocks: below 1 is faster.
	Peer  *Sample `json:"peer_seconds,omitempty"`
	Ratio *Sample `json:"ratio,omitempty"`
}

// Train measures what a training step costs: steps over texts of equal length, and a whole run of the query side.
func Train(ctx context.Context, s Setup, o TrainOptions) (*TrainReport, error) {
	doc := &TrainReport{
		Machine: machine.Read(), Model: s.Encoder.Model().Name, Threads: s.Threads,
		Batch: o.Batch, Query: o.QueryTokens, Doc: o.DocTokens, Steps: o.Steps,
	}
	set, err := trainTexts(ctx, s.Encoder, o)
	if err != nil {
		return nil, err
	}
	half := s.Encoder.Model().Config.Layers / 2
	for _, c := range []struct {
		name string
		opts train.Options
	}{
		{"all blocks", train.Options{}},
		{"upper half, the lower half computed once", train.Options{FirstLayer: half}},
	} {
		to := c.opts
		to.Batch, to.MicroBatch, to.MaxQueryTokens, to.MaxDocTokens = o.Batch, 2*o.Batch, o.QueryTokens, o.DocTokens
		to.Epochs = 4 * (s.Pairs + 10)
		t, err := train.New(ctx, s.Encoder, train.Job{Data: set}, to)
		if err != nil {
			return nil, err
		}
		s.step("%s, %d pairs", c.name, s.Pairs)
		out, err := s.stepCase(ctx, c.name, t, fmt.Sprintf("step %d %d %d", o.Batch, o.QueryTokens, o.DocTokens))
		if err = errors.Join(err, t.Close()); err != nil {
			return nil, err
		}
		doc.Cases = append(doc.Cases, out)
		if doc.Peak == 0 {
			doc.Peak = machine.ReadMemory().Peak
		}
	}
	if o.Real != nil {
		doc.RealData, set = o.Real.Name, o.Real
		o.QueryTokens, o.DocTokens = realQueryTokens, realDocTokens
		to := train.Options{
			Batch: o.Batch, MicroBatch: 2 * o.Batch, MaxQueryTokens: o.QueryTokens, MaxDocTokens: o.DocTokens, Epochs: 1, Patience: -1,
		}
		name := fmt.Sprintf("a run of %d steps over pairs of %s, cut at %d and %d tokens", o.Steps, doc.RealData, o.QueryTokens, o.DocTokens)
		if doc.Real, err = s.runCase(ctx, name, train.Job{Data: set}, to, set, o); err != nil {
			return nil, err
		}
	}
	if doc.QuerySide, err = s.querySide(ctx, o, set); err != nil {
		return nil, err
	}
	if s.Peer != nil {
		doc.PeerReady = s.Peer.Ready
		answer, err := s.Peer.ask("rss")
		if err != nil {
			return nil, err
		}
		doc.PeerPeak = answer.PeakBytes
	}
	return doc, nil
}

// stepCase takes turns with the peer's step. Two steps go before: graphs are loaded and pages touched in them.
func (s *Setup) stepCase(ctx context.Context, name string, t *train.Trainer, command string) (trainCase, error) {
	ours := timed(t.Step)
	if s.Peer == nil {
		if _, err := ours(ctx); err != nil {
			return trainCase{}, err
		}
		seconds, err := repeat(ctx, s.Pairs, ours)
		return trainCase{Name: name, Seconds: seconds}, err
	}
	theirs := s.Peer.run(command)
	for _, run := range []run{ours, ours, theirs, theirs} {
		if _, err := run(ctx); err != nil {
			return trainCase{}, err
		}
	}
	r, err := inPairs(ctx, s.Pairs, ours, theirs)
	return trainCase{Name: name, Seconds: r.A, Peer: &r.B, Ratio: &r.Ratio}, err
}

// The cuts of real texts.
const (
	realQueryTokens = 64
	realDocTokens   = 128
)

// runCase takes turns with the peer over whole runs.
func (s *Setup) runCase(ctx context.Context, name string, job train.Job, to train.Options, pairs *dataset.Dataset, o TrainOptions) (*trainCase, error) {
	ours := timed(func(ctx context.Context) error {
		t, err := train.New(ctx, s.Encoder, job, to)
		if err != nil {
			return err
		}
		_, err = t.Run(ctx)
		return errors.Join(err, t.Close())
	})
	s.step("%s, %d pairs", name, s.Pairs)
	if s.Peer == nil {
		took, err := ours(ctx)
		return &trainCase{Name: name, Seconds: sampleOf([]float64{took})}, err
	}
	file, err := peerFile(func(yield func(map[string]string) bool) {
		for i, q := range pairs.Queries {
			if !yield(map[string]string{"query": q.Text, "document": pairs.Answer(i).Text}) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	defer os.Remove(file)
	command := fmt.Sprintf("run %s %d %d %d %d", file, o.Steps, o.Batch, o.QueryTokens, o.DocTokens)
	r, err := inPairs(ctx, s.Pairs, ours, s.Peer.run(command))
	return &trainCase{Name: name, Seconds: r.A, Peer: &r.B, Ratio: &r.Ratio}, err
}

// querySide is a whole run over the same pairs: tokenizing and all steps, with vectors that are there already.
func (s *Setup) querySide(ctx context.Context, o TrainOptions, set *dataset.Dataset) (*trainCase, error) {
	rows := make([]embed.Row, len(set.Docs))
	for i, d := range set.Docs {
		rows[i] = embed.Row{Text: d.Text}
	}
	stored, err := s.Encoder.Encode(ctx, rows)
	if err != nil {
		return nil, err
	}
	to := train.Options{
		Side: adapters.SideQuery, Batch: o.Batch, MicroBatch: 2 * o.Batch, MaxQueryTokens: o.QueryTokens, Steps: o.Steps, Epochs: o.Steps,
	}
	job := train.Job{Data: set, Vectors: func(context.Context, []dataset.Text) ([][]float32, error) { return stored, nil }}
	return s.runCase(ctx, fmt.Sprintf("a run of %d steps of the query side", o.Steps), job, to, set, o)
}

// trainWords are single tokens of the usual vocabularies.
var trainWords = strings.Fields("read the value from table list map file open close name key line text code data type time number set get find next last first")

// trainTexts makes pairs of random words with exactly so many tokens.
func trainTexts(ctx context.Context, enc *embed.Encoder, o TrainOptions) (*dataset.Dataset, error) {
	rng := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // repeatable on purpose
	text := func(tokens int) dataset.Text {
		words := make([]string, tokens-2)
		for i := range words {
			words[i] = trainWords[rng.IntN(len(trainWords))]
		}
		return dataset.Text{ID: strconv.FormatUint(rng.Uint64(), 10), Text: strings.Join(words, " ")}
	}
	set := &dataset.Dataset{}
	for i := range o.Batch {
		set.Queries, set.Docs = append(set.Queries, text(o.QueryTokens)), append(set.Docs, text(o.DocTokens))
		set.Judgements = append(set.Judgements, []dataset.Judgement{{Doc: int32(i), Grade: 1}}) //nolint:gosec // a batch
	}
	ids, err := enc.Tokens(ctx, []embed.Row{{Text: set.Queries[0].Text, Role: embed.Query}, {Text: set.Docs[0].Text}})
	if err != nil {
		return nil, err
	}
	if query, doc := len(ids[0]), len(ids[1]); query != o.QueryTokens || doc != o.DocTokens {
		return nil, fault.New(fault.Unsupported, "texts of %d and %d tokens became %d and %d with the tokenizer of this model",
			o.QueryTokens, o.DocTokens, query, doc)
	}
	return set, nil
}
