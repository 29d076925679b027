package search

import (
	"context"
	"fmt"

	"loradex/adapters"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// This file decides which spaces a request searches, by the rules in the package's documentation.

// Encoder is what search needs of the encoder. *embed.Encoder is one.
type Encoder interface {
	// Encode returns one vector of unit length for each row, in order.
	Encode(ctx context.Context, rows []embed.Row) ([][]float32, error)
	// Space returns the encoder's part of the space of documents encoded with a mix.
	Space(ctx context.Context, mix adapters.Mix) (embed.Space, error)
	// QuerySpace returns the ID of the encoder's part of the space that queries encoded with the mix may search, and
	// false where the mix is not for the query side alone.
	QuerySpace(ctx context.Context, mix adapters.Mix) (id string, queryOnly bool, err error)
}

// target is a space to search and the mix to encode the query with.
type target struct {
	state  indexer.SpaceState
	mix    adapters.Mix
	vector []float32 // the encoded query
}

// targets returns what a request searches. An empty list with a reason means that there are no vectors to search and
// that the request did not insist.
func (s *Searcher) targets(ctx context.Context, r *Request, chunks int) (list []*target, reason string, err error) {
	if r.Mode == Lexical {
		return nil, "", nil
	}
	insists := r.Mode == Dense || r.Adapter != nil
	if s.encoder == nil {
		if insists {
			return nil, "", fault.New(fault.Unavailable, "search by vectors needs the encoder, and there is none").
				WithHint("run `loradex doctor`, or search with --mode lexical")
		}
		return nil, "there is no encoder", nil
	}
	spaces, err := s.reader.Spaces(ctx)
	if err != nil {
		return nil, "", err
	}
	mix := r.Adapter
	if mix == nil {
		mix = s.opts.Adapter
	}
	if mix != nil {
		t, err := s.targetOf(ctx, spaces, *mix)
		if err != nil {
			return nil, "", err
		}
		list = []*target{t}
	} else if list, err = s.defaultTargets(ctx, spaces, chunks); err != nil {
		return nil, "", err
	}
	vectors := 0
	for _, t := range list {
		vectors += t.state.Vectors
	}
	if vectors > 0 || chunks == 0 && len(list) > 0 {
		return list, "", nil
	}
	if insists {
		return nil, "", fault.New(fault.Unavailable, "the index has no vectors to search").WithHint("%s", indexCommand(r.Adapter))
	}
	return nil, "the index has no vectors", nil
}

// targetOf returns the space for an explicit mix.
func (s *Searcher) targetOf(ctx context.Context, spaces []indexer.SpaceState, mix adapters.Mix) (*target, error) {
	want, err := s.encoder.Space(ctx, mix)
	if err != nil {
		return nil, err
	}
	if st, ok := findSpace(spaces, want.ID); ok {
		return &target{state: st, mix: mix}, nil
	}
	id, queryOnly, err := s.encoder.QuerySpace(ctx, mix)
	if err != nil {
		return nil, err
	}
	if !queryOnly {
		return nil, fault.New(fault.NotFound, "the index holds no vectors made with %q", mix.String()).
			WithHint("%s", indexCommand(&mix))
	}
	st, ok := findSpace(spaces, id)
	if !ok {
		return nil, fault.New(fault.NotFound, "query adapter %q searches space %s, which the index does not hold", mix.String(), id).
			WithHint("%s", indexCommand(nil))
	}
	return &target{state: st, mix: mix}, nil
}

// defaultTargets returns the default space and, while it is not complete, the others beside it that can be searched: one
// whose adapter is gone or has changed is passed over, since nobody asked for it.
func (s *Searcher) defaultTargets(ctx context.Context, spaces []indexer.SpaceState, chunks int) ([]*target, error) {
	var list []*target
	complete := false
	for _, st := range spaces {
		if st.Default {
			complete = st.Vectors >= chunks
		}
	}
	for _, st := range spaces {
		if !st.Default && (complete || st.Vectors == 0) {
			continue
		}
		t, err := s.ownTarget(ctx, st)
		switch {
		case err == nil:
			list = append(list, t)
		case st.Default || ctx.Err() != nil:
			return nil, err
		}
	}
	return list, nil
}

// ownTarget searches a space with the mix that its documents were encoded with. Conflict where the encoder would give
// documents another space now: its vectors cannot be compared with those of the index.
func (s *Searcher) ownTarget(ctx context.Context, st indexer.SpaceState) (*target, error) {
	mix, err := adapters.ParseMix(st.Space.Mix)
	if err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "space %s of the index", st.Space.ID)
	}
	now, err := s.encoder.Space(ctx, mix)
	if err != nil {
		return nil, fmt.Errorf("space %s of the index: %w", st.Space.ID, err)
	}
	if now.ID != encoderPart(st.Space) {
		return nil, fault.New(fault.Conflict, "the index was made with another model or adapter than %q is now (space %s, now %s)",
			mix.String(), encoderPart(st.Space), now.ID).WithHint("%s", indexCommand(&mix))
	}
	return &target{state: st, mix: mix}, nil
}

// encoderPart returns the ID of a space without the chunker that the indexer added to it.
func encoderPart(s embed.Space) string {
	if s.Chunker == "" {
		return s.ID
	}
	return s.WithoutChunker().ID
}

// findSpace returns the space whose encoder's part has an ID: the default one where several do, else the fullest.
func findSpace(spaces []indexer.SpaceState, id string) (indexer.SpaceState, bool) {
	var best indexer.SpaceState
	found := false
	for _, st := range spaces {
		if encoderPart(st.Space) != id && st.Space.ID != id {
			continue
		}
		if !found || st.Default || !best.Default && st.Vectors > best.Vectors {
			best, found = st, true
		}
	}
	return best, found
}

// indexCommand is the hint that makes the vectors a search lacks.
func indexCommand(mix *adapters.Mix) string {
	if mix == nil || mix.IsBase() {
		return "run `loradex index`"
	}
	return fmt.Sprintf("run `loradex index --adapter '%s'`", mix.String())
}
