package overlay

import (
	"context"
	"slices"

	"loradex/indexer"
	"loradex/search"
)

// vectors returns the vectors of a buffer's chunks in a space. What was encoded before is looked up once for each text
// and space. NotFound for an unknown space, where the store has to be asked.
func (v *view) vectors(ctx context.Context, space string, p *placed) (map[int]vector, error) {
	vectors, looked := p.in(space)
	if looked || len(vectors) == len(p.file.Chunks) {
		return vectors, nil
	}
	return v.look(ctx, space, p)
}

// look takes over the vectors that were made before: of earlier states of buffers, of anything in the index.
func (v *view) look(ctx context.Context, space string, p *placed) (map[int]vector, error) {
	known, _ := p.in(space)
	found := map[int]vector{}
	var missing []int
	var texts []string
	for i, text := range p.file.Texts {
		if known[i] != nil {
			continue
		}
		if x := v.buffers.known.get(space, text); x != nil {
			found[i] = x
			continue
		}
		missing, texts = append(missing, i), append(texts, text)
	}
	if len(texts) > 0 {
		stored, err := v.TextVectors(ctx, space, texts)
		if err != nil {
			return nil, err
		}
		for at, i := range missing {
			if stored[at] != nil {
				found[i] = stored[at]
				v.buffers.known.put(space, texts[at], stored[at])
			}
		}
	}
	p.learn(space, found)
	known, _ = p.in(space)
	return known, nil
}

// spacesOf returns the spaces that chunks of a language belong to.
func spacesOf(repo indexer.RepoState, spaces []indexer.SpaceState) func(space, language string) bool {
	parts := indexer.Parts(repo, spaces)
	return func(space, language string) bool {
		at := slices.IndexFunc(parts, func(p indexer.Part) bool { return p.Space.ID == space })
		// A language that nobody spoke of has the base, as the next run of the indexer will give it.
		return at < 0 || slices.Contains(parts[at].Languages, language) ||
			repo.Languages[language].IsBase() && parts[at].Space.Mix.IsBase()
	}
}

var _ search.Reader = (*view)(nil)
