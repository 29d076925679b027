package indexertest

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"

	"loradex/embed"
	"loradex/indexer"
)

// This file makes what the suites of stores store.

// Chunker is by which rules the files of the suite were cut.
const Chunker = "test/1"

// File returns a file with one function chunk for each text, ten lines long.
func File(path, language string, texts ...string) indexer.File {
	f := indexer.File{
		Path: path, Language: language, Blob: indexer.TextDigest(path + language + fmt.Sprint(texts))[:40],
		Stat: indexer.Stat{Size: int64(len(texts)), ModTime: 12345, Inode: math.MaxUint64, Mode: 0o644},
	}
	for i, text := range texts {
		f.Chunks = append(f.Chunks, indexer.Chunk{
			StartLine: 10*i + 1, EndLine: 10*i + 10,
			Symbol: fmt.Sprintf("symbol%d", i), Kind: "function", Doc: "", Signature: "", Text: text,
		})
		f.Texts = append(f.Texts, "embedded "+text)
	}
	return f
}

// Space returns a space.
func Space(id string, dims int) embed.Space {
	return embed.Space{ID: id, Model: "model", Dimensions: dims, Pooling: "mean", Normalize: true, MaxTokens: 256, Chunker: Chunker}
}

// UnitVector returns the vector that stands for an embedded text in the suite.
func UnitVector(text string, dims int) []float32 {
	sum := sha256.Sum256([]byte(text))
	return RandomVector(rand.New(rand.NewChaCha8(sum)), dims)
}

// RandomVector draws a vector of unit length from the sphere.
func RandomVector(r *rand.Rand, dims int) []float32 {
	v := make([]float32, dims)
	var square float64
	for i := range v {
		v[i] = float32(r.NormFloat64())
		square += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(square))
	}
	return v
}

// BadVectors are those that no store takes, by what is wrong with them, for a space of more than three dimensions.
func BadVectors(dims int) map[string][]float32 {
	nan, inf := UnitVector("n", dims), UnitVector("i", dims)
	nan[3], inf[3] = float32(math.NaN()), float32(math.Inf(1))
	long := UnitVector("l", dims)
	for i := range long {
		long[i] *= 2
	}
	return map[string][]float32{
		"short": UnitVector("x", dims-1), "longer": UnitVector("x", dims+1), "none": nil, "NaN": nan, "infinite": inf,
		"zero": make([]float32, dims), "not unit": long,
	}
}
