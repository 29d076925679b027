package qdrant

import (
	"context"
	"slices"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines what points hold, and the requests that read and write many of them.

// Payload fields.
const (
	fieldType     = "type"
	fieldFrom     = "from" // first generation of the point
	fieldTo       = "to"   // first generation without it
	fieldPath     = "path"
	fieldTree     = "tree"    // the path and the folders above it
	fieldVersion  = "version" // of the file: the same in all trees that have it
	fieldMember   = "member"  // of a file: the tree that has it
	fieldChunker  = "chunker" // of a file: the rules that cut it
	fieldLanguage = "language"
	fieldKind     = "kind"
	fieldStart    = "start" // lines
	fieldEnd      = "end"
	fieldDigest   = "digest" // of the text that is encoded
	fieldText     = "text"   // that text
	fieldBlob     = "blob"
	fieldSymbol   = "symbol"
	fieldDoc      = "doc"
	fieldHead     = "signature"
	fieldCode     = "code"
	fieldChunks   = "chunks" // of a file: how many
	fieldStat     = "stat"
	fieldList     = "list"
	fieldStamp    = "stamp"
	fieldState    = "state"
)

// Values of fieldType.
const (
	typeHead  = "head"
	typeFile  = "file"
	typeChunk = "chunk"
	typeList  = "list"
)

const (
	// pageSize is how many points a page of a listing has, pageOfTexts where they carry their texts or vectors.
	pageSize    = 2000
	pageOfTexts = 256
	// namesAtOnce is how many names one condition lists when points are changed by name.
	namesAtOnce = 256
	// batchBytes ends a batch of points early: servers and proxies bound a message.
	batchBytes = 8 << 20
)

func text(s string) *client.Value { return client.NewValueString(encodeText(s)) }

func textOf(p map[string]*client.Value, field string) string {
	return decodeText(p[field].GetStringValue())
}

func noVectors() *client.Vectors { return client.NewVectorsMap(map[string]*client.Vector{}) }

// chunkPoint is a chunk in the main collection.
func chunkPoint(id int64, f *indexer.File, i int, digest, version string, t treeEntry, at int64, words *client.Vector) *client.PointStruct {
	c := &f.Chunks[i]
	payload := filterPayload(f.Path, f.Language, c.Kind, c.StartLine, c.EndLine, digest, at)
	payload[fieldVersion] = client.NewValueString(version)
	payload[t.from()], payload[t.to()] = client.NewValueInt(at), client.NewValueInt(live)
	payload[fieldType] = client.NewValueString(typeChunk)
	payload[fieldBlob] = text(f.Blob)
	payload[fieldSymbol] = text(c.Symbol)
	payload[fieldDoc] = text(c.Doc)
	payload[fieldHead] = text(c.Signature)
	payload[fieldCode] = text(c.Text)
	payload[fieldText] = text(f.Texts[i])
	vectors := map[string]*client.Vector{}
	if words != nil {
		vectors[wordsVector] = words
	}
	return &client.PointStruct{Id: numericID(id), Payload: payload, Vectors: client.NewVectorsMap(vectors)}
}

// filterPayload is what searches ask of a chunk, in every collection.
func filterPayload(path, language, kind string, start, end int, digest string, at int64) map[string]*client.Value {
	var folders []*client.Value
	for _, t := range tree(path) {
		folders = append(folders, text(t))
	}
	return map[string]*client.Value{
		fieldPath: text(path), fieldTree: client.NewValueFromList(folders...), fieldLanguage: text(language), fieldKind: text(kind),
		fieldStart: client.NewValueInt(int64(start)), fieldEnd: client.NewValueInt(int64(end)),
		fieldDigest: client.NewValueString(digest),
		fieldFrom:   client.NewValueInt(at), fieldTo: client.NewValueInt(live),
	}
}

// filterFields returns the fields that searches ask about, for a selector.
func (h *head) filterFields() []string {
	return append([]string{
		fieldPath, fieldTree, fieldLanguage, fieldKind, fieldStart, fieldEnd, fieldDigest, fieldVersion, fieldFrom, fieldTo,
	}, h.treeFields()...)
}

func storedOf(p *client.RetrievedPoint) search.Stored {
	m := p.GetPayload()
	return search.Stored{
		ID: idOf(p.GetId()), Path: textOf(m, fieldPath), Language: textOf(m, fieldLanguage), Blob: textOf(m, fieldBlob),
		Chunk: indexer.Chunk{
			StartLine: int(m[fieldStart].GetIntegerValue()), EndLine: int(m[fieldEnd].GetIntegerValue()),
			Symbol: textOf(m, fieldSymbol), Kind: textOf(m, fieldKind), Doc: textOf(m, fieldDoc),
			Signature: textOf(m, fieldHead), Text: textOf(m, fieldCode),
		},
	}
}

// storedFields are what storedOf reads, and the generations.
func (h *head) storedFields() *client.WithPayloadSelector {
	return client.NewWithPayloadInclude(append([]string{
		fieldPath, fieldLanguage, fieldBlob, fieldStart, fieldEnd, fieldSymbol, fieldKind,
		fieldDoc, fieldHead, fieldCode, fieldFrom, fieldTo,
	}, h.treeFields()...)...)
}

func numericID(id int64) *client.PointId { return client.NewIDNum(uint64(id)) } //nolint:gosec // IDs are not negative

func idOf(id *client.PointId) search.ID { return search.ID(id.GetNum()) } //nolint:gosec // made from an int64

// visibleAt says whether a point exists in a generation.
func visibleAt(p *client.RetrievedPoint, generation int64) bool {
	m := p.GetPayload()
	return m[fieldFrom] != nil && m[fieldFrom].GetIntegerValue() <= generation && m[fieldTo].GetIntegerValue() > generation
}

func visible(generation int64) []*client.Condition {
	return []*client.Condition{upTo(fieldFrom, generation), above(fieldTo, generation)}
}

// filesAt and chunksAt select those of a generation, in all trees, on more conditions.
func filesAt(generation int64, more ...*client.Condition) *client.Filter {
	return &client.Filter{Must: slices.Concat(visible(generation), []*client.Condition{client.NewMatchKeyword(fieldType, typeFile)}, more)}
}

func chunksAt(generation int64, more ...*client.Condition) *client.Filter {
	return &client.Filter{Must: slices.Concat(visible(generation), []*client.Condition{client.NewMatchKeyword(fieldType, typeChunk)}, more)}
}

func upTo(field string, n int64) *client.Condition {
	return client.NewRange(field, &client.Range{Lte: client.PtrOf(float64(n))})
}

func above(field string, n int64) *client.Condition {
	return client.NewRange(field, &client.Range{Gt: client.PtrOf(float64(n))})
}

func below(field string, n int64) *client.Condition {
	return client.NewRange(field, &client.Range{Lt: client.PtrOf(float64(n))})
}

// keywords matches any of some texts.
func keywords(field string, values []string) *client.Condition {
	encoded := make([]string, len(values))
	for i, v := range values {
		encoded[i] = encodeText(v)
	}
	return client.NewMatchKeywords(field, encoded...)
}

// upsert writes points in batches.
func (tx *transaction) upsert(ctx context.Context, collection string, points []*client.PointStruct) error {
	for len(points) > 0 {
		if err := tx.beat(ctx); err != nil {
			return err
		}
		n, size := 0, 0
		for n < len(points) && n < tx.s.opts.Batch && (n == 0 || size < batchBytes) {
			size += proto.Size(points[n])
			n++
		}
		err := applied(tx.s.client.Upsert(ctx, &client.UpsertPoints{
			CollectionName: collection, Wait: client.PtrOf(true), Points: points[:n], Ordering: tx.s.ordering(),
		}))
		if err != nil {
			return err
		}
		points = points[n:]
	}
	return nil
}

// numbers are payload fields with their values.
type numbers map[string]int64

func (s *store) setPayload(ctx context.Context, collection string, f *client.Filter, fields numbers) error {
	payload := make(map[string]*client.Value, len(fields))
	for field, n := range fields {
		payload[field] = client.NewValueInt(n)
	}
	return s.setValues(ctx, collection, f, payload)
}

func (s *store) setValues(ctx context.Context, collection string, f *client.Filter, payload map[string]*client.Value) error {
	return applied(s.client.SetPayload(ctx, &client.SetPayloadPoints{
		CollectionName: collection, Wait: client.PtrOf(true), Payload: payload,
		PointsSelector: client.NewPointsSelectorFilter(f), Ordering: s.ordering(),
	}))
}

func (s *store) remove(ctx context.Context, collection string, points *client.PointsSelector) error {
	return applied(s.client.Delete(ctx, &client.DeletePoints{
		CollectionName: collection, Wait: client.PtrOf(true), Points: points, Ordering: s.ordering(),
	}))
}

// applied says whether a write that was waited for has happened: a server may answer without an error that it has not.
func applied(r *client.UpdateResult, err error) error {
	if err == nil && r.GetStatus() != client.UpdateStatus_Completed {
		return fault.New(fault.Unavailable, "Qdrant has not applied a write: %s", r.GetStatus()).
			WithHint("look at the server's load and replicas, then run the command again")
	}
	return err
}

// listing is a scroll over points: numbers ascending, then the others.
type listing struct {
	collection string
	filter     *client.Filter
	payload    *client.WithPayloadSelector
	vectors    *client.WithVectorsSelector
	page       uint32
}

// each calls fn for every point of a listing.
func (s *store) each(ctx context.Context, l listing, fn func(p *client.RetrievedPoint) error) error {
	return s.pages(ctx, l, func(page []*client.RetrievedPoint) error {
		for _, p := range page {
			if err := fn(p); err != nil {
				return err
			}
		}
		return nil
	})
}

// pages calls fn for every page of a listing.
func (s *store) pages(ctx context.Context, l listing, fn func(page []*client.RetrievedPoint) error) error {
	var offset *client.PointId
	for {
		page, next, err := s.client.ScrollAndOffset(ctx, &client.ScrollPoints{
			CollectionName: l.collection, Filter: l.filter, Offset: offset, Limit: client.PtrOf(l.page),
			WithPayload: l.payload, WithVectors: l.vectors, ReadConsistency: s.consistency(),
		})
		if err != nil {
			return err
		}
		if err := fn(page); err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		offset = next
	}
}

// get returns points by ID, in pages; those that are gone are missing.
func (s *store) get(ctx context.Context, collection string, ids []*client.PointId, payload *client.WithPayloadSelector,
	vectors *client.WithVectorsSelector, fn func(p *client.RetrievedPoint),
) error {
	for part := range slices.Chunk(ids, pageOfTexts) {
		points, err := s.client.Get(ctx, &client.GetPoints{
			CollectionName: collection, Ids: part, WithPayload: payload, WithVectors: vectors, ReadConsistency: s.consistency(),
		})
		if err != nil {
			return err
		}
		for _, p := range points {
			fn(p)
		}
	}
	return nil
}

// vectorOf returns a named dense vector of a point, nil where it has none.
func vectorOf(p *client.RetrievedPoint, name string) []float32 {
	v := p.GetVectors().GetVectors().GetVectors()[name]
	return v.GetDenseVector().GetData()
}

// wordsOf returns the sparse vector of a point as one to write, nil where it has none.
func wordsOf(p *client.RetrievedPoint) *client.Vector {
	v := p.GetVectors().GetVectors().GetVectors()[wordsVector].GetSparseVector()
	if v == nil || len(v.GetIndices()) == 0 {
		return nil
	}
	return client.NewVectorSparse(v.GetIndices(), v.GetValues())
}
