package qdrant_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/tokens"
)

// This file tests calls that fail half-way, writers that die, what is left behind.

// state is what an index holds, for comparison.
func state(t *testing.T, s *index) (files []string, hits []search.Scored) {
	t.Helper()
	all, err := s.Files(t.Context())
	must(t, err)
	for path := range all {
		files = append(files, path)
	}
	slices.Sort(files)
	hits, err = s.Dense(t.Context(), "s", unit(1), search.Filter{}, 100, true)
	must(t, err)
	return files, hits
}

// TestFailedCallLeavesNothing lets each request of a call fail in turn.
func TestFailedCallLeavesNothing(t *testing.T) {
	defer fault.ExpectBugs()()
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{Retries: -1, Lease: 50 * time.Millisecond})
	filled(t, s)
	files, hits := state(t, s)
	failure := status.Error(codes.Internal, "disk")
	for _, method := range []string{"Points/Upsert", "Points/SetPayload", "Points/Get"} {
		failed := false
		for n := range 8 {
			errs := append(make([]error, n), failure)
			d.fail(method, errs...)
			err := s.PutFiles(t.Context(), "c", []indexer.File{file("api/a.go", 2), file("b.go", 1)})
			d.fail(method)
			if err == nil {
				// The failure came after all that this call sends: it wrote. Put the old state back.
				must(t, s.RemoveFiles(t.Context(), []string{"b.go"}))
				must(t, s.PutFiles(t.Context(), "c", []indexer.File{file("api/a.go", 3)}))
				_, hits = state(t, s)
				continue
			}
			failed = true
			nowFiles, nowHits := state(t, s)
			if committed := slices.Contains(nowFiles, "b.go"); committed {
				// Only the answer to the last write, or the look at it, was lost.
				must(t, s.RemoveFiles(t.Context(), []string{"b.go"}))
				must(t, s.PutFiles(t.Context(), "c", []indexer.File{file("api/a.go", 3)}))
				_, hits = state(t, s)
			} else if !slices.Equal(nowFiles, files) || !slices.Equal(nowHits, hits) {
				t.Fatalf("%s failing after %d: files %v, hits %v; before %v, %v", method, n, nowFiles, nowHits, files, hits)
			}
		}
		if !failed {
			t.Errorf("no call failed with %s", method)
		}
	}
}

// TestFailedCallOfATree lets each request of calls that share and part with files fail in turn: what the trees have stays.
func TestFailedCallOfATree(t *testing.T) {
	defer fault.ExpectBugs()()
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{Retries: -1, Lease: 50 * time.Millisecond})
	filled(t, s)
	ctx, branch := t.Context(), indexer.Tree{Branch: "b"}
	both, own := file("api/a.go", 3), file("b.go", 1)
	must(t, s.tree(branch).PutFiles(ctx, "c", []indexer.File{own}))
	must(t, s.PutVectors(ctx, "s", vectorsOf(own)))
	look := func() (out [][]search.ID) {
		for _, trees := range [][]indexer.Tree{nil, {{}}, {branch}} {
			hits, err := s.Dense(ctx, "s", unit(1), search.Filter{Trees: trees}, 100, true)
			must(t, err)
			words, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("part0 part1 part2")), search.Filter{Trees: trees}, 100)
			must(t, err)
			for _, list := range [][]search.Scored{hits, words} {
				var ids []search.ID
				for _, h := range list {
					ids = append(ids, h.ID)
				}
				slices.Sort(ids)
				out = append(out, ids)
			}
		}
		return out
	}
	equal := func(a, b [][]search.ID) bool { return slices.EqualFunc(a, b, slices.Equal[[]search.ID]) }
	failure := status.Error(codes.Internal, "disk")
	apart := look()
	must(t, s.tree(branch).PutFiles(ctx, "c", []indexer.File{both}))
	together := look()
	if len(together[4]) != 4 || equal(apart, together) {
		t.Fatalf("apart %v, together %v", apart, together)
	}
	must(t, s.tree(branch).RemoveFiles(ctx, []string{both.Path}))
	for _, method := range []string{"Points/Upsert", "Points/SetPayload", "Points/Scroll"} {
		for n := range 10 {
			for _, join := range []bool{true, false} {
				call := func() error { return s.tree(branch).PutFiles(ctx, "c", []indexer.File{both}) }
				before, after := apart, together
				if !join {
					call = func() error { return s.tree(branch).RemoveFiles(ctx, []string{both.Path}) }
					before, after = together, apart
				}
				d.fail(method, append(make([]error, n), failure)...)
				err := call()
				d.fail(method)
				now := look()
				if err == nil && !equal(now, after) || err != nil && !equal(now, before) && !equal(now, after) {
					t.Fatalf("%s failing after %d, join %v, %v: %v; before %v, after %v", method, n, join, err, now, before, after)
				}
				must(t, call())
				if now := look(); !equal(now, after) {
					t.Fatalf("%s failed after %d, join %v: then %v, want %v", method, n, join, now, after)
				}
			}
		}
	}
}

// TestOldFormat: an index of a format that knew no trees is refused, and says what to do.
func TestOldFormat(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{})
	filled(t, s)
	d.setFormat(t, s.Collection(), 1)
	_, err := qdrant.Open(t.Context(), "index", qdrant.Options{Address: d.address})
	if fault.CodeOf(err) != fault.Unsupported || !strings.Contains(err.Error(), "format 1") || fault.HintOf(err) == "" {
		t.Errorf("format 1: %v (%s)", err, fault.HintOf(err))
	}
	d.setFormat(t, s.Collection(), 9)
	if _, err := qdrant.Open(t.Context(), "index", qdrant.Options{Address: d.address}); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("format 9: %v", err)
	}
}

// TestOneTreeAsksNothingMore: searches of an index of one tree do not ask about trees.
func TestOneTreeAsksNothingMore(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{})
	filled(t, s)
	asks := func() bool {
		t.Helper()
		d.reset()
		_, err := s.Dense(t.Context(), "s", unit(1), search.Filter{Trees: []indexer.Tree{{}}}, 1, false)
		must(t, err)
		calls := d.record("Points/Query")
		return strings.Contains(calls[len(calls)-1].request.(*client.QueryPoints).String(), "tree1_from")
	}
	if asks() {
		t.Error("a search of the only tree asks about it")
	}
	must(t, s.tree(indexer.Tree{Branch: "b"}).PutFiles(t.Context(), "c", []indexer.File{file("b.go", 1)}))
	if !asks() {
		t.Error("a search of one of two trees does not ask about it")
	}
}

// TestDeadWriter: a writer that stops in the middle is taken over after its lease, and what it left is removed.
func TestDeadWriter(t *testing.T) {
	d := startDouble(t)
	o := qdrant.Options{Retries: -1, Lease: 200 * time.Millisecond, Timeout: 10 * time.Second}
	s := opened(t, d, o)
	filled(t, s)
	files, hits := state(t, s)
	// Everything after the claim fails, also the cleaning up: as if the process was gone.
	gone := slices.Repeat([]error{status.Error(codes.Unavailable, "gone")}, 100)
	d.fail("Points/Upsert", append(make([]error, 2), gone...)...) // the claim and one batch of points pass
	d.fail("Points/Delete", gone...)
	if err := s.PutFiles(t.Context(), "c", []indexer.File{file("api/a.go", 2), file("b.go", 1)}); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("PutFiles without a server: %v", err)
	}
	d.fail("Points/Upsert")
	d.fail("Points/Delete")
	if nowFiles, nowHits := state(t, s); !slices.Equal(nowFiles, files) || !slices.Equal(nowHits, hits) {
		t.Errorf("half a call is seen: %v, %v", nowFiles, nowHits)
	}
	other := opened(t, d, o)
	must(t, other.RemoveFiles(t.Context(), []string{"nothing.go"}))
	if nowFiles, nowHits := state(t, other); !slices.Equal(nowFiles, files) || !slices.Equal(nowHits, hits) {
		t.Errorf("after the take-over: %v, %v", nowFiles, nowHits)
	}
	n, err := other.ChunkCount(t.Context())
	must(t, err)
	if n != 3 {
		t.Errorf("%d chunks, want 3", n)
	}
}

// TestTakenOver: a writer whose claim was taken over does not get its call through.
func TestTakenOver(t *testing.T) {
	d := startDouble(t)
	slow := opened(t, d, qdrant.Options{Lease: time.Hour}) // shows no sign of life
	other := opened(t, d, qdrant.Options{Lease: 20 * time.Millisecond})
	filled(t, slow)
	d.reset()
	d.setHang("Points/SetPayload", 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	go func() { done <- slow.PutFiles(ctx, "c", []indexer.File{file("slow.go", 1)}) }()
	for len(d.record("Points/SetPayload")) == 0 {
		time.Sleep(time.Millisecond)
	}
	must(t, other.PutFiles(t.Context(), "c", []indexer.File{file("other.go", 1)}))
	cancel()
	if err := <-done; fault.CodeOf(err) != fault.Canceled {
		t.Errorf("the canceled call: %v", err)
	}
	if files, _ := state(t, other); !slices.Equal(files, []string{"api/a.go", "other.go"}) {
		t.Errorf("files %v", files)
	}
}

// TestLongCallShowsLife: a call of many requests renews its claim on the way, and still gets through.
func TestLongCallShowsLife(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{Batch: 5, Lease: 4}) // nanoseconds: a sign of life is always due
	d.reset()
	must(t, s.PutFiles(t.Context(), "c", []indexer.File{file("a.go", 50)}))
	heads := 0
	for _, c := range d.record("Points/Upsert") {
		if r := c.request.(*client.UpsertPoints); r.GetUpdateFilter() != nil {
			heads++
		}
	}
	n, err := s.ChunkCount(t.Context())
	must(t, err)
	if n != 50 || heads < 10 {
		t.Errorf("%d chunks, head written %d times, want at least 10", n, heads)
	}
}

func TestOldGenerationsAreDeleted(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{})
	filled(t, s)
	for range 100 {
		must(t, s.PutFiles(t.Context(), "c", []indexer.File{file("api/a.go", 3)}))
	}
	all, err := s.Describe(t.Context())
	must(t, err)
	h := all.Server
	for _, c := range h.Collections {
		if c.Points > 40*4 { // of at most 32 old generations and the present one: a file and three chunks
			t.Errorf("%s holds %d points", c.Name, c.Points)
		}
	}
	if _, hits := state(t, s); len(hits) != 3 {
		t.Errorf("%d hits, want 3", len(hits))
	}
}

func TestTextVectors(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{})
	filled(t, s)
	_, n, err := s.Pending(t.Context(), "s", "", 0)
	must(t, err)
	vectors, err := s.TextVectors(t.Context(), "s", []string{"api/a.go part1", "unknown"})
	must(t, err)
	if n != 0 || !slices.Equal(vectors[0], unit(1)) || vectors[1] != nil {
		t.Errorf("%d pending, vectors of texts %v", n, vectors)
	}
}

// TestCopy makes a second index out of what the first one tells.
func TestCopy(t *testing.T) {
	d := startDouble(t)
	from := opened(t, d, qdrant.Options{})
	filled(t, from)
	to := open(t, "copy", qdrant.Options{Address: d.address})
	defer to.Close() //nolint:errcheck // nothing hangs on it
	ctx := t.Context()
	files, err := from.Files(ctx)
	must(t, err)
	spaces, err := from.Spaces(ctx)
	must(t, err)
	must(t, to.PutSpace(ctx, spaces[0].Space, true))
	for path, f := range files {
		chunks, err := from.At(ctx, nil, path, 0, 0)
		must(t, err)
		file := indexer.File{Path: path, Blob: f.Blob, Language: f.Language, Stat: f.Stat}
		for _, c := range chunks {
			file.Chunks = append(file.Chunks, c.Chunk)
			file.Texts = append(file.Texts, c.Chunk.Text)
		}
		must(t, to.PutFiles(ctx, "c", []indexer.File{file}))
		must(t, to.PutVectors(ctx, "s", vectorsOf(file)))
	}
	wantFiles, want := state(t, from)
	gotFiles, got := state(t, to)
	if !slices.Equal(gotFiles, wantFiles) || !slices.Equal(got, want) {
		t.Errorf("the copy holds %v, %v, want %v, %v", gotFiles, got, wantFiles, want)
	}
}

// TestLeftCollectionsAreSwept: what a dropped space left is deleted by the next complete scan, and nothing else.
func TestLeftCollectionsAreSwept(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{Retries: -1})
	filled(t, s)
	neighbour := open(t, "other", qdrant.Options{Address: d.address})
	defer neighbour.Close() //nolint:errcheck // it only stands by
	must(t, neighbour.PutSpace(t.Context(), embed.Space{ID: "s", Dimensions: dims}, true))
	d.fail("Collections/Delete", status.Error(codes.Unavailable, "no"))
	must(t, s.DropSpace(t.Context(), "s"))
	if left, _ := d.names(t); len(left) != 4 {
		t.Fatalf("%v are left, want 4: the deletion failed", left)
	}
	must(t, s.PutRepo(t.Context(), indexer.RepoState{}))
	if left, aliases := d.names(t); len(left) != 3 || aliases != 1 {
		t.Errorf("%v and %d aliases are left, want 3 and 1", left, aliases)
	}
	must(t, qdrant.Destroy(t.Context(), "index", qdrant.Options{Address: d.address}))
	left, _ := d.names(t)
	for _, name := range left {
		if !strings.HasPrefix(name, neighbour.Collection()) {
			t.Errorf("%s is left", name)
		}
	}
	must(t, qdrant.Destroy(t.Context(), "index", qdrant.Options{Address: d.address}))
}

func TestReadOnly(t *testing.T) {
	d := startDouble(t)
	o := qdrant.Options{Address: d.address, ReadOnly: true}
	if _, err := qdrant.Open(t.Context(), "index", o); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an index that is not there: %v", err)
	}
	filled(t, opened(t, d, qdrant.Options{}))
	s := opened(t, d, o)
	if _, hits := state(t, s); len(hits) != 3 {
		t.Errorf("%d hits, want 3", len(hits))
	}
	if err := s.RemoveFiles(t.Context(), []string{"api/a.go"}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("writing: %v", err)
	}
}
