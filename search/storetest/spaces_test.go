package storetest_test

import (
	"testing"

	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
	"loradex/search"
)

// This file tests spaces, pending texts and vectors.

// testPendingOfCachedTexts: vectors may arrive before the text does, and stay when it goes.
func testPendingOfCachedTexts(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: digest("embedded later"), Vector: vector("embedded later", 70)}}))
	n, err := s.pendingCount(ctx, "s")
	must(t, err)
	if n != 0 {
		t.Errorf("a vector without a chunk is pending: %d", n)
	}
	f := file("a.go", "go", "later", "now")
	must(t, s.PutFiles(ctx, chunker, []indexer.File{f}))
	page, _, err := s.Pending(ctx, "s", "", 10)
	must(t, err)
	if len(page) != 1 || page[0].Text != "embedded now" {
		t.Errorf("pending %v, want the one new text", page)
	}
	q := vector("q", 70)
	hits, err := s.Dense(ctx, "s", q, search.Filter{}, 10, false)
	must(t, err)
	only := f
	only.Chunks, only.Texts = f.Chunks[:1], f.Texts[:1]
	sameRanking(t, places(t, s, hits), bruteForce([]indexer.File{only}, q, 10, nil), "cached vector")
	// The text of such a vector is known now, for other spaces.
	must(t, s.PutSpace(ctx, space("s2", 70), false))
	page, _, err = s.Pending(ctx, "s2", "", 10)
	must(t, err)
	if len(page) != 2 || page[0].Text == "" || page[1].Text == "" {
		t.Errorf("pending in a new space: %v", page)
	}
}

func testDropSpace(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutFiles(ctx, chunker, corpus(4)))
	must(t, s.PutSpace(ctx, space("a", 70), true))
	must(t, s.PutSpace(ctx, space("b", 64), false))
	n := encodeAll(t, s, "a", 70)
	encodeAll(t, s, "b", 64)
	must(t, s.DropSpace(ctx, "a"))
	_, err := s.Dense(ctx, "a", vector("q", 70), search.Filter{}, 1, false)
	wantCode(t, err, fault.NotFound, "dropped space")
	spaces, err := s.Spaces(ctx)
	must(t, err)
	if len(spaces) != 1 || spaces[0].Space.ID != "b" || !spaces[0].Default || spaces[0].Vectors == 0 {
		t.Errorf("Spaces = %+v", spaces)
	}
	wantCode(t, s.DropSpace(ctx, "a"), fault.NotFound, "dropping twice")
	// A space of that name starts empty, even with other dimensions.
	must(t, s.PutSpace(ctx, space("a", 64), false))
	pending, err := s.pendingCount(ctx, "a")
	must(t, err)
	hits, err := s.Dense(ctx, "a", vector("q", 64), search.Filter{}, 1, false)
	must(t, err)
	if pending != n || len(hits) != 0 {
		t.Errorf("%d pending and %d hits in the new space, want %d and 0", pending, len(hits), n)
	}
}

func testUnknownSpace(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	v := vector("q", 70)
	_, err := s.Dense(ctx, "no", v, search.Filter{}, 1, false)
	wantCode(t, err, fault.NotFound, "Dense")
	_, err = s.Vectors(ctx, "no", nil)
	wantCode(t, err, fault.NotFound, "Vectors")
	_, err = s.TextVectors(ctx, "no", nil)
	wantCode(t, err, fault.NotFound, "TextVectors")
	_, err = s.Count(ctx, nil, nil, "", "no")
	wantCode(t, err, fault.NotFound, "Count")
	_, _, err = s.Pending(ctx, "no", "", 1)
	wantCode(t, err, fault.NotFound, "Pending")
	_, err = s.pendingCount(ctx, "no")
	wantCode(t, err, fault.NotFound, "PendingCount")
	err = s.PutVectors(ctx, "no", []indexer.TextVector{{Digest: digest("x"), Vector: v}})
	wantCode(t, err, fault.NotFound, "PutVectors")
	wantCode(t, s.DropSpace(ctx, "no"), fault.NotFound, "DropSpace")
}

func testBadVectors(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutFiles(ctx, chunker, []indexer.File{file("a.go", "go", "one", "two")}))
	for name, v := range indexertest.BadVectors(70) {
		_, err := s.Dense(ctx, "s", v, search.Filter{}, 1, false)
		wantCode(t, err, fault.Invalid, "Dense with a vector: "+name)
	}
}
