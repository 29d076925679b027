package indexertest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/adapterstest"
	"loradex/indexer"
	"loradex/internal/fault"
)

// This file tests spaces, pending texts and vectors of a store.

func testPending(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	must(t, s.PutSpace(ctx, Space("other", 64), false))
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{
		File("a.go", "go", "one", "two", "shared"), File("b.py", "python", "three", "shared", "shared"),
	}))
	all, _, err := s.Pending(ctx, "s", "", 100)
	must(t, err)
	var texts []string
	for _, p := range all {
		if p.Digest != indexer.TextDigest(p.Text) {
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
			page, _, err := s.Pending(ctx, "s", after, size)
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
	_, _, err = s.Pending(ctx, "s", "no cursor", 1)
	wantCode(t, err, fault.Invalid, "a cursor that is none")
	// What changes is newest, whatever it was before.
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{File("a.go", "go", "one", "two", "shared", "four")}))
	first, _, err := s.Pending(ctx, "s", "", 3)
	must(t, err)
	if len(first) != 3 || first[0].Text != "embedded four" || first[1].Text != "embedded shared" || first[2].Text != "embedded two" {
		t.Errorf("pending after a change: %v", first)
	}
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{File("a.go", "go", "one", "two", "shared")}))
	must(t, s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: all[0].Digest, Vector: UnitVector("x", 70)}}))
	for id, want := range map[string]int{"s": 3, "other": 4} {
		n := s.pending(t, id)
		if n != want {
			t.Errorf("PendingCount(%s) = %d, want %d", id, n, want)
		}
	}
}

// testCovered: chunks are counted, not texts, and only those of the languages asked for.
func testCovered(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{
		File("a.go", "go", "one", "two", "shared"), File("b.py", "python", "three", "shared", "shared"), File("LICENSE", "", "four"),
	}))
	put := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			must(t, s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: indexer.TextDigest("embedded " + text), Vector: UnitVector(text, 70)}}))
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

func testSpaces(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{File("a.go", "go", "one", "two", "one")}))
	a, b := Space("a", 70), Space("b", 384)
	b.Mix, b.MixDigest = adapterstest.Mix("go*0.5"), "d1"
	must(t, s.PutSpace(ctx, a, false)) // the first becomes the default
	must(t, s.PutSpace(ctx, b, false))
	s.encodeAll(ctx, t, "a", 70)
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
	wantCode(t, s.PutSpace(ctx, Space("a", 71), false), fault.Conflict, "other dimensions")
	wantCode(t, s.PutSpace(ctx, Space("", 70), false), fault.Invalid, "no ID")
	wantCode(t, s.PutSpace(ctx, Space("c", 0), false), fault.Invalid, "no dimensions")
	check(indexer.SpaceState{Space: a, Vectors: 3}, indexer.SpaceState{Space: b, Default: true})
}

// testPendingOfCachedTexts: vectors may arrive before the text does.
func testPendingOfCachedTexts(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	must(t, s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: indexer.TextDigest("embedded later"), Vector: UnitVector("embedded later", 70)}}))
	if n := s.pending(t, "s"); n != 0 {
		t.Errorf("a vector without a chunk is pending: %d", n)
	}
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{File("a.go", "go", "later", "now")}))
	page, total, err := s.Pending(ctx, "s", "", 10)
	must(t, err)
	if len(page) != 1 || total != 1 || page[0].Text != "embedded now" {
		t.Errorf("pending %v, %d in all, want the one new text", page, total)
	}
	// The text of such a vector is known now, for other spaces.
	must(t, s.PutSpace(ctx, Space("s2", 70), false))
	page, _, err = s.Pending(ctx, "s2", "", 10)
	must(t, err)
	if len(page) != 2 || page[0].Text == "" || page[1].Text == "" {
		t.Errorf("pending in a new space: %v", page)
	}
}

func testDropSpace(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{File("a.go", "go", "one", "two")}))
	must(t, s.PutSpace(ctx, Space("a", 70), true))
	must(t, s.PutSpace(ctx, Space("b", 64), false))
	s.encodeAll(ctx, t, "a", 70)
	s.encodeAll(ctx, t, "b", 64)
	must(t, s.DropSpace(ctx, "a"))
	spaces, err := s.Spaces(ctx)
	must(t, err)
	if want := []indexer.SpaceState{{Space: Space("b", 64), Vectors: 2, Default: true}}; !slices.Equal(spaces, want) {
		t.Errorf("Spaces = %+v, want %+v", spaces, want)
	}
	wantCode(t, s.DropSpace(ctx, "a"), fault.NotFound, "dropping twice")
	// A space of that name starts empty, even with other dimensions.
	must(t, s.PutSpace(ctx, Space("a", 64), false))
	if n := s.pending(t, "a"); n != 2 {
		t.Errorf("%d pending in the new space, want 2", n)
	}
}

func testUnknownSpace(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	_, _, err := s.Pending(ctx, "no", "", 1)
	wantCode(t, err, fault.NotFound, "Pending")
	err = s.PutVectors(ctx, "no", []indexer.TextVector{{Digest: indexer.TextDigest("x"), Vector: UnitVector("q", 70)}})
	wantCode(t, err, fault.NotFound, "PutVectors")
	wantCode(t, s.DropSpace(ctx, "no"), fault.NotFound, "DropSpace")
}

func testBadVectors(t *testing.T, s store) {
	ctx := t.Context()
	must(t, s.PutSpace(ctx, Space("s", 70), true))
	must(t, s.PutFiles(ctx, Chunker, []indexer.File{File("a.go", "go", "one", "two")}))
	for name, v := range BadVectors(70) {
		good := indexer.TextVector{Digest: indexer.TextDigest("embedded one"), Vector: UnitVector("x", 70)}
		err := s.PutVectors(ctx, "s", []indexer.TextVector{good, {Digest: indexer.TextDigest("embedded two"), Vector: v}})
		wantCode(t, err, fault.Invalid, "PutVectors of a vector: "+name)
	}
	err := s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: "xyz", Vector: UnitVector("x", 70)}})
	wantCode(t, err, fault.Invalid, "bad digest")
	n := s.pending(t, "s")
	if n != 2 {
		t.Errorf("a refused call stored vectors: %d of 2 pending", n)
	}
}
