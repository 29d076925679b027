package sqlite_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"loradex/embed"
	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/search"
)

// This file makes indexes for the tests, and runs parts of tests in child processes.

const (
	dims    = 70 // not a multiple of 64
	spaceID = "space"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// makeFile returns a file with n chunks whose texts name the file, the version and the chunk.
func makeFile(path string, version, n int) indexer.File {
	f := indexer.File{Path: path, Language: "go", Blob: fmt.Sprintf("%040d", version)}
	for i := range n {
		text := fmt.Sprintf("common %s version%d chunk%d", path, version, i)
		f.Chunks = append(f.Chunks, indexer.Chunk{StartLine: i + 1, EndLine: i + 1, Kind: "window", Text: text})
		f.Texts = append(f.Texts, text)
	}
	return f
}

// vectorsOf returns the vectors of a file's texts.
func vectorsOf(f indexer.File) []indexer.TextVector {
	var out []indexer.TextVector
	for _, text := range f.Texts {
		sum := sha256.Sum256([]byte(text))
		out = append(out, indexer.TextVector{Digest: hex.EncodeToString(sum[:]), Vector: vectorOf(text)})
	}
	return out
}

func vectorOf(text string) []float32 {
	r := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(text))))
	return indexertest.RandomVector(r, dims)
}

// fill stores files f0..f(n-1) of some chunks each, with vectors.
func fill(t testing.TB, s *index, n, chunks int) {
	t.Helper()
	must(t, s.PutSpace(t.Context(), embed.Space{ID: spaceID, Dimensions: dims}, true))
	for i := range n {
		f := makeFile(fmt.Sprintf("f%d.go", i), 1, chunks)
		must(t, s.PutFiles(t.Context(), "c", []indexer.File{f}))
		must(t, s.PutVectors(t.Context(), spaceID, vectorsOf(f)))
	}
}

// top returns the hundred best hits for a text, exact or not.
func top(t testing.TB, s *index, text string, exact bool) []search.Scored {
	t.Helper()
	hits, err := s.Dense(t.Context(), spaceID, vectorOf(text), search.Filter{}, 100, exact)
	must(t, err)
	return hits
}

// vectorFiles returns the paths of the derived files with a suffix.
func vectorFiles(t testing.TB, dir, suffix string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "vectors", "*"+suffix))
	must(t, err)
	return files
}

// childRole names what a child process does instead of running tests.
const childRole = "SQLITE_TEST_CHILD"

var roles = map[string]func(dir string) error{"write": childWrites, "limited": childIsLimited, "readonly": childReads, "upgrade": childUpgrades}

func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		if err := roles[role](os.Args[len(os.Args)-1]); err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child returns a command that runs a role in a process of its own.
func child(t testing.TB, role, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], dir)
	cmd.Env = append(os.Environ(), childRole+"="+role)
	return cmd
}

// lockDatabase takes the write lock of an index, as another process would, and returns what gives it back.
func lockDatabase(t testing.TB, dir string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "index.db")+"?_txlock=immediate")
	must(t, err)
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	return func() {
		must(t, tx.Rollback())
		must(t, db.Close())
	}
}
