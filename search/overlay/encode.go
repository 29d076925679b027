package overlay

import (
	"context"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// maxRows is how many texts are encoded at a time: what comes meanwhile waits for no more.
const maxRows = 32

// Encode makes the vectors that the buffers lack, and returns how many it made. Views that are made afterwards have them;
// a buffer that was changed meanwhile takes over what it still needs. Spaces that this encoder cannot add to are passed
// over: made by other rules, another model, an adapter that is gone or has changed. Searches say so themselves.
//
// Errors are those of the store and the encoder. What was made before one is kept.
func (b *Buffers) Encode(ctx context.Context, x Index, enc search.Encoder) (int, error) {
	active, err := b.active(ctx, x)
	if err != nil || len(active) == 0 {
		return 0, err
	}
	v := &view{Store: x.Store, buffers: b, trees: x.Trees, active: active}
	state, err := x.Store.State(ctx)
	if err != nil {
		return 0, err
	}
	spaces, err := search.Spaces(ctx, x.Store, x.Trees)
	if err != nil {
		return 0, err
	}
	belongs := spacesOf(indexer.RepoState{Languages: state.Languages}, spaces)
	made := 0
	for _, s := range spaces {
		ok, err := b.canFill(ctx, s.Space, enc)
		if err != nil {
			return made, err
		}
		if !ok {
			continue
		}
		n, err := v.fill(ctx, s.Space, enc, belongs)
		made += n
		if err != nil && fault.CodeOf(err) != fault.NotFound { // the space was dropped just now
			return made, err
		}
	}
	return made, nil
}

// canFill tells whether vectors of this encoder belong to a space.
func (b *Buffers) canFill(ctx context.Context, s embed.Space, enc search.Encoder) (bool, error) {
	if s.Chunker != b.opts.Index.SpaceRules() {
		return false, nil
	}
	now, err := enc.Space(ctx, s.Mix)
	if fault.CodeOf(err) == fault.NotFound {
		return false, nil // the adapter is gone
	}
	return err == nil && now.ID == s.WithoutChunker().ID, err
}

// wanted is a chunk without a vector.
type wanted struct {
	p *placed
	i int
}

// fill makes the vectors of one space, each text once.
func (v *view) fill(ctx context.Context, s embed.Space, enc search.Encoder, belongs func(space, language string) bool) (int, error) {
	places := map[string][]wanted{}
	var texts []string
	for i := range v.active {
		p := &v.active[i]
		if !belongs(s.ID, p.file.Language) {
			continue
		}
		known, err := v.look(ctx, s.ID, p)
		if err != nil {
			return 0, err
		}
		for at, text := range p.file.Texts {
			if known[at] != nil {
				continue
			}
			if places[text] == nil {
				texts = append(texts, text)
			}
			places[text] = append(places[text], wanted{p, at})
		}
	}
	made := 0
	for len(texts) > 0 {
		page := texts[:min(maxRows, len(texts))]
		texts = texts[len(page):]
		vectors, err := encode(ctx, s, enc, page)
		if err != nil {
			return made, err
		}
		made += len(page)
		for i, text := range page {
			v.buffers.known.put(s.ID, text, vectors[i])
			for _, w := range places[text] {
				w.p.learn(s.ID, map[int]vector{w.i: vectors[i]})
			}
		}
	}
	return made, nil
}

// encode makes document vectors and checks that they belong to the space.
func encode(ctx context.Context, s embed.Space, enc search.Encoder, texts []string) ([][]float32, error) {
	rows := make([]embed.Row, len(texts))
	for i, text := range texts {
		rows[i] = embed.Row{Text: text, Role: embed.Document, Mix: s.Mix}
	}
	vectors, err := enc.Encode(ctx, rows)
	if err != nil {
		return nil, fault.Prefix(err, "encoding %d texts of changed files", len(rows))
	}
	if len(vectors) != len(rows) {
		return nil, fault.New(fault.Internal, "the encoder made %d vectors for %d texts", len(vectors), len(rows))
	}
	for _, x := range vectors {
		if err := search.CheckVector(x, s.ID, s.Dimensions); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "the encoder")
		}
	}
	return vectors, nil
}
