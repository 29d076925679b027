package storetest

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/adapterstest"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file tests spaces, pending texts and vectors.

func testPending(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutSpace(ctx, space("other", 64), false))
	must(t, s.PutFiles(ctx, chunker, []indexer.File{
		file("a.go", "go", "one", "two", "shared"), file("b.py", "python", "three", "shared", "shared"),
	}))
	all, err := s.Pending(ctx, "s", "", 100)
	must(t, err)
	var texts []string
	for _, p := range all {
		if p.Digest != digest(p.Text) {
			t.Errorf("digest of %q is %s", p.Text, p.Digest)
		}
		texts = append(texts, p.Text)
	}
	slices.Sort(texts)
	if want := []string{"embedded one", "embedded shared", "embedded three", "embedded two"}; !slices.Equal(texts, want) {
		t.Errorf("pending %q, want %q", texts, want)
	}
	for _, p := range all {
		if want := map[string]string{"embedded one": "go", "embedded three": "python", "embedded shared": "go"}[p.Text]; want != "" && p.Language != want {
			t.Errorf("%q has language %q, want %q", p.Text, p.Language, want)
		}
	}
	for _, p := range all {
		if shared := p.Text == "embedded shared"; shared != slices.Equal(p.Others, []string{"python"}) || !shared && p.Others != nil {
			t.Errorf("%q has other languages %q", p.Text, p.Others)
		}
	}
	var order []string
	for _, p := range all {
		order = append(order, strings.TrimPrefix(p.Text, "embedded "))
	}
	if want := []string{"shared", "three", "two", "one"}; !slices.Equal(order, want) {
		t.Errorf("pending in the order %q, want the newest chunk first: %q", order, want)
	}
	// Pages of any size give the same list, also where vectors come in between.
	for _, size := range []int{1, 3} {
		var paged []indexer.PendingText
		for after := ""; ; {
			page, err := s.Pending(ctx, "s", after, size)
			must(t, err)
			if len(page) == 0 {
				break
			}
			paged = append(paged, page...)
			after = page[len(page)-1].Cursor
		}
		if !reflect.DeepEqual(paged, all) {
			t.Errorf("pages of %d: %v, in one go %v", size, paged, all)
		}
	}
	_, err = s.Pending(ctx, "s", "no cursor", 1)
	wantCode(t, err, fault.Invalid, "a cursor that is none")
	// What changes is newest, whatever it was before.
	must(t, s.PutFiles(ctx, chunker, []indexer.File{file("a.go", "go", "one", "two", "shared", "four")}))
	first, err := s.Pending(ctx, "s", "", 3)
	must(t, err)
	if len(first) != 3 || first[0].Text != "embedded four" || first[1].Text != "embedded shared" || first[2].Text != "embedded two" {
		t.Errorf("pending after a change: %v", first)
	}
	must(t, s.PutFiles(ctx, chunker, []indexer.File{file("a.go", "go", "one", "two", "shared")}))
	must(t, s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: all[0].Digest, Vector: vector("x", 70)}}))
	for id, want := range map[string]int{"s": 3, "other": 4} {
		n, err := s.PendingCount(ctx, id)
		must(t, err)
		if n != want {
			t.Errorf("PendingCount(%s) = %d, want %d", id, n, want)
		}
	}
}

// testCovered: chunks are counted, not texts, and only those of the languages asked for.
func testCovered(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutFiles(ctx, chunker, []indexer.File{
		file("a.go", "go", "one", "two", "shared"), file("b.py", "python", "three", "shared", "shared"), file("LICENSE", "", "four"),
	}))
	put := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			must(t, s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: digest("embedded " + text), Vector: vector(text, 70)}}))
		}
	}
	check := func(want int, languages ...string) {
		t.Helper()
		n, err := s.Covered(ctx, "s", languages)
		must(t, err)
		if n != want {
			t.Errorf("Covered(%q) = %d, want %d", languages, n, want)
		}
	}
	check(0)
	put("one", "shared", "four")
	check(5)
	check(2, "go")
	check(2, "python")
	check(1, "")
	check(0, "java")
	check(3, "java", "go", "")
	must(t, s.RemoveFiles(ctx, []string{"a.go"}))
	check(3)
	check(0, "go")
	n, err := s.Covered(ctx, "s", []string{})
	must(t, err)
	if n != 0 {
		t.Errorf("%d chunks of no language", n)
	}
	_, err = s.Covered(ctx, "no", nil)
	wantCode(t, err, fault.NotFound, "Covered")
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// testPendingOfCachedTexts: vectors may arrive before the text does, and stay when it goes.
func testPendingOfCachedTexts(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: digest("embedded later"), Vector: vector("embedded later", 70)}}))
	n, err := s.PendingCount(ctx, "s")
	must(t, err)
	if n != 0 {
		t.Errorf("a vector without a chunk is pending: %d", n)
	}
	f := file("a.go", "go", "later", "now")
	must(t, s.PutFiles(ctx, chunker, []indexer.File{f}))
	page, err := s.Pending(ctx, "s", "", 10)
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
	page, err = s.Pending(ctx, "s2", "", 10)
	must(t, err)
	if len(page) != 2 || page[0].Text == "" || page[1].Text == "" {
		t.Errorf("pending in a new space: %v", page)
	}
}

func testSpaces(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutFiles(ctx, chunker, []indexer.File{file("a.go", "go", "one", "two", "one")}))
	a, b := space("a", 70), space("b", 384)
	b.Mix, b.MixDigest = adapterstest.Mix("go*0.5"), "d1"
	must(t, s.PutSpace(ctx, a, false)) // the first becomes the default
	must(t, s.PutSpace(ctx, b, false))
	encodeAll(t, s, "a", 70)
	check := func(want ...indexer.SpaceState) {
		t.Helper()
		got, err := s.Spaces(ctx)
		must(t, err)
		if !slices.Equal(got, want) {
			t.Errorf("Spaces\n got %+v\nwant %+v", got, want)
		}
	}
	check(indexer.SpaceState{Space: a, Vectors: 3, Default: true}, indexer.SpaceState{Space: b})
	must(t, s.PutSpace(ctx, b, true))
	check(indexer.SpaceState{Space: a, Vectors: 3}, indexer.SpaceState{Space: b, Default: true})
	must(t, s.PutSpace(ctx, a, false)) // registering again takes nothing away
	must(t, s.PutSpace(ctx, b, false))
	check(indexer.SpaceState{Space: a, Vectors: 3}, indexer.SpaceState{Space: b, Default: true})
	wantCode(t, s.PutSpace(ctx, space("a", 71), false), fault.Conflict, "other dimensions")
	wantCode(t, s.PutSpace(ctx, space("", 70), false), fault.Invalid, "no ID")
	wantCode(t, s.PutSpace(ctx, space("c", 0), false), fault.Invalid, "no dimensions")
	check(indexer.SpaceState{Space: a, Vectors: 3}, indexer.SpaceState{Space: b, Default: true})
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
	pending, err := s.PendingCount(ctx, "a")
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
	_, _, err = s.VectorOf(ctx, "no", 1)
	wantCode(t, err, fault.NotFound, "VectorOf")
	_, err = s.Pending(ctx, "no", "", 1)
	wantCode(t, err, fault.NotFound, "Pending")
	_, err = s.PendingCount(ctx, "no")
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
	nan, inf := vector("n", 70), vector("i", 70)
	nan[3], inf[3] = float32(math.NaN()), float32(math.Inf(1))
	long := vector("l", 70)
	for i := range long {
		long[i] *= 2
	}
	for name, v := range map[string][]float32{
		"short": vector("x", 69), "longer": vector("x", 71), "none": nil, "NaN": nan, "infinite": inf,
		"zero": make([]float32, 70), "not unit": long,
	} {
		good := indexer.TextVector{Digest: digest("embedded one"), Vector: vector("x", 70)}
		err := s.PutVectors(ctx, "s", []indexer.TextVector{good, {Digest: digest("embedded two"), Vector: v}})
		wantCode(t, err, fault.Invalid, "PutVectors of a vector: "+name)
		_, err = s.Dense(ctx, "s", v, search.Filter{}, 1, false)
		wantCode(t, err, fault.Invalid, "Dense with a vector: "+name)
	}
	err := s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: "xyz", Vector: vector("x", 70)}})
	wantCode(t, err, fault.Invalid, "bad digest")
	n, err := s.PendingCount(ctx, "s")
	must(t, err)
	if n != 2 {
		t.Errorf("a refused call stored vectors: %d of 2 pending", n)
	}
}
