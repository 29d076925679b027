package evaluation

// This file defines how the texts of one side are encoded: each distinct text once.

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// side is the half of an evaluation that is encoded alike.
type side struct {
	stage Stage
	role  embed.Role
	mix   adapters.Mix
	space string
}

// encode returns the vectors of texts, in order. Equal texts share one vector: it saves time, and makes duplicates in a
// corpus tie exactly, which an encoder that batches by length does not promise.
func encode(ctx context.Context, enc Encoder, texts []dataset.Text, s side, o Options) ([][]float32, error) {
	place := make(map[string]int, len(texts)) // text to index into distinct
	var distinct []string
	for _, t := range texts {
		if _, ok := place[t.Text]; !ok {
			place[t.Text] = len(distinct)
			distinct = append(distinct, t.Text)
		}
	}
	vectors := make([][]float32, len(distinct))
	todo, err := lookUp(ctx, distinct, vectors, s, o)
	if err != nil {
		return nil, err
	}
	done := len(distinct) - len(todo)
	o.Progress(Progress{Stage: s.stage, Done: done, Total: len(distinct)})
	for batch := range slices.Chunk(todo, o.Batch) {
		if err := encodeBatch(ctx, enc, distinct, batch, vectors, s, o); err != nil {
			return nil, err
		}
		done += len(batch)
		o.Progress(Progress{Stage: s.stage, Done: done, Total: len(distinct)})
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = vectors[place[t.Text]]
	}
	return out, nil
}

// lookUp fills in the vectors that the cache holds and returns the indexes of the others.
func lookUp(ctx context.Context, texts []string, vectors [][]float32, s side, o Options) ([]int, error) {
	todo := make([]int, 0, len(texts))
	for i, text := range texts {
		if o.Cache != nil {
			v, ok, err := o.Cache.Get(ctx, s.key(text))
			if err != nil {
				return nil, fmt.Errorf("vector cache: %w", err)
			}
			if ok {
				vectors[i] = v
				continue
			}
		}
		todo = append(todo, i)
	}
	return todo, nil
}

// encodeBatch encodes the texts at some indexes and stores the vectors there, and in the cache.
func encodeBatch(ctx context.Context, enc Encoder, texts []string, indexes []int, vectors [][]float32, s side, o Options) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rows := make([]embed.Row, len(indexes))
	for i, index := range indexes {
		rows[i] = embed.Row{Text: texts[index], Role: s.role, Mix: s.mix}
	}
	encoded, err := enc.Encode(ctx, rows)
	if err != nil {
		return fmt.Errorf("encode %s: %w", s.stage, err)
	}
	if len(encoded) != len(rows) {
		return fault.New(fault.Internal, "encode %s: the encoder returned %d vectors for %d rows", s.stage, len(encoded), len(rows))
	}
	for i, index := range indexes {
		vectors[index] = encoded[i]
		if o.Cache != nil {
			if err := o.Cache.Put(ctx, s.key(texts[index]), encoded[i]); err != nil {
				return fmt.Errorf("vector cache: %w", err)
			}
		}
	}
	return nil
}

func (s side) key(text string) VectorKey {
	return VectorKey{Space: s.space, Text: sha256.Sum256([]byte(text))}
}
