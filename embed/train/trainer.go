package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/model"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Job is what a run works on.
type Job struct {
	Data *dataset.Dataset
	// Vectors gives the vectors of documents that do not change, for Side query: those of the space that the adapter is
	// for. With nil, the encoder's base makes them.
	Vectors func(ctx context.Context, docs []dataset.Text) ([][]float32, error)
	// VectorSpace says where Vectors come from: the space, and how many of them it gave where others are made in their place.
	// It is part of what a checkpoint belongs to, which nobody can go on from over other vectors; so it is wanted where both
	// are given. Vectors of one space are equal but for rounding.
	VectorSpace string
	// score rates the present state on the dev split; higher is better. With nil the last state is the result.
	Score func(ctx context.Context, encode Encode) (float64, error)
}

// Encode gives the vectors of texts in the present state of the training. Documents that do not change are encoded by
// the base.
type Encode func(ctx context.Context, role embed.Role, texts []dataset.Text) ([][]float32, error)

// Result says how a run went.
type Result struct {
	Steps    int     `json:"steps"` // taken; less than planned where the dev split's score stopped rising
	Planned  int     `json:"planned"`
	Examples int     `json:"examples"` // that were in a batch of these steps; others had no place in one, or their turn did not come
	Params   int     `json:"params"`
	Total    int     `json:"total"` // parameters of the encoder
	Share    float64 `json:"share"` // of the encoder's parameters
	Tokens   int     `json:"tokens"`
	Seconds  float64 `json:"seconds"` // of training, scoring not counted
	// FirstLoss and LastLoss are means over the first and the last tenth of the steps.
	FirstLoss float64 `json:"first_loss"`
	LastLoss  float64 `json:"last_loss"`
	// Scores are the dev split's, of the start first. Best is the step whose state was kept.
	Scores []score `json:"scores,omitempty"`
	Best   int     `json:"best"`
	// Skipped is how many steps were not taken for a gradient too large for half precision, and LossScale the last scale;
	// both with fp16 alone.
	Skipped   int     `json:"skipped,omitempty"`
	LossScale float64 `json:"loss_scale,omitempty"`
}

// score is the dev split's after a step.
type score struct {
	Step  int     `json:"step"`
	Value float64 `json:"value"`
}

// Trainer is a training run. It is not safe for concurrent use. Close it before its encoder.
type Trainer struct {
	engine
	enc    *embed.Encoder
	job    Job
	plan   *plan
	adam   *adamW
	tokens [2][][]int32 // of queries and documents, by position in the set
	stored [][]float32  // of documents, for Side query
	state  state
	best   map[string][]float32 // the leaves at the best score
}

// state is what a checkpoint holds besides tensors.
type state struct {
	Step    int       `json:"step"`
	Losses  []float64 `json:"losses"`
	Scores  []score   `json:"scores"`
	Best    int       `json:"best"` // index in Scores of the best one; 0 is the start
	Tokens  int       `json:"tokens"`
	Seconds float64   `json:"seconds"`
	// Scaler is nil in float32.
	Scaler *lossScaler `json:"scaler,omitempty"`
}

// Trainable refuses a model in integers. Errors are Unsupported and name its twin.
func Trainable(m *model.Model) error {
	if q := m.Quantized; q != nil {
		return fault.New(fault.Unsupported, "model %s is in integers, which have no gradient", m.Name).
			WithHint("train on its twin %s: an adapter of it is served on both", q.Twin.Name)
	}
	return nil
}

// New prepares a run: it tokenizes the texts, encodes documents that do not change, and reads the checkpoint where it
// goes on from one. Errors: Invalid for options and data that cannot be trained with; Conflict for a checkpoint of
// another run.
func New(ctx context.Context, enc *embed.Encoder, job Job, o Options) (*Trainer, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if err := Trainable(enc.Model()); err != nil {
		return nil, err
	}
	if job.Data == nil {
		return nil, fault.New(fault.Invalid, "there is nothing to train on")
	}
	if err := job.Data.Validate(); err != nil {
		return nil, err
	}
	if len(job.Data.Queries) < 2 {
		return nil, fault.New(fault.Invalid, "%d training pairs are too few: a batch needs two that differ", len(job.Data.Queries))
	}
	if o.Side == adapters.SideQuery && job.Vectors != nil && job.VectorSpace == "" && o.Checkpoint != "" {
		return nil, fault.New(fault.Invalid, "a checkpoint of a run over given vectors wants to know their space").WithHint("set Job.VectorSpace")
	}
	if o.Loss.Kind == "triplet" {
		for q, e := range examplesOf(job.Data) {
			if len(e.negatives) == 0 {
				return nil, fault.New(fault.Invalid, "query %q has no negative, which loss triplet needs", job.Data.Queries[q].ID)
			}
		}
	}
	n, err := newNetwork(enc.Model(), o, enc.Environment().Device())
	if err != nil {
		return nil, err
	}
	t := &Trainer{
		engine: engine{network: n, env: enc.Environment(), hidden: newHiddenCache(o.CacheBytes)},
		enc:    enc, job: job, plan: newPlan(job.Data, o), adam: newAdamW(n.list, o.WeightDecay),
	}
	if t.plan.steps() == 0 {
		return nil, fault.New(fault.Invalid, "%d training pairs make no batch: too many share one document", len(job.Data.Queries))
	}
	if t.opts.EvalEvery == 0 {
		t.opts.EvalEvery = max(1, (t.plan.steps()+9)/10)
	}
	if o.half() {
		t.state.Scaler = newLossScaler()
	}
	if o.Resume { // before the work below: a checkpoint of another run is told at once
		if err := t.resume(o.Checkpoint); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(makeRoom(o.Checkpoint), t.prepare(ctx)); err != nil {
		return nil, err
	}
	return t, nil
}

// prepare tokenizes what will be encoded, and gets the vectors that do not change.
func (t *Trainer) prepare(ctx context.Context) (err error) {
	if t.tokens[0], err = t.enc.Tokens(ctx, rowsOf(t.job.Data.Queries, embed.Query)); err != nil {
		return err
	}
	shorten(t.tokens[0], t.opts.MaxQueryTokens)
	if t.opts.Side == adapters.SideBoth {
		t.tokens[1], err = t.enc.Tokens(ctx, rowsOf(t.job.Data.Docs, embed.Document))
		shorten(t.tokens[1], t.opts.MaxDocTokens)
		return err
	}
	vectors := t.job.Vectors
	if vectors == nil {
		vectors = func(ctx context.Context, docs []dataset.Text) ([][]float32, error) {
			return t.enc.Encode(ctx, rowsOf(docs, embed.Document))
		}
	}
	if t.stored, err = vectors(ctx, t.job.Data.Docs); err != nil {
		return err
	}
	if len(t.stored) != len(t.job.Data.Docs) {
		return fault.New(fault.Internal, "%d vectors came for %d documents", len(t.stored), len(t.job.Data.Docs))
	}
	for i, v := range t.stored {
		if len(v) != t.enc.Dimensions() {
			return fault.New(fault.Invalid, "the vector of document %q has %d dimensions, want %d", t.job.Data.Docs[i].ID, len(v), t.enc.Dimensions())
		}
	}
	return nil
}

// shorten cuts token lists and keeps their last token, which is a special one.
func shorten(lists [][]int32, limit int) {
	for i, ids := range lists {
		if len(ids) > limit {
			lists[i] = append(slices.Clone(ids[:limit-1]), ids[len(ids)-1])
		}
	}
}

func rowsOf(texts []dataset.Text, role embed.Role) []embed.Row {
	rows := make([]embed.Row, len(texts))
	for i, t := range texts {
		rows[i] = embed.Row{Text: t.Text, Role: role}
	}
	return rows
}

// Close releases the graphs.
func (t *Trainer) Close() error { return t.close() }

// Options are those of the run, with their defaults.
func (t *Trainer) Options() Options { return t.opts }

// Params is the number of trained numbers.
func (t *Trainer) Params() int { return t.params() }

// planned is the number of steps of the whole run.
func (t *Trainer) planned() int { return t.plan.steps() }

// Run trains until the last step, until the dev split's score stops rising, or until ctx ends: then the state is saved
// to the checkpoint, and ctx's error is returned. Afterwards the trainer holds the best state.
//
// Errors: Invalid for a loss that is not a number, for a gradient where no loss scale explains it, and where all steps
// were skipped; those of the checkpoint's file.
func (t *Trainer) Run(ctx context.Context) (*Result, error) {
	if t.due(t.state.Step) { // the start, or a score that the end of the context kept from being made
		if err := t.score(ctx, t.state.Step); err != nil {
			return nil, err
		}
	}
	steps, saved := t.plan.steps(), time.Now()
	for t.state.Step < steps && !t.exhausted() {
		if err := t.oneStep(ctx, steps); err != nil {
			return nil, t.interrupted(ctx, err)
		}
		late := t.opts.CheckpointSeconds > 0 && time.Since(saved).Seconds() >= t.opts.CheckpointSeconds
		if t.opts.Checkpoint != "" && (late || t.state.Step%t.opts.CheckpointEvery == 0) && t.state.Step < steps {
			if err := t.save(t.opts.Checkpoint); err != nil {
				return nil, err
			}
			saved = time.Now()
		}
	}
	if t.adam.steps == 0 {
		return nil, fault.New(fault.Invalid, "all %d steps were skipped: their gradients were too large for half precision", t.state.Step).
			WithHint("each skipped step halves the loss scale, now %g: take more steps, or train with --precision fp32", t.state.Scaler.Scale)
	}
	if t.opts.Checkpoint != "" { // what is measured now may be stopped: the state is kept until the result is
		if err := t.save(t.opts.Checkpoint); err != nil {
			return nil, err
		}
	}
	if t.best != nil {
		t.adopt(t.best)
	}
	return t.result(), nil
}

// Step takes one step of the plan, without scores and checkpoints: for measurements. Conflict after the last one.
func (t *Trainer) Step(ctx context.Context) error {
	if t.state.Step >= t.plan.steps() {
		return fault.New(fault.Conflict, "all %d steps are taken", t.plan.steps())
	}
	return t.update(ctx, t.state.Step, t.plan.steps(), &Progress{})
}

// interrupted saves the state where the context has ended. The step that was being computed is not part of it.
func (t *Trainer) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil || t.opts.Checkpoint == "" || t.state.Step == 0 {
		return err
	}
	return errors.Join(ctx.Err(), t.save(t.opts.Checkpoint))
}

// oneStep takes a step, scores the state where it is due, and tells about it.
func (t *Trainer) oneStep(ctx context.Context, steps int) error {
	p := Progress{Score: math.NaN(), Best: math.NaN()}
	if err := t.update(ctx, t.state.Step, steps, &p); err != nil {
		return err
	}
	if t.due(t.state.Step) {
		if err := t.score(ctx, t.state.Step); err != nil {
			return err
		}
		if s := t.state.Scores; len(s) > 0 {
			p.Score = s[len(s)-1].Value
		}
	}
	if s := t.state.Scores; len(s) > 0 {
		p.Best = s[t.state.Best].Value
	}
	if t.opts.Progress != nil {
		t.opts.Progress(p)
	}
	return nil
}

// update computes the gradients of a step and moves the leaves.
func (t *Trainer) update(ctx context.Context, step, steps int, p *Progress) error {
	start := time.Now()
	if s := t.state.Scaler; s != nil {
		t.scale, p.Scale = s.Scale, s.Scale
	}
	sum, err := t.accumulate(ctx, step)
	if err != nil {
		return err
	}
	rate := t.opts.rate(step, steps)
	total, taken, err := t.move(sum, rate)
	if err != nil {
		return err
	}
	if p.Skipped = !taken; taken {
		if l := t.byName[logScale]; l != nil {
			l.Data[0] = min(l.Data[0], maxLogScale)
		}
	}
	p.Step, p.Steps, p.Epoch = step+1, steps, float64((step+1)*t.opts.Accumulate)/float64(t.plan.perEpoch)
	p.Loss, p.Rate, p.GradNorm, p.Tokens, p.Seconds = sum.loss, rate, total, sum.tokens, time.Since(start).Seconds()
	t.state.Step++
	t.state.Losses = append(t.state.Losses, sum.loss)
	t.state.Tokens += sum.tokens
	t.state.Seconds += p.Seconds
	return nil
}

// move takes a step against the gradients and returns their norm, without the scale. A step whose gradients were too large for
// half precision is not taken: its batch is gone, its scale halved, and nothing else changes. Invalid where that cannot be
// what went wrong: the loss itself is computed without a scale.
func (t *Trainer) move(g gradients, rate float64) (total float64, taken bool, err error) {
	scale, s := 1.0, t.state.Scaler
	if s != nil {
		scale = s.Scale
	}
	total = norm(t.list, g.leaves) / scale
	switch {
	case finite(g.loss) && finite(total):
		t.adam.step(t.list, g.leaves, rate, clipFactor(total, t.opts.Clip)/scale)
		if s != nil {
			s.stepped()
		}
		return total, true, nil
	case finite(g.loss) && s != nil && s.overflowed():
		return total, false, nil
	}
	hint := "lower the learning rate (it was %g), or raise the temperature"
	if s != nil {
		hint += "; if that does not help, the model's numbers are too large for half precision: train with --precision fp32"
	}
	return total, false, fault.New(fault.Invalid, "the loss of step %d is %g with gradient norm %g: training went astray", t.state.Step+1, g.loss, total).
		WithHint(hint, t.opts.LearningRate)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// maxLogScale keeps a learned temperature from falling below 0.01, as in CLIP.
var maxLogScale = float32(math.Log(100))

// accumulate averages the gradients of a step's batches.
func (t *Trainer) accumulate(ctx context.Context, step int) (gradients, error) {
	var sum gradients
	n := t.opts.Accumulate
	for i := range n {
		g, err := t.compute(ctx, t.batch(step*n+i))
		if err != nil {
			return sum, err
		}
		if n == 1 {
			return g, nil
		}
		if i == 0 {
			sum = gradients{loss: g.loss, tokens: g.tokens, leaves: map[string][]float32{}}
			for name, v := range g.leaves {
				sum.leaves[name] = slices.Clone(v)
			}
			continue
		}
		sum.loss, sum.tokens = sum.loss+g.loss, sum.tokens+g.tokens
		for name, v := range g.leaves {
			for j, x := range v {
				sum.leaves[name][j] += x
			}
		}
	}
	sum.loss /= float64(n)
	for _, v := range sum.leaves {
		for j := range v {
			v[j] /= float32(n)
		}
	}
	return sum, nil
}

// batch lays out a planned batch.
func (t *Trainer) batch(at int) batch {
	picks, docs := t.plan.batches[at], t.plan.candidates(at)
	b := batch{step: at, relation: t.plan.relate(picks, docs)}
	for i, k := range picks {
		q := k.example
		b.queries = append(b.queries, sequence{ids: t.tokens[0][q], side: 0, text: q, row: i})
	}
	for j, d := range docs {
		if t.opts.Side == adapters.SideQuery {
			b.stored = append(b.stored, t.stored[d]...)
			continue
		}
		b.documents = append(b.documents, sequence{ids: t.tokens[1][d], side: 1, text: d, row: j})
	}
	return b
}

func (t *Trainer) result() *Result {
	s, total := t.state, t.total()
	r := &Result{
		Steps: s.Step, Planned: t.plan.steps(), Examples: t.plan.examples(s.Step), Params: t.params(), Total: total,
		Share: float64(t.params()) / float64(total), Tokens: s.Tokens, Seconds: s.Seconds, Scores: s.Scores, Best: s.Step,
	}
	tenth := max(1, len(s.Losses)/10)
	r.FirstLoss, r.LastLoss = mean(s.Losses[:min(tenth, len(s.Losses))]), mean(s.Losses[max(0, len(s.Losses)-tenth):])
	if s.Scaler != nil {
		r.Skipped, r.LossScale = s.Scaler.Skipped, s.Scaler.Scale
	}
	if len(s.Scores) > 0 {
		r.Best = s.Scores[s.Best].Step
	}
	return r
}

func mean(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(1, len(v)))
}
