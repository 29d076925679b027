package qdrant

import (
	"encoding/json"
	"slices"
	"strings"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/search"
)

// This file defines what points hold, and what selects them.

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
	fieldSymbols  = "symbols" // each with its place, as JSON
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

// chunkPoint is a chunk in the main collection. Points of spaces have its fields that searches ask about.
func chunkPoint(id int64, f *indexer.File, i int, digest, version string, t treeEntry, at int64, words *client.Vector) *client.PointStruct {
	c := &f.Chunks[i]
	var folders []*client.Value
	for _, folder := range tree(f.Path) {
		folders = append(folders, text(folder))
	}
	symbols, err := json.Marshal(c.Symbols)
	if err != nil {
		symbols = nil // strings and numbers always encode
	}
	vectors := map[string]*client.Vector{}
	if words != nil {
		vectors[wordsVector] = words
	}
	return &client.PointStruct{
		Id: numericID(id), Vectors: client.NewVectorsMap(vectors),
		Payload: map[string]*client.Value{
			fieldPath: text(f.Path), fieldTree: client.NewValueFromList(folders...), fieldLanguage: text(f.Language), fieldKind: text(c.Kind),
			fieldStart: client.NewValueInt(int64(c.StartLine)), fieldEnd: client.NewValueInt(int64(c.EndLine)),
			fieldDigest: client.NewValueString(digest), fieldVersion: client.NewValueString(version),
			fieldFrom: client.NewValueInt(at), fieldTo: client.NewValueInt(live),
			t.from(): client.NewValueInt(at), t.to(): client.NewValueInt(live),
			fieldType: client.NewValueString(typeChunk), fieldBlob: text(f.Blob), fieldSymbol: text(c.Symbol), fieldSymbols: text(string(symbols)), fieldDoc: text(c.Doc),
			fieldHead: text(c.Signature), fieldCode: text(c.Text), fieldText: text(f.Texts[i]),
		},
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
	stored := search.Stored{
		ID: idOf(p.GetId()), Path: textOf(m, fieldPath), Language: textOf(m, fieldLanguage), Blob: textOf(m, fieldBlob),
		Chunk: indexer.Chunk{
			StartLine: int(m[fieldStart].GetIntegerValue()), EndLine: int(m[fieldEnd].GetIntegerValue()),
			Symbol: textOf(m, fieldSymbol), Kind: textOf(m, fieldKind), Doc: textOf(m, fieldDoc),
			Signature: textOf(m, fieldHead), Text: textOf(m, fieldCode),
		},
	}
	stored.Chunk.Symbols = symbolsOf(&stored.Chunk, textOf(m, fieldSymbols))
	return stored
}

// symbolsOf reads the symbols of a chunk. A chunk of an earlier version has none: it gets the names of its symbol, on its own
// lines, until the next run cuts the file anew.
func symbolsOf(c *indexer.Chunk, list string) (out []indexer.Symbol) {
	if list != "" && json.Unmarshal([]byte(list), &out) == nil {
		return out
	}
	for name := range strings.SplitSeq(c.Symbol, ", ") {
		if name != "" && name != "…" {
			out = append(out, indexer.Symbol{Name: name, Kind: c.Kind, StartLine: c.StartLine, EndLine: c.EndLine})
		}
	}
	return out
}

// storedFields are what storedOf reads, and the generations.
func (h *head) storedFields() *client.WithPayloadSelector {
	return client.NewWithPayloadInclude(append([]string{
		fieldPath, fieldLanguage, fieldBlob, fieldStart, fieldEnd, fieldSymbol, fieldSymbols, fieldKind,
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
