package workspace

// This file shows how far `index` is. The indexer reports encoding once for each slice of texts that it stores, which on
// a slow machine is minutes; so the encoder reports in its place.

import (
	"cmp"
	"context"
	"slices"

	"loradex/adapters"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// stepRows is how many texts are encoded between two reports.
const stepRows = 64

// steppedEncoder encodes a slice of texts in steps. It orders them by length first, so that the rows of a step still
// share their runs with rows like them.
type steppedEncoder struct {
	inner indexer.Encoder
	step  func(rows int) // told how many rows were done since the last call
}

// Encode gives the vectors that one call of the inner encoder would give.
func (e *steppedEncoder) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(len(rows[j].Text), len(rows[i].Text)) })
	vectors := make([][]float32, len(rows))
	for part := range slices.Chunk(order, stepRows) {
		some := make([]embed.Row, len(part))
		for i, at := range part {
			some[i] = rows[at]
		}
		got, err := e.inner.Encode(ctx, some)
		if err != nil {
			return nil, err
		}
		if len(got) != len(part) {
			return nil, fault.New(fault.Internal, "the encoder made %d vectors for %d texts", len(got), len(part))
		}
		for i, at := range part {
			vectors[at] = got[i]
		}
		e.step(len(part))
	}
	return vectors, nil
}

// indexProgress joins what the indexer and the encoder report.
type indexProgress struct {
	bar Progress
	// pending counts the texts that all spaces of the run lack. It is asked once, when the first text is encoded: by then
	// the files are stored.
	pending     func() int
	done, total int // texts encoded in this run, and to encode; a total below 1 is not known
}

// report takes the indexer's, but for encoding.
func (p *indexProgress) report(r indexer.Progress) {
	if r.Phase != "encode" {
		p.bar.Set(r.Phase, r.Done, r.Total, "")
	}
}

// encoded takes the encoder's.
func (p *indexProgress) encoded(rows int) {
	if p.total == 0 {
		p.total = p.pending()
	}
	p.done += rows
	p.bar.Set("encode", p.done, max(p.total, p.done), "")
}

// pendingTexts counts the texts that the spaces of a plan lack; -1 where the store does not say.
func pendingTexts(ctx context.Context, store indexer.Store, opts indexer.Options) int {
	total := 0
	state, err := store.Repo(ctx)
	if err != nil {
		return -1
	}
	for _, s := range opts.Spaces {
		count := func(ctx context.Context, space string) (int, error) {
			_, n, err := store.Pending(ctx, space, "", 0)
			return n, err
		}
		if s.Rest || s.Languages != nil {
			count = func(ctx context.Context, space string) (int, error) {
				return pendingOf(ctx, store, space, s.Space.Mix, state)
			}
		}
		n, err := count(ctx, opts.SpaceOf(s.Space).ID)
		if err != nil {
			return -1
		}
		total += n
	}
	return total
}

// pendingOf counts the chunks that the languages of a mix lack in its space: about as many as texts.
func pendingOf(ctx context.Context, store indexer.Store, space string, mix adapters.Mix, state indexer.RepoState) (int, error) {
	files, err := store.Files(ctx)
	if err != nil {
		return 0, err
	}
	languages := []string{}
	for language, own := range state.Languages {
		if own == mix {
			languages = append(languages, language)
		}
	}
	covered, err := store.Covered(ctx, space, languages)
	chunks := 0
	for _, f := range files {
		if slices.Contains(languages, f.Language) {
			chunks += f.Chunks
		}
	}
	return max(0, chunks-covered), err
}
