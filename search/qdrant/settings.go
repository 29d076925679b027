package qdrant

import (
	"context"
	"slices"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// This file defines what collections are made of.

// Names of vectors.
const (
	denseVector = "dense" // of a chunk
	textVector  = "text"  // of a text, kept for chunks to come; never searched
	wordsVector = "words" // sparse
)

// Payload fields with an index: those that filters ask about. Servers in strict mode refuse filters on others.
var (
	filterFields = []indexedField{
		{fieldPath, client.FieldType_FieldTypeKeyword},
		{fieldTree, client.FieldType_FieldTypeKeyword},
		{fieldLanguage, client.FieldType_FieldTypeKeyword},
		{fieldKind, client.FieldType_FieldTypeKeyword},
		{fieldStart, client.FieldType_FieldTypeInteger},
		{fieldEnd, client.FieldType_FieldTypeInteger},
		{fieldFrom, client.FieldType_FieldTypeInteger},
		{fieldTo, client.FieldType_FieldTypeInteger},
		{fieldVersion, client.FieldType_FieldTypeKeyword},
	}
	mainFields = []indexedField{
		{fieldType, client.FieldType_FieldTypeKeyword},
		{fieldDigest, client.FieldType_FieldTypeKeyword},
		{fieldStamp, client.FieldType_FieldTypeKeyword},
		{fieldMember, client.FieldType_FieldTypeKeyword},
	}
)

// indexedField is a payload field with the kind of its index.
type indexedField struct {
	name string
	kind client.FieldType
}

// create makes a collection with its payload indexes; one that is there already is left as it is.
func (s *store) create(ctx context.Context, name string, vectors map[string]*client.VectorParams) error {
	o := s.opts
	request := &client.CreateCollection{
		CollectionName:         name,
		ShardNumber:            client.PtrOf(uint32(o.Shards)),           //nolint:gosec // validated
		ReplicationFactor:      client.PtrOf(uint32(o.Replicas)),         //nolint:gosec // validated
		WriteConsistencyFactor: client.PtrOf(uint32(o.WriteConsistency)), //nolint:gosec // validated
		OnDiskPayload:          client.PtrOf(true),                       // texts are large, and read for a few hits only
		SparseVectorsConfig: client.NewSparseVectorsConfig(map[string]*client.SparseVectorParams{
			wordsVector: {Modifier: client.PtrOf(client.Modifier_Idf)},
		}),
	}
	if len(vectors) > 0 {
		request.VectorsConfig = client.NewVectorsConfigMap(vectors)
	}
	if err := s.client.CreateCollection(ctx, request); err != nil && !exists(err) {
		return err
	}
	fields := filterFields
	if len(vectors) == 0 {
		fields = slices.Concat(filterFields, mainFields)
	}
	for _, field := range fields {
		if err := s.index(ctx, name, field); err != nil {
			return err
		}
	}
	return nil
}

// index makes the index of a payload field; one that is there already is left as it is.
func (s *store) index(ctx context.Context, collection string, field indexedField) error {
	request := &client.CreateFieldIndexCollection{
		CollectionName: collection, Wait: client.PtrOf(true), FieldName: field.name, FieldType: &field.kind, Ordering: s.ordering(),
	}
	if field.kind == client.FieldType_FieldTypeInteger {
		// Generations and lines are asked for in ranges that nearly all points are in, or a handful: links of their own
		// in the graph of vectors would only cost time.
		request.FieldIndexParams = client.NewPayloadIndexParamsInt(&client.IntegerIndexParams{
			Range: client.PtrOf(true), Lookup: client.PtrOf(false), EnableHnsw: client.PtrOf(false),
		})
	}
	_, err := s.client.CreateFieldIndex(ctx, request)
	return err
}

// exists says whether a collection could not be made because it is there.
func exists(err error) bool { return status.Code(err) == codes.AlreadyExists }

// spaceVectors are the dense vectors of a space's collection. Dot, not cosine: vectors have unit length, and with
// cosine the server would store them changed in the last bit.
func (s *store) spaceVectors(dims int) map[string]*client.VectorParams {
	return map[string]*client.VectorParams{
		denseVector: {
			Size: uint64(dims), Distance: client.Distance_Dot, //nolint:gosec // checked by PutSpace
			OnDisk: client.PtrOf(false), QuantizationConfig: s.quantization(),
		},
		// m = 0: no graph, since nothing searches these.
		textVector: {
			Size: uint64(dims), Distance: client.Distance_Dot, OnDisk: client.PtrOf(true), //nolint:gosec // as above
			HnswConfig: &client.HnswConfigDiff{M: client.PtrOf(uint64(0))},
		},
	}
}

func (s *store) quantization() *client.QuantizationConfig {
	ram := client.PtrOf(true) // the point of it: originals may lie on disk
	switch s.opts.Quantization {
	case scalar:
		return client.NewQuantizationScalar(&client.ScalarQuantization{
			Type: client.QuantizationType_Int8, Quantile: client.PtrOf(float32(0.99)), AlwaysRam: ram,
		})
	case binary:
		return client.NewQuantizationBinary(&client.BinaryQuantization{AlwaysRam: ram})
	}
	return nil
}

// searchParams are those of a dense search.
func (s *store) searchParams(exact bool) *client.SearchParams {
	if exact {
		return &client.SearchParams{
			Exact:        client.PtrOf(true),
			Quantization: &client.QuantizationSearchParams{Ignore: client.PtrOf(true)},
		}
	}
	p := &client.SearchParams{}
	if s.opts.Quantization != none {
		p.Quantization = &client.QuantizationSearchParams{
			Rescore: client.PtrOf(true), Oversampling: client.PtrOf(s.opts.Oversampling),
		}
	}
	return p
}

// consistency asks a majority where there are several replicas, so that a read sees what was written before.
func (s *store) consistency() *client.ReadConsistency {
	if s.opts.Replicas < 2 {
		return nil
	}
	return client.NewReadConsistencyType(client.ReadConsistencyType_Majority)
}

// ordering sends writes through one replica where there are several, so that all apply them in the same order.
func (s *store) ordering() *client.WriteOrdering {
	if s.opts.Replicas < 2 {
		return nil
	}
	return &client.WriteOrdering{Type: client.WriteOrderingType_Strong}
}
