package search

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"loradex/indexer"
)

// This file defines how stores keep chunk lists: what a blob was cut into, by which rules.

// maxChunkList bounds what a stored list may unpack to. The indexer passes over files far smaller than this.
const maxChunkList = 256 << 20

// compressors are kept from one list to the next: each is half a megabyte.
var compressors = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one
	}
	return w
}}

// PackChunks packs a chunk list. Its text repeats the file, so it is compressed, quickly.
func PackChunks(chunks []indexer.Chunk) ([]byte, error) {
	var buf bytes.Buffer
	w := compressors.Get().(*flate.Writer) //nolint:errcheck // New is the only source
	defer compressors.Put(w)
	w.Reset(&buf)
	err := errors.Join(json.NewEncoder(w).Encode(chunks), w.Close())
	return buf.Bytes(), err
}

// UnpackChunks reads what PackChunks made.
func UnpackChunks(list []byte) ([]indexer.Chunk, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(list)), maxChunkList+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxChunkList {
		return nil, errors.New("unpacks to more than 256 MB")
	}
	var chunks []indexer.Chunk
	err = json.Unmarshal(raw, &chunks)
	return chunks, err
}
