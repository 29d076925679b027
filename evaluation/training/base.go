package training

// This file makes the vectors of the base, which do not change while something is trained: each text once.

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
	"loradex/internal/dataset"
)

// atOnce bounds the texts that are tokenized before the first vector comes.
const atOnce = 4096

// baseVectors are vectors of the base, by role and text, for the life of a training: documents are ranked before and after.
type baseVectors struct {
	tools Tools
	known map[evaluation.VectorKey][]float32
	taken map[evaluation.VectorKey]bool // which of them the index gave
}

func newBaseVectors(t Tools) *baseVectors {
	return &baseVectors{t, map[evaluation.VectorKey][]float32{}, map[evaluation.VectorKey]bool{}}
}

// Get implements evaluation.VectorCache.
func (b *baseVectors) Get(_ context.Context, k evaluation.VectorKey) ([]float32, bool, error) {
	v, ok := b.known[k]
	return v, ok, nil
}

// Put implements evaluation.VectorCache.
func (b *baseVectors) Put(_ context.Context, k evaluation.VectorKey, v []float32) error {
	b.known[k] = v
	return nil
}

// spaceOf names the vectors of a role that a mix makes; when says when queries were encoded, for the trial's mix changes.
func spaceOf(role embed.Role, mix adapters.Mix, when string) string {
	if role == embed.Query {
		return "query/" + mix.String() + "/" + when
	}
	return "document/" + mix.String()
}

// key is the place of a text's vector.
func key(role embed.Role, text string) evaluation.VectorKey {
	return evaluation.VectorKey{Space: spaceOf(role, adapters.Mix{}, before), Text: sha256.Sum256([]byte(text))}
}

// of encodes texts, those that were encoded before not again.
func (b *baseVectors) of(ctx context.Context, role embed.Role, texts []dataset.Text) ([][]float32, error) {
	if role == embed.Document {
		if err := b.fromIndex(ctx, texts); err != nil {
			return nil, err
		}
	}
	var rows []embed.Row
	asked := map[evaluation.VectorKey]bool{}
	for _, t := range texts {
		if k := key(role, t.Text); b.known[k] == nil && !asked[k] {
			asked[k] = true
			rows = append(rows, embed.Row{Text: t.Text, Role: role})
		}
	}
	done := 0
	for part := range slices.Chunk(rows, atOnce) {
		err := b.tools.Encoder.Each(ctx, part, func(i int, v []float32, _ int) error {
			b.known[key(role, part[i].Text)] = v
			done++
			b.tools.Progress("encode", done, len(rows), "")
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = b.known[key(role, t.Text)]
	}
	return out, nil
}

// fromIndex takes the vectors of documents from the index, where there is one and it holds them.
func (b *baseVectors) fromIndex(ctx context.Context, texts []dataset.Text) error {
	if b.tools.Indexed == nil {
		return nil
	}
	var missing []string
	for _, t := range texts {
		if b.known[key(embed.Document, t.Text)] == nil {
			missing = append(missing, t.Text)
		}
	}
	space, err := b.tools.Encoder.Space(ctx, adapters.Mix{})
	if err != nil {
		return err
	}
	vectors, err := b.tools.Indexed(ctx, space, missing)
	if err != nil {
		return err
	}
	for i, v := range vectors {
		if k := key(embed.Document, missing[i]); v != nil {
			b.known[k], b.taken[k] = v, true
		}
	}
	return nil
}

// space says which space documents that do not change have their vectors in, and how many of them an index gave: both are
// other ones when it was made again with other settings.
func (b *baseVectors) space(ctx context.Context, docs []dataset.Text) (string, error) {
	space, err := b.tools.Encoder.Space(ctx, adapters.Mix{})
	if err != nil || b.tools.Indexed == nil {
		return "space " + space.ID, err
	}
	if err := b.fromIndex(ctx, docs); err != nil {
		return "", err
	}
	given := 0
	for _, d := range docs {
		if b.taken[key(embed.Document, d.Text)] {
			given++
		}
	}
	return fmt.Sprintf("space %s, %d of them from the index", space.ID, given), nil
}
