package qdrant

import (
	"context"

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

// indexed are the payload fields with an index: those that filters ask about.
var (
	filterFields = map[string]client.FieldType{
		fieldPath: client.FieldType_FieldTypeKeyword, fieldTree: client.FieldType_FieldTypeKeyword,
		fieldLanguage: client.FieldType_FieldTypeKeyword, fieldKind: client.FieldType_FieldTypeKeyword,
		fieldFrom: client.FieldType_FieldTypeInteger, fieldTo: client.FieldType_FieldTypeInteger,
	}
	mainFields = map[string]client.FieldType{
		fieldType: client.FieldType_FieldTypeKeyword, fieldDigest: client.FieldType_FieldTypeKeyword,
	}
)

// create makes a collection with its payload indexes; one that is there already is left as it is.
func (s *Store) create(ctx context.Context, name string, vectors map[string]*client.VectorParams) error {
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
	fields := []map[string]client.FieldType{filterFields}
	if len(vectors) == 0 {
		fields = append(fields, mainFields)
	}
	for _, group := range fields {
		for field, kind := range group {
			if _, err := s.client.CreateFieldIndex(ctx, &client.CreateFieldIndexCollection{
				CollectionName: name, Wait: client.PtrOf(true), FieldName: field, FieldType: &kind,
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// exists says whether a collection could not be made because it is there.
func exists(err error) bool { return status.Code(err) == codes.AlreadyExists }

// spaceVectors are the dense vectors of a space's collection. Dot, not cosine: vectors have unit length, and with
// cosine the server would store them changed in the last bit.
func (s *Store) spaceVectors(dims int) map[string]*client.VectorParams {
	return map[string]*client.VectorParams{
		denseVector: {
			Size: uint64(dims), Distance: client.Distance_Dot, //nolint:gosec // checked by PutSpace
			OnDisk: client.PtrOf(s.opts.OnDisk), QuantizationConfig: s.quantization(),
		},
		// m = 0: no graph, since nothing searches these.
		textVector: {
			Size: uint64(dims), Distance: client.Distance_Dot, OnDisk: client.PtrOf(true), //nolint:gosec // as above
			HnswConfig: &client.HnswConfigDiff{M: client.PtrOf(uint64(0))},
		},
	}
}

func (s *Store) quantization() *client.QuantizationConfig {
	ram := client.PtrOf(true) // the point of it: originals may lie on disk
	switch s.opts.Quantization {
	case Scalar:
		return client.NewQuantizationScalar(&client.ScalarQuantization{
			Type: client.QuantizationType_Int8, Quantile: client.PtrOf(float32(0.99)), AlwaysRam: ram,
		})
	case Binary:
		return client.NewQuantizationBinary(&client.BinaryQuantization{AlwaysRam: ram})
	}
	return nil
}

// searchParams are those of a dense search.
func (s *Store) searchParams(exact bool) *client.SearchParams {
	if exact {
		return &client.SearchParams{
			Exact:        client.PtrOf(true),
			Quantization: &client.QuantizationSearchParams{Ignore: client.PtrOf(true)},
		}
	}
	p := &client.SearchParams{}
	if s.opts.Quantization != None {
		p.Quantization = &client.QuantizationSearchParams{
			Rescore: client.PtrOf(true), Oversampling: client.PtrOf(s.opts.Oversampling),
		}
	}
	return p
}

// consistency asks a majority where there are several replicas, so that a read sees what was written before.
func (s *Store) consistency() *client.ReadConsistency {
	if s.opts.Replicas < 2 {
		return nil
	}
	return client.NewReadConsistencyType(client.ReadConsistencyType_Majority)
}

// ordering sends writes through one replica where there are several, so that all apply them in the same order.
func (s *Store) ordering() *client.WriteOrdering {
	if s.opts.Replicas < 2 {
		return nil
	}
	return &client.WriteOrdering{Type: client.WriteOrderingType_Strong}
}
