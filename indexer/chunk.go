package indexer

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// Chunk is a span of one file; package chunk makes them and declares the type, because it imports nothing of this one.
type Chunk = chunk.Chunk

// Symbol is a definition that a chunk covers.
type Symbol = chunk.Symbol

// File is one file of a repository at the state that is indexed, with its chunks.
type File struct {
	Path     string // slash-separated, relative to the repository's root
	Blob     string // hex git blob hash of the content
	Language string // go-enry's name in lower case: "go", "python", "c++", "markdown"; "" where unknown
	Size     int64
	Stat     Stat // of the work tree's file; zero for a revision
	Chunks   []Chunk
	Texts    []string // Texts[i] is exactly what is encoded for Chunks[i]: the template applied
}

// TextDigest is what stores know a text by: its SHA-256 in hex.
func TextDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Validate is Invalid for a file that no store can keep: without a path, with lines that are no range, or with texts that
// do not belong to its chunks.
func (f *File) Validate() error {
	if f.Path == "" || strings.ContainsRune(f.Path, 0) {
		return fault.New(fault.Invalid, "file with path %q", f.Path)
	}
	if len(f.Texts) != len(f.Chunks) {
		return fault.New(fault.Invalid, "%s: %d chunks with %d texts", f.Path, len(f.Chunks), len(f.Texts))
	}
	for i, c := range f.Chunks {
		if c.StartLine < 1 || c.EndLine < c.StartLine {
			return fault.New(fault.Invalid, "%s: chunk %d spans lines %d to %d", f.Path, i, c.StartLine, c.EndLine)
		}
	}
	return nil
}

// Stat is what tells cheaply that a work-tree file has not changed since it was indexed. The zero Stat equals none:
// revisions have it, and files that changed too shortly before they were read for the clock to tell.
type Stat struct {
	Size    int64  `json:"size"`
	ModTime int64  `json:"mtime"` // last change, in nanoseconds since the epoch; the change time where the system has one
	Inode   uint64 `json:"inode"`
	Mode    uint32 `json:"mode"`
}
