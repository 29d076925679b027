package train

import (
	"context"
	"math"
	"slices"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// score rates the present state, and remembers it where it is the best. The start is scored for the report, but is never
// the state to keep, nor what skipped steps left of it: an adapter at its start changes nothing. Of equal ones the later is kept: it
// has seen more, and a split that is answered whole tells no two states apart. Patience counts from the
// first score after it.
func (t *Trainer) score(ctx context.Context, step int) error {
	s := &t.state
	if t.job.Score == nil || len(s.Scores) > 0 && s.Scores[len(s.Scores)-1].Step == step {
		return nil
	}
	v, err := t.job.Score(ctx, func(ctx context.Context, role embed.Role, texts []dataset.Text) ([][]float32, error) {
		return t.encodeTexts(ctx, role, texts, false)
	})
	if err != nil {
		return err
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fault.New(fault.Internal, "the score after step %d is %g, not a finite number", step, v)
	}
	s.Scores = append(s.Scores, score{step, v})
	if at := len(s.Scores) - 1; t.adam.steps > 0 && (s.Best == 0 || v >= s.Scores[s.Best].Value) {
		s.Best, t.best = at, t.values()
	}
	return nil
}

// due tells whether a state is scored.
func (t *Trainer) due(step int) bool {
	return len(t.state.Scores) == 0 || step%t.opts.EvalEvery == 0 || step == t.plan.steps()
}

// exhausted tells whether the score has not risen for too long.
func (t *Trainer) exhausted() bool {
	s := t.state
	if t.opts.Patience <= 0 || s.Best == 0 {
		return false
	}
	rose := 1 + slices.IndexFunc(s.Scores[1:], func(x score) bool { return x.Value == s.Scores[s.Best].Value }) // equal ones later are no rise
	return len(s.Scores)-1-rose >= t.opts.Patience
}

// encodeTexts is [Encode] of the present state, in the run's precision or in float32.
func (t *Trainer) encodeTexts(ctx context.Context, role embed.Role, texts []dataset.Text, exact bool) ([][]float32, error) {
	rows := rowsOf(texts, role)
	if role == embed.Document && t.opts.Side == adapters.SideQuery {
		return t.enc.Encode(ctx, rows)
	}
	ids, err := t.enc.Tokens(ctx, rows)
	if err != nil {
		return nil, err
	}
	seqs := make([]sequence, len(ids))
	for i := range ids {
		seqs[i] = sequence{ids: ids[i], side: notCached, text: i}
	}
	return t.encode(ctx, seqs, exact)
}
