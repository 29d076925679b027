package model

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"

	"loradex/internal/parallel"
)

// digestVersion is part of every base digest. It changes when the fields, their order or the block size do.
const digestVersion = "loradex base 1"

// digestBlock is the unit of hashing: a tensor is hashed in blocks of this size, on all cores. The word embeddings alone
// are half of a small model, so a unit of one tensor would leave the other cores idle.
const digestBlock = 4 << 20

// BaseDigest is the SHA-256, in hex, of everything that makes the encoder's token vectors: the configuration, and name,
// type, shape and bytes of every tensor that the family reads. Heads, shards, container format and prefixes do not
// count: the same weights as safetensors, sharded, or as a .bin have one digest. Rounding to fp16 changes it.
//
// It reads all weights (about 1.2 GB a second and core with the processor's SHA instructions), so it runs at the first
// call and is kept. The first call must not come after Close.
func (m *Model) BaseDigest() string { return m.digest() }

func (m *Model) computeDigest() string {
	h := sha256.New()
	field := func(b []byte) { // length first: no two lists of fields hash alike
		writeLen(h, len(b))
		_, _ = h.Write(b) // a hash never fails
	}
	field([]byte(digestVersion))
	config, _ := json.Marshal(m.Config) //nolint:errchkjson // strings and finite numbers only: validate has seen to that
	field(config)
	for _, name := range m.digested() {
		src := m.weights.sources[name]
		t, _ := src.file.Tensor(src.name)
		field([]byte(name))
		field([]byte(t.DType))
		writeLen(h, len(t.Shape))
		for _, n := range t.Shape {
			writeLen(h, n)
		}
		field(blockDigests(t.Data))
	}
	if m.Quantized != nil {
		layers, _ := json.Marshal(m.Quantized.Layers) //nolint:errchkjson // finite numbers only: checked when they were read
		field(layers)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digested lists the tensors that make vectors.
func (m *Model) digested() []string {
	var names []string
	for _, spec := range m.Config.Tensors() {
		if path, rounded := m.Quantized.layer(spec.Name); rounded {
			names = append(names, int8Tensors(path, m.Int8[path].Smoothing != nil)...)
		} else {
			names = append(names, spec.Name)
		}
	}
	return names
}

// blockDigests is the SHA-256 of every block of data, one after the other.
func blockDigests(data []byte) []byte {
	blocks := (len(data) + digestBlock - 1) / digestBlock
	sums := make([]byte, blocks*sha256.Size)
	_ = parallel.Each(context.Background(), blocks, 1, func(i int) error { // hashing never fails
		sum := sha256.Sum256(data[i*digestBlock : min((i+1)*digestBlock, len(data))])
		copy(sums[i*sha256.Size:], sum[:])
		return nil
	})
	return sums
}

func writeLen(h hash.Hash, n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n)) //nolint:gosec // lengths are not negative
	_, _ = h.Write(b[:])
}

// digestOf is the SHA-256 of data in hex.
func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
