// Command format1 made index.db and answers.json in this folder: a small index in format 1, and what it answered. It
// only makes that format when it is built from a version of Loradex that wrote it (commit 7c43ffa, the last one):
//
//	go run ./search/sqlite/testdata/format1 search/sqlite/testdata/format1
package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"loradex/embed"
	"loradex/indexer"
	"loradex/search"
	"loradex/search/sqlite"
)

// Answers is what the index answered before the upgrade.
type Answers struct {
	Repo    indexer.RepoState             `json:"repo"`
	Files   map[string]indexer.FileState  `json:"files"`
	Spaces  []indexer.SpaceState          `json:"spaces"`
	Dense   map[string][]Hit              `json:"dense"`   // by space
	Lexical map[string][]Hit              `json:"lexical"` // by query
	Vectors map[string]map[string]float32 `json:"vectors"` // by space and chunk: the first number
	Pending map[string]int                `json:"pending"` // by space
}

// Hit is a hit with its place.
type Hit struct {
	ID    search.ID `json:"id"`
	Path  string    `json:"path"`
	Line  int       `json:"line"`
	Score float32   `json:"score"`
}

// Vector returns the unit vector that stands for a text.
func Vector(text string, dims int) []float32 {
	v := make([]float32, dims)
	var square float64
	for i := range v {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", i, text))
		v[i] = float32(binary.LittleEndian.Uint16(sum[:]))/math.MaxUint16 - 0.5
		square += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(square))
	}
	return v
}

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out string) error {
	dir, err := os.MkdirTemp("", "format1")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	if err := fill(ctx, s); err != nil {
		return err
	}
	a, err := ask(ctx, s)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "answers.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	db, err := os.ReadFile(filepath.Join(dir, "index.db"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "index.db"), db, 0o644)
}

func file(path, language string, version int, chunks ...string) indexer.File {
	f := indexer.File{
		Path: path, Language: language, Blob: fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, version, chunks)))[:40],
		Stat: indexer.Stat{Size: int64(version), ModTime: 1234567, Inode: 1<<63 + 5, Mode: 0o644},
	}
	for i, text := range chunks {
		f.Chunks = append(f.Chunks, indexer.Chunk{
			StartLine: 10*i + 1, EndLine: 10*i + 9, Symbol: fmt.Sprintf("Symbol%d", i), Kind: "function", Text: text,
		})
		f.Texts = append(f.Texts, path+": "+text)
	}
	return f
}

func fill(ctx context.Context, s *sqlite.Store) error {
	whole := embed.Space{ID: "whole", Model: "m", Dimensions: 70, Pooling: "mean", Normalize: true, MaxTokens: 256, Mix: "none", Chunker: "c1"}
	part := whole
	part.ID, part.Mix, part.Dimensions = "part", "go", 64
	for i, space := range []embed.Space{whole, part} {
		if err := s.PutSpace(ctx, space, i == 0); err != nil {
			return err
		}
	}
	files := []indexer.File{
		file("api/server.go", "go", 1, "func Serve listens on a port", "func Close waits for requests"),
		file("api/client.go", "go", 1, "func Dial connects to a server"),
		file("lib/tool.py", "python", 1, "def read parses a file", "def write stores a file"),
		file("gone.go", "go", 1, "func Gone is removed later"),
	}
	if err := s.PutFiles(ctx, "c1", files); err != nil {
		return err
	}
	for _, space := range []embed.Space{whole, part} {
		var vectors []indexer.TextVector
		for i, f := range files {
			for _, text := range f.Texts {
				if space.ID == "part" && i%2 == 1 {
					continue
				}
				sum := sha256.Sum256([]byte(text))
				vectors = append(vectors, indexer.TextVector{Digest: hex.EncodeToString(sum[:]), Vector: Vector(text, space.Dimensions)})
			}
		}
		if err := s.PutVectors(ctx, space.ID, vectors); err != nil {
			return err
		}
	}
	// A file that changed, and one that went: IDs have holes.
	if err := s.PutFiles(ctx, "c1", []indexer.File{file("api/client.go", "go", 2, "func Dial connects to a server", "func Redial tries again")}); err != nil {
		return err
	}
	if err := s.RemoveFiles(ctx, []string{"gone.go"}); err != nil {
		return err
	}
	return s.PutRepo(ctx, indexer.RepoState{
		Repo: "/repo", Rev: "0123456789012345678901234567890123456789", Dirty: true, Skipped: map[string]int{"binary": 2},
		Time: 1700000000, Chunker: "c1", Languages: map[string]string{"go": "go", "python": "none"},
	})
}

func ask(ctx context.Context, s *sqlite.Store) (Answers, error) {
	a := Answers{Dense: map[string][]Hit{}, Lexical: map[string][]Hit{}, Vectors: map[string]map[string]float32{}, Pending: map[string]int{}}
	var err error
	if a.Repo, err = s.Repo(ctx); err != nil {
		return a, err
	}
	if a.Files, err = s.Files(ctx); err != nil {
		return a, err
	}
	if a.Spaces, err = s.Spaces(ctx); err != nil {
		return a, err
	}
	for _, sp := range a.Spaces {
		id := sp.Space.ID
		hits, err := s.Dense(ctx, id, Vector("question", sp.Space.Dimensions), search.Filter{}, 100, true)
		if err != nil {
			return a, err
		}
		if a.Dense[id], err = places(ctx, s, hits); err != nil {
			return a, err
		}
		a.Vectors[id] = map[string]float32{}
		for _, h := range hits {
			v, _, err := s.VectorOf(ctx, id, h.ID)
			if err != nil {
				return a, err
			}
			a.Vectors[id][fmt.Sprint(h.ID)] = v[0]
		}
		if a.Pending[id], err = s.PendingCount(ctx, id); err != nil {
			return a, err
		}
	}
	for _, q := range []string{"server", "file", "Redial"} {
		hits, err := s.Lexical(ctx, q, search.Filter{}, 100)
		if err != nil {
			return a, err
		}
		if a.Lexical[q], err = places(ctx, s, hits); err != nil {
			return a, err
		}
	}
	return a, nil
}

func places(ctx context.Context, s *sqlite.Store, hits []search.Scored) ([]Hit, error) {
	ids := make([]search.ID, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	chunks, err := s.Chunks(ctx, ids)
	out := make([]Hit, len(chunks))
	for i, c := range chunks {
		out[i] = Hit{hits[i].ID, c.Path, c.Chunk.StartLine, hits[i].Score}
	}
	return out, err
}
