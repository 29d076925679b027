package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"loradex/embed"
	"loradex/indexer"
	"loradex/search"
	"loradex/search/sqlite"
	"loradex/search/tokens"
)

// childWrites writes versions of the same files for ever, and says what is done. Each version is one call for all
// files, so that a reader can tell half of one.
func childWrites(dir string) error {
	ctx := context.Background()
	s, err := openIndex(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	if err := s.PutSpace(ctx, embed.Space{ID: spaceID, Dimensions: dims}, true); err != nil {
		return err
	}
	for version := 1; ; version++ {
		var files []indexer.File
		for i := range killFiles {
			files = append(files, makeFile(fmt.Sprintf("f%d.go", i), version, killChunks))
		}
		if err := s.PutFiles(ctx, "c", files); err != nil {
			return err
		}
		fmt.Println("files", version)
		for _, f := range files {
			if err := s.PutVectors(ctx, spaceID, vectorsOf(f)); err != nil {
				return err
			}
		}
		if err := s.PutRepo(ctx, indexer.RepoState{Time: int64(version)}); err != nil {
			return err
		}
		fmt.Println("repo", version)
	}
}

const (
	killFiles  = 6
	killChunks = 5
)

// TestKilledWriter kills a writing process again and again, at moments of chance, and looks at what it left: whole
// calls, nothing that was reported done missing, and an index that the next run continues.
func TestKilledWriter(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for range 6 {
		version := runAndKill(t, dir, time.Duration(r.IntN(120))*time.Millisecond)
		s := open(t, dir, sqlite.Options{})
		report, err := s.Check(t.Context())
		must(t, err)
		if len(report.Problems) > 0 {
			t.Fatalf("after a kill: %v", report.Problems)
		}
		files, err := s.Files(t.Context())
		must(t, err)
		versions := map[string]bool{}
		for _, f := range files {
			versions[f.Blob] = true
		}
		if len(files) != killFiles && len(files) != 0 || len(versions) > 1 {
			t.Fatalf("half a call is there: %v", files)
		}
		if version > 0 && !versions[fmt.Sprintf("%040d", version)] && !versions[fmt.Sprintf("%040d", version+1)] {
			t.Fatalf("version %d was done, found %v", version, versions)
		}
		if len(files) > 0 {
			complete(t, s, files)
		}
		must(t, s.Close())
	}
}

// runAndKill runs the writer, kills it some time after its first words and returns the last version it reported.
func runAndKill(t *testing.T, dir string, after time.Duration) int {
	t.Helper()
	cmd := child(t, "write", dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	last := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last == 0 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // only fails where the process is gone
		}
		what, n, ok := strings.Cut(lines.Text(), " ")
		if !ok || what != "files" && what != "repo" {
			t.Fatalf("the writer says %q", lines.Text())
		}
		_, err := fmt.Sscan(n, &last)
		must(t, err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the writer ended by itself")
	}
	return last
}

// complete finishes what the killed process began, and searches.
func complete(t *testing.T, s *index, files map[string]indexer.FileState) {
	t.Helper()
	pending, _, err := s.Pending(t.Context(), spaceID, "", 1000)
	must(t, err)
	for _, p := range pending {
		must(t, s.PutVectors(t.Context(), spaceID, []indexer.TextVector{{Digest: p.Digest, Vector: vectorOf(p.Text)}}))
	}
	hits, err := s.Dense(t.Context(), spaceID, vectorOf("q"), search.Filter{}, 100, false)
	must(t, err)
	words, _, err := s.Lexical(t.Context(), search.Terms(tokens.Unique("common")), search.Filter{}, 100)
	must(t, err)
	if want := len(files) * killChunks; len(hits) != want || len(words) != want {
		t.Fatalf("%d and %d hits, want %d", len(hits), len(words), want)
	}
}
