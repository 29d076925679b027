package embed

import (
	"context"
	"slices"

	"loradex/embed/runtime"
)

// scratch is the memory that batches are laid out in. It grows to the largest batch and is used again for each.
type scratch struct {
	ints   []int64
	floats []float32
}

// takeInts returns n integers of unknown content.
func (s *scratch) takeInts(n int) []int64 { return take(&s.ints, n) }

// takeFloats returns n floats of unknown content.
func (s *scratch) takeFloats(n int) []float32 { return take(&s.floats, n) }

// reserveFloats makes sure that the next n floats come from one piece of memory, so that a second batch of the same size
// finds it large enough.
func (s *scratch) reserveFloats(n int) {
	if n > cap(s.floats)-len(s.floats) {
		s.floats = make([]float32, 0, n)
	}
}

// take cuts n elements off what is left of the memory, or of new memory; slices taken before keep the old one.
func take[T any](memory *[]T, n int) []T {
	if n > cap(*memory)-len(*memory) {
		*memory = make([]T, 0, max(n, 2*cap(*memory)))
	}
	at := len(*memory)
	*memory = (*memory)[:at+n]
	return (*memory)[at : at+n : at+n]
}

func (s *scratch) reset() { s.ints, s.floats = s.ints[:0], s.floats[:0] }

// run encodes one batch and stores the vectors in its sequences.
func (e *Encoder) run(ctx context.Context, s *scratch, batch []*sequence) error {
	mixes := make([]*mix, len(batch))
	for i, q := range batch {
		mixes[i] = q.mix
	}
	want := variant{sites: portsOf(mixes)}
	if want.perRow = slices.ContainsFunc(mixes, func(m *mix) bool { return m != mixes[0] }); !want.perRow {
		mixes = mixes[:1] // one set of adapters for the whole batch
	}
	g, err := e.variants.get(ctx, want)
	if err != nil {
		return err
	}
	s.reset()
	inputs := append(tokens(s, e.model.Config.PadID, batch, func(q *sequence) []int32 { return q.ids }), pack(s, g, mixes)...)
	out, err := g.session.Run(ctx, inputs)
	if err != nil {
		return err
	}
	dims := e.Dimensions()
	for i, q := range batch {
		q.vector = out[i*dims : (i+1)*dims : (i+1)*dims]
	}
	return nil
}

// tokens lays out the numbers of each row's tokens, padded on the right to the longest one, and their mask.
func tokens[T any](s *scratch, pad int, batch []T, of func(row T) []int32) []runtime.Tensor {
	longest := 1 // a tokenizer without special tokens makes nothing of an empty text; no tensor may be empty
	for _, q := range batch {
		longest = max(longest, len(of(q)))
	}
	n := len(batch) * longest
	ids, mask := s.takeInts(n), s.takeInts(n)
	for i, q := range batch {
		row, m := ids[i*longest:][:longest], mask[i*longest:][:longest]
		for j, id := range of(q) {
			row[j], m[j] = int64(id), 1
		}
		for j := len(of(q)); j < longest; j++ {
			row[j], m[j] = int64(pad), 0
		}
	}
	shape := []int64{int64(len(batch)), int64(longest)}
	return []runtime.Tensor{{Shape: shape, Ints: ids}, {Shape: shape, Ints: mask}}
}
