package indexer

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"loradex/embed"
	"loradex/internal/fault"
)

// sliceTexts is how many texts are encoded at a time: enough for the encoder to sort by length and pack without padding.
const sliceTexts = 512

// storeEvery is after how long vectors are stored at the latest: what a killed run loses.
const storeEvery = 2 * time.Second

// spaces registers the spaces of the run and makes the vectors that they lack.
func (r *run) spaces() error {
	if r.encoder == nil {
		return nil
	}
	if err := r.registerSpaces(); err != nil {
		return err
	}
	for _, plan := range r.opts.Spaces {
		n, err := r.pending(plan)
		if err != nil {
			return err
		}
		r.toMake += n
	}
	r.progress()
	for _, plan := range r.opts.Spaces {
		if err := r.fill(plan); err != nil {
			return err
		}
	}
	return nil
}

// progress tells how many texts have been encoded for all spaces of the run.
func (r *run) progress() {
	r.opts.Progress(Progress{Phase: "encode", Done: r.made, Total: max(r.toMake, r.made)})
}

// pending counts the texts that the space of a plan lacks; where it is for some languages, the chunks of these: about as many.
func (r *run) pending(plan SpacePlan) (int, error) {
	space, languages := r.opts.SpaceOf(plan.Space).ID, r.languagesOf(plan)
	if languages == nil {
		_, n, err := r.store.Pending(r.ctx, space, "", 0)
		if err != nil {
			return 0, storeError(err, "counting texts to encode")
		}
		return n, nil
	}
	files, err := r.store.Files(r.ctx)
	if err != nil {
		return 0, storeError(err, "reading the index")
	}
	covered, err := r.store.Covered(r.ctx, space, languages)
	if err != nil {
		return 0, storeError(err, "counting vectors")
	}
	chunks := 0
	for _, f := range files {
		if slices.Contains(languages, f.Language) {
			chunks += f.Chunks
		}
	}
	return max(0, chunks-covered), nil
}

// registerSpaces puts the spaces of the run into the index. Spaces of other texts are dropped: their texts are
// not those of the index any more, and nothing would ever fill them.
func (r *run) registerSpaces() error {
	defer r.timed(&r.report.Seconds.Store)()
	have, err := r.store.Spaces(r.ctx)
	if err != nil {
		return storeError(err, "listing spaces")
	}
	for _, s := range have {
		again := r.opts.Full && slices.ContainsFunc(r.opts.Spaces, func(p SpacePlan) bool {
			return r.opts.SpaceOf(p.Space).ID == s.Space.ID
		})
		if s.Space.Chunker != r.opts.SpaceRules() || again {
			if err := r.store.DropSpace(r.ctx, s.Space.ID); err != nil {
				return storeError(err, "dropping space "+s.Space.ID)
			}
		}
	}
	for _, plan := range r.opts.Spaces {
		if err := r.store.PutSpace(r.ctx, r.opts.SpaceOf(plan.Space), plan.Default); err != nil {
			return storeError(err, "adding space "+plan.Space.Mix.String())
		}
	}
	have, err = r.store.Spaces(r.ctx)
	if err != nil {
		return storeError(err, "listing spaces")
	}
	for _, plan := range r.opts.Spaces {
		n, err := r.covered(r.ctx, have, plan)
		if err != nil {
			return err
		}
		r.report.Chunks.Cached += n
	}
	return nil
}

// fill makes the vectors that one space lacks.
func (r *run) fill(plan SpacePlan) error {
	space := r.opts.SpaceOf(plan.Space)
	languages := r.languagesOf(plan)
	var queue []PendingText
	for after, more := "", true; more; {
		page, _, err := r.store.Pending(r.ctx, space.ID, after, sliceTexts)
		if err != nil {
			return storeError(err, "listing texts to encode")
		}
		if more = len(page) == sliceTexts; len(page) > 0 {
			after = page[len(page)-1].Cursor
		}
		for _, text := range page {
			if languages == nil || text.In(languages) {
				queue = append(queue, text)
			}
		}
		for len(queue) >= sliceTexts || (!more && len(queue) > 0) {
			n := min(sliceTexts, len(queue))
			if err := r.encode(space, plan, queue[:n]); err != nil {
				return err
			}
			queue = slices.Clone(queue[n:])
		}
	}
	return nil
}

// encode makes the vectors of one slice of texts, and stores them by and by. Of a slice that is broken off, by a watcher for
// example whose work tree has changed again, the vectors that are there already are stored.
func (r *run) encode(space embed.Space, plan SpacePlan, texts []PendingText) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	rows := make([]embed.Row, len(texts))
	for i, t := range texts {
		rows[i] = embed.Row{Text: t.Text, Role: embed.Document, Mix: plan.Space.Mix}
	}
	var made []TextVector // and not stored
	stored := 0
	put := func() error {
		if len(made) == 0 {
			return nil
		}
		defer r.timed(&r.report.Seconds.Store)()
		if err := r.store.PutVectors(context.WithoutCancel(r.ctx), space.ID, made); err != nil {
			return storeError(err, "storing vectors")
		}
		stored += len(made)
		r.report.Chunks.Encoded += len(made)
		made = made[:0]
		return nil
	}
	begun, storing, last := time.Now(), time.Duration(0), time.Now()
	var failed error // to store
	broken := r.encoder.Each(r.ctx, rows, func(i int, v []float32, _ int) error {
		if err := checkVector(v, space.Dimensions); err != nil {
			return err
		}
		made = append(made, TextVector{Digest: texts[i].Digest, Vector: v})
		r.made++
		r.progress()
		if now := time.Now(); now.Sub(last) >= storeEvery {
			failed, last = put(), time.Now()
			storing += last.Sub(now)
		}
		return failed
	})
	r.report.Seconds.Encode += (time.Since(begun) - storing).Seconds()
	if failed != nil {
		return failed
	}
	if broken != nil {
		broken = fault.Prefix(broken, "encoding %d texts", len(rows))
	}
	failed = put()
	if broken == nil && failed == nil && stored != len(rows) {
		broken = fault.New(fault.Internal, "the encoder made %d vectors for %d texts", stored, len(rows))
	}
	return cmp.Or(broken, failed)
}

// checkVector keeps what would spoil every later search out of the index.
func checkVector(v []float32, dimensions int) error {
	if len(v) != dimensions {
		return fault.New(fault.Internal, "the encoder made a vector of %d dimensions for a space of %d", len(v), dimensions)
	}
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if math.IsNaN(sum) || math.Abs(sum-1) > 1e-2 {
		return fault.New(fault.Internal, "the encoder made a vector of length %g, not 1", math.Sqrt(sum)).
			WithHint("the model's weights may be damaged: run `loradex doctor`")
	}
	return nil
}
