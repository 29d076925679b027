package qdrant

import (
	"context"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
)

// This file defines how files with their chunks are written.

// put makes a change that is prepared. Files are written a few at a time: their points hold the texts, several times.
func (c *change) put(ctx context.Context) error {
	if err := c.apply(ctx); err != nil {
		return err
	}
	var files []*indexer.File // that no other tree has
	var digests []string
	for i := range c.files {
		if f := &c.files[i]; !c.joins(f) {
			files = append(files, f)
			digests = append(digests, digestsOf(f.Texts)...)
		}
	}
	if len(files) == 0 {
		return nil
	}
	// Vectors that are there already, by space and digest: texts come back with a file, or another file has them.
	known := map[string]map[string][]float32{}
	for _, e := range c.tx.head.Spaces {
		if err := c.tx.beat(ctx); err != nil {
			return err
		}
		var err error
		if known[e.Space.ID], err = c.tx.s.textVectors(ctx, e.Space.ID, digests); err != nil {
			return err
		}
	}
	var pending batch
	for _, f := range files {
		if err := c.add(&pending, f, known); err != nil {
			return err
		}
		if len(pending.main) >= c.tx.s.opts.Batch {
			if err := pending.flush(ctx, c.tx); err != nil {
				return err
			}
		}
	}
	return pending.flush(ctx, c.tx)
}

// add adds the points of a file.
func (c *change) add(to *batch, f *indexer.File, known map[string]map[string][]float32) error {
	state := indexer.FileState{Path: f.Path, Blob: f.Blob, Language: f.Language, Stat: f.Stat, Chunks: len(f.Chunks), Chunker: c.chunker}
	own := c.versions[f.Path]
	point, err := filePoint(fileRecord{state, c.tree.member(), own}, c.tx.at)
	if err != nil {
		return err
	}
	to.main = append(to.main, point)
	for i, digest := range digestsOf(f.Texts) {
		words := document(f.Path, &f.Chunks[i])
		chunk := chunkPoint(c.tx.next.NextID, f, i, digest, own, c.tree, c.tx.at, words)
		c.tx.next.NextID++
		for _, e := range c.tx.head.Spaces {
			if v := known[e.Space.ID][digest]; v != nil {
				chunk.Payload[e.Flag] = client.NewValueBool(true)
				to.addVector(e.Space.ID, c.tx.head.filterFields(), chunk, v, words)
			}
		}
		to.main = append(to.main, chunk)
	}
	if f.Blob == "" {
		return nil // nothing to find the list by
	}
	list, err := listPoint(f.Blob, f.Language, c.chunker, f.Chunks)
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
