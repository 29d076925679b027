package embed

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"

	"loradex/adapters/delta"
	"loradex/embed/model"
	"loradex/embed/runtime"
	"loradex/internal/fault"
	"loradex/internal/parallel"
)

// RerankOptions configure a [Reranker].
type RerankOptions struct {
	// Model is the folder of a cross-encoder: BERT, RoBERTa or XLM-RoBERTa for sequence classification.
	Model string
	// MaxTokens cuts pairs, special tokens included. The default 0 is the model's own limit.
	MaxTokens int
	// BatchTokens is the budget of one run, as in [Options]. The default is the same.
	BatchTokens int
	// Label is which output of a model with several labels is the score; it is made a share of all of them by softmax.
	// The default 0 is the last one. Labels count from 1.
	Label int
}

// Validate says what cannot work.
func (o RerankOptions) Validate() error {
	if o.Model == "" {
		return fault.New(fault.Invalid, "no folder of a cross-encoder is given")
	}
	for _, f := range []struct {
		name       string
		value, max int
	}{{"MaxTokens", o.MaxTokens, 1 << 20}, {"BatchTokens", o.BatchTokens, 1 << 24}, {"Label", o.Label, 1 << 12}} {
		if f.value < 0 || f.value > f.max {
			return fault.New(fault.Invalid, "reranker option %s is %d, want 0 to %d", f.name, f.value, f.max)
		}
	}
	return nil
}

// Reranker scores texts against a query with a cross-encoder, which reads both together: slower than comparing vectors,
// and better at telling the best hits apart. It is safe for concurrent use; its runs and those of encoders of the same
// environment take turns. Close it before its environment.
//
//	r, err := embed.OpenReranker(env, embed.RerankOptions{Model: "ms-marco-MiniLM-L6-v2"})
//	scores, err := r.Score(ctx, "where is the lock taken", texts)
type Reranker struct {
	model     *model.Classifier
	tokenizer *runtime.Tokenizer
	session   *runtime.Session
	maxTokens int
	budget    int
	label     int // from 0
	pairs     pairs

	life   sync.RWMutex // held for reading while the native parts are used; guards closed
	closed bool
}

// OpenReranker opens a cross-encoder. Errors are those of [model.OpenClassifier], and Invalid for an option that the model
// does not serve. The environment must outlive the reranker.
func OpenReranker(env *runtime.Environment, o RerankOptions) (_ *Reranker, err error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	c, err := model.OpenClassifier(o.Model)
	if err != nil {
		return nil, err
	}
	r := &Reranker{model: c, maxTokens: cmp.Or(o.MaxTokens, c.MaxTokens), label: len(c.Labels) - 1, pairs: newPairs(c.Pair)}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.closeParts())
		}
	}()
	r.budget = Options{BatchTokens: o.BatchTokens}.withDefaults(env.Device()).BatchTokens
	if limit := c.Config.PositionLimit(); r.maxTokens > limit || r.maxTokens < r.pairs.special+2 {
		return nil, fault.New(fault.Invalid, "cross-encoder %s takes %d to %d tokens, not %d", c.Name, r.pairs.special+2, limit, r.maxTokens)
	}
	if o.Label > len(c.Labels) {
		return nil, fault.New(fault.Invalid, "cross-encoder %s has %d labels; there is no label %d", c.Name, len(c.Labels), o.Label)
	}
	if o.Label > 0 {
		r.label = o.Label - 1
	}
	if r.tokenizer, err = runtime.NewTokenizer(c.TokenizerJSON); err != nil {
		return nil, err
	}
	g, err := buildCross(c)
	if err != nil {
		return nil, err
	}
	r.session, err = env.NewSession(g, false)
	return r, err
}

// Model describes the cross-encoder. Do not close it.
func (r *Reranker) Model() *model.Classifier { return r.model }

// Close waits for the scores in progress and releases the model.
func (r *Reranker) Close() error {
	r.life.Lock()
	defer r.life.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	return r.closeParts()
}

func (r *Reranker) closeParts() error {
	var errs []error
	if r.session != nil {
		errs = append(errs, r.session.Close())
	}
	if r.tokenizer != nil {
		errs = append(errs, r.tokenizer.Close())
	}
	return errors.Join(append(errs, r.model.Close())...)
}

// Score returns how well each text answers the query, higher is better: what CrossEncoder.predict of
// sentence-transformers returns for a model with one label (0 to 1, unless its configuration says otherwise), and the
// share of one label for a model with more. A text's score does not depend on the others, up to rounding. Errors: ctx's;
// Conflict after Close.
func (r *Reranker) Score(ctx context.Context, query string, texts []string) ([]float32, error) {
	logits, err := r.Logits(ctx, query, texts)
	if err != nil {
		return nil, err
	}
	scores := make([]float32, len(logits))
	for i, row := range logits {
		switch {
		case len(row) > 1:
			scores[i] = share(row, r.label)
		case r.model.Activation == delta.Sigmoid:
			scores[i] = float32(1 / (1 + math.Exp(-float64(row[0]))))
		default:
			scores[i] = row[0]
		}
	}
	return scores, nil
}

// share is the softmax of one of several numbers.
func share(row []float32, at int) float32 {
	most, sum := float64(slices.Max(row)), 0.0
	for _, v := range row {
		sum += math.Exp(float64(v) - most)
	}
	return float32(math.Exp(float64(row[at])-most) / sum)
}

// Logits returns the outputs of the model for each text, one number a label, before any activation.
func (r *Reranker) Logits(ctx context.Context, query string, texts []string) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, ctx.Err()
	}
	r.life.RLock()
	defer r.life.RUnlock()
	if r.closed {
		return nil, fault.New(fault.Conflict, "the reranker is closed")
	}
	rows, err := r.tokenize(ctx, query, texts)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b *pair) int { return len(b.ids) - len(a.ids) })
	out := make([][]float32, len(texts))
	var s scratch
	for len(rows) > 0 {
		n := min(len(rows), max(1, r.budget/max(1, len(rows[0].ids))))
		if err := r.run(ctx, &s, rows[:n], out); err != nil {
			return nil, err
		}
		rows = rows[n:]
	}
	return out, nil
}

// run computes one batch, longest pair first.
func (r *Reranker) run(ctx context.Context, s *scratch, batch []*pair, out [][]float32) error {
	s.reset()
	inputs := tokens(s, r.model.Config.PadID, batch, func(p *pair) []int32 { return p.ids })
	if r.model.Config.TypeVocab > 1 {
		types := tokens(s, 0, batch, func(p *pair) []int32 { return p.types })
		inputs = append(inputs, types[0])
	}
	logits, err := r.session.Run(ctx, inputs)
	if err != nil {
		return err
	}
	labels := len(r.model.Labels)
	for i, p := range batch {
		out[p.row] = logits[i*labels : (i+1)*labels : (i+1)*labels]
	}
	return nil
}

// tokenize makes a pair of each text, on all cores where there are many.
func (r *Reranker) tokenize(ctx context.Context, query string, texts []string) ([]*pair, error) {
	bare := func(text string) ([]int32, error) { return r.tokenizer.BareIDs(nil, text) }
	first, err := bare(query)
	if err != nil {
		return nil, err
	}
	// Of a text that is longer than the room for both, the length does not matter, unless the query is as well.
	limit := r.maxTokens
	if len(first) >= limit {
		limit = math.MaxInt / 8
	}
	rows := make([]*pair, len(texts))
	return rows, parallel.Each(ctx, len(texts), fewTexts, func(i int) error {
		second, err := head(r.model.Model, texts[i], limit, bare)
		if err != nil {
			return err
		}
		rows[i] = r.pairs.join(first, second, r.maxTokens)
		rows[i].row = i
		return nil
	})
}
