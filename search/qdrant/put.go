package qdrant

import (
	"context"
	"slices"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
)

// This file defines how files with their chunks are written.

// putter is one call that changes files.
type putter struct {
	change
	files []*indexer.File // that no other tree has

	digests [][]string                      // by file and chunk
	known   map[string]map[string][]float32 // by space and digest: vectors that are there already
}

// put makes a change that is prepared.
func (p *putter) put(ctx context.Context) error {
	if err := p.apply(ctx); err != nil {
		return err
	}
	for i := range p.change.files {
		if f := &p.change.files[i]; !p.joins(f) {
			p.files = append(p.files, f)
		}
	}
	if len(p.files) == 0 {
		return nil
	}
	if err := p.findVectors(ctx); err != nil {
		return err
	}
	return p.write(ctx)
}

// findVectors looks up which texts have vectors, for each space: they come back with a file, or another file has them.
func (p *putter) findVectors(ctx context.Context) error {
	for _, f := range p.files {
		p.digests = append(p.digests, digestsOf(f.Texts))
	}
	p.known = map[string]map[string][]float32{}
	for _, e := range p.tx.head.Spaces {
		if err := p.tx.beat(ctx); err != nil {
			return err
		}
		known, err := p.tx.s.textVectors(ctx, e.Space.ID, slices.Concat(p.digests...))
		if err != nil {
			return err
		}
		p.known[e.Space.ID] = known
	}
	return nil
}

// write writes a few files at a time: their points hold the texts, several times.
func (p *putter) write(ctx context.Context) error {
	var pending batch
	for i, f := range p.files {
		if err := p.add(&pending, i, f); err != nil {
			return err
		}
		if len(pending.main) >= p.tx.s.opts.Batch {
			if err := pending.flush(ctx, p.tx); err != nil {
				return err
			}
		}
	}
	return pending.flush(ctx, p.tx)
}

func (p *putter) add(to *batch, file int, f *indexer.File) error {
	state := indexer.FileState{Path: f.Path, Blob: f.Blob, Language: f.Language, Stat: f.Stat, Chunks: len(f.Chunks)}
	own := p.versions[f.Path]
	point, err := filePoint(fileRecord{state, p.tree.member(), own, p.chunker}, p.tx.at)
	if err != nil {
		return err
	}
	to.main = append(to.main, point)
	for i := range f.Chunks {
		id, digest := p.tx.next.NextID, p.digests[file][i]
		p.tx.next.NextID++
		words := document(f.Path, &f.Chunks[i])
		chunk := chunkPoint(id, f, i, digest, own, p.tree, p.tx.at, words)
		for _, e := range p.tx.head.Spaces {
			v := p.known[e.Space.ID][digest]
			if v == nil {
				continue
			}
			chunk.Payload[e.Flag] = client.NewValueBool(true)
			to.addVector(e.Space.ID, p.tx.head.filterFields(), chunk, v, words)
		}
		to.main = append(to.main, chunk)
	}
	if f.Blob == "" {
		return nil // nothing to find the list by
	}
	list, err := listPoint(f.Blob, f.Language, p.chunker, f.Chunks)
	to.main = append(to.main, list)
	return err
}

// batch is points on their way to the server.
type batch struct {
	main   []*client.PointStruct
	spaces map[string][]*client.PointStruct
}

// addVector adds the point of a chunk in a space.
func (b *batch) addVector(space string, fields []string, chunk *client.PointStruct, v []float32, words *client.Vector) {
	payload := map[string]*client.Value{}
	for _, field := range fields {
		if v := chunk.GetPayload()[field]; v != nil { // nil where another tree has not got it
			payload[field] = v
		}
	}
	if b.spaces == nil {
		b.spaces = map[string][]*client.PointStruct{}
	}
	b.spaces[space] = append(b.spaces[space], spacePoint(chunk.GetId(), payload, v, words))
}

// spacePoint is a chunk in the collection of a space.
func spacePoint(id *client.PointId, payload map[string]*client.Value, v []float32, words *client.Vector) *client.PointStruct {
	vectors := map[string]*client.Vector{denseVector: client.NewVectorDense(v)}
	if words != nil {
		vectors[wordsVector] = words
	}
	return &client.PointStruct{Id: id, Payload: payload, Vectors: client.NewVectorsMap(vectors)}
}

// flush writes all points and forgets them.
func (b *batch) flush(ctx context.Context, tx *transaction) error {
	if err := tx.upsert(ctx, tx.s.main, b.main); err != nil {
		return err
	}
	for space, points := range b.spaces {
		if err := tx.upsert(ctx, tx.s.alias(space), points); err != nil {
			return err
		}
	}
	*b = batch{}
	return nil
}
