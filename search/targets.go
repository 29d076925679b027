package search

import (
	"context"
	"fmt"
	"slices"

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
	state     indexer.SpaceState
	mix       adapters.Mix
	languages []string  // whose chunks are searched; nil for all. Other chunks may have a vector in the space, too
	vector    []float32 // the encoded query
}

// holds tells whether chunks of a language belong to the target.
func (t *target) holds(language string) bool {
	return t.languages == nil || slices.Contains(t.languages, language)
}

// scope is what a request searches by vectors.
type scope struct {
	targets []*target
	byLang  bool   // each chunk belongs to one target, that of its language
	covered int    // chunks of the index that have a vector in the spaces that answer, at least
	none    bool   // there are no vectors, and the request does without
	reason  string // why it is not what was asked for
}

// scopeOf returns what a request searches.
func (s *Searcher) scopeOf(ctx context.Context, r *Request, repo indexer.RepoState, spaces []indexer.SpaceState, chunks int) (scope, error) {
	if r.Mode == Lexical {
		return scope{none: true}, nil
	}
	insists := r.Mode == Dense || r.Adapter != nil
	if s.encoder == nil {
		if insists {
			return scope{}, fault.New(fault.Unavailable, "search by vectors needs the encoder, and there is none").
				WithHint("run `loradex doctor`, or search with --mode lexical")
		}
		return scope{none: true, reason: "there is no encoder"}, nil
	}
	sc, err := s.vectorScope(ctx, r, repo, spaces, chunks)
	if err != nil {
		return scope{}, err
	}
	if sc.covered > 0 || chunks == 0 && len(sc.targets) > 0 {
		return sc, nil
	}
	if insists {
		return scope{}, fault.New(fault.Unavailable, "the index has no vectors to search").WithHint("%s", indexCommand(r.Adapter))
	}
	return scope{none: true, reason: "the index has no vectors"}, nil
}

// vectorScope picks the spaces: that of the mix which is asked for, those of the languages, or the default one.
func (s *Searcher) vectorScope(ctx context.Context, r *Request, repo indexer.RepoState, spaces []indexer.SpaceState, chunks int) (scope, error) {
	mix := r.Adapter
	if mix == nil {
		mix = s.opts.Adapter
	}
	if mix != nil {
		t, err := s.targetOf(ctx, spaces, *mix, r.Query == "")
		if err != nil {
			return scope{}, err
		}
		return scope{targets: []*target{t}, covered: t.state.Vectors}, nil
	}
	if len(repo.Languages) > 0 {
		return s.languageScope(ctx, r, repo, spaces, chunks)
	}
	return s.defaultScope(ctx, spaces, chunks)
}

// targetOf returns the space for an explicit mix. Code is compared with code, as a document: an adapter for queries does not apply to
// it, and the space's own mix takes its place.
func (s *Searcher) targetOf(ctx context.Context, spaces []indexer.SpaceState, mix adapters.Mix, code bool) (*target, error) {
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
	if code {
		mix = st.Space.Mix
	}
	return &target{state: st, mix: mix}, nil
}

// defaultScope is the default space and, while it is not complete, the others beside it that can be searched: one whose
// adapter is gone or has changed is passed over, since nobody asked for it.
func (s *Searcher) defaultScope(ctx context.Context, spaces []indexer.SpaceState, chunks int) (scope, error) {
	var sc scope
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
		t, err := s.ownTarget(ctx, st, "documents")
		switch {
		case err == nil:
			sc.targets = append(sc.targets, t)
			// Which chunks two spaces share is not known, so their counts cannot be added.
			sc.covered = max(sc.covered, st.Vectors)
		case st.Default && fault.CodeOf(err) == fault.Conflict && ctx.Err() == nil: // of another model, which may be beside it
			if t := s.besideDefault(ctx, spaces); t != nil {
				return scope{targets: []*target{t}, covered: t.state.Vectors}, nil
			}
			return scope{}, err
		case st.Default || ctx.Err() != nil:
			return scope{}, err
		}
	}
	return sc, nil
}

// besideDefault is the space of the encoder's model without adapters, where the index has it beside the default one; else nil.
func (s *Searcher) besideDefault(ctx context.Context, spaces []indexer.SpaceState) *target {
	base, err := s.encoder.Space(ctx, adapters.Mix{})
	if err != nil {
		return nil
	}
	if st, ok := findSpace(spaces, base.ID); ok && st.Vectors > 0 {
		return &target{state: st}
	}
	return nil
}

// ownTarget searches a space with the mix that its documents were encoded with; whose says which these are. Conflict where
// the encoder would give documents another space now: its vectors cannot be compared with those of the index. NotFound
// where the mix names an adapter that is not there any more.
func (s *Searcher) ownTarget(ctx context.Context, st indexer.SpaceState, whose string) (*target, error) {
	mix := st.Space.Mix
	now, err := s.encoder.Space(ctx, mix)
	if fault.CodeOf(err) == fault.NotFound {
		return nil, fault.Wrap(fault.NotFound, err, "the index encodes %s with %q, and its adapter is missing", whose, mix.String()).
			WithHint("add the adapter again with `loradex adapters add DIR --name NAME`, or %s", without(st, whose))
	}
	if err != nil {
		return nil, fmt.Errorf("space %s of the index: %w", st.Space.ID, err)
	}
	if now.ID != encoderPart(st.Space) {
		if st.Space.Base != now.Base && st.Space.Model != now.Model {
			return nil, fault.New(fault.Conflict, "the index was made with the model %s, and this is %s", st.Space.Model, now.Model).
				WithHint("leave --model out: the index's own is used then; or make vectors of this one: `loradex index --model %s`", now.Model)
		}
		hint := indexCommand(&mix)
		if whose != "documents" { // of a language: a run without flags keeps to the index's own mapping
			hint = indexCommand(nil)
		}
		return nil, fault.New(fault.Conflict, "the index encoded %s with another model or adapter than %q is now (space %s, now %s)",
			whose, mix.String(), encoderPart(st.Space), now.ID).WithHint("%s", hint)
	}
	return &target{state: st, mix: mix}, nil
}

// without says how to do without the adapter of a space.
func without(st indexer.SpaceState, whose string) string {
	if whose != "documents" {
		return "give the language another one with `loradex index --language-wise=LANGUAGE=MIX,...`; none is the base, " +
			"and `--language-wise=none` is the base for all"
	}
	return fmt.Sprintf("remove its space with `loradex index --drop-space '%s'`", st.Space.Mix)
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
