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
	vectors := make(map[string][]float32, len(texts))
	var todo []embed.Row
	for _, t := range texts {
		if _, ok := vectors[t.Text]; ok {
			continue
		}
		vectors[t.Text] = nil
		if o.Cache != nil {
			v, ok, err := o.Cache.Get(ctx, s.key(t.Text))
			if err != nil {
				return nil, fmt.Errorf("vector cache: %w", err)
			}
			if ok {
				vectors[t.Text] = v
				continue
			}
		}
		todo = append(todo, embed.Row{Text: t.Text, Role: s.role, Mix: s.mix})
	}
	done := len(vectors) - len(todo)
	o.Progress(Progress{Stage: s.stage, Done: done, Total: len(vectors)})
	for rows := range slices.Chunk(todo, o.Batch) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		encoded, err := enc.Encode(ctx, rows)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", s.stage, err)
		}
		if len(encoded) != len(rows) {
			return nil, fault.New(fault.Internal, "encode %s: the encoder returned %d vectors for %d rows", s.stage, len(encoded), len(rows))
		}
		for i, r := range rows {
			vectors[r.Text] = encoded[i]
			if o.Cache != nil {
				if err := o.Cache.Put(ctx, s.key(r.Text), encoded[i]); err != nil {
					return nil, fmt.Errorf("vector cache: %w", err)
				}
			}
		}
		done += len(rows)
		o.Progress(Progress{Stage: s.stage, Done: done, Total: len(vectors)})
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = vectors[t.Text]
	}
	return out, nil
}

func (s side) key(text string) VectorKey {
	return VectorKey{Space: s.space, Text: sha256.Sum256([]byte(text))}
}
