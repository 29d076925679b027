package storetest_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/tokens"
)

// This file tests indexes of several trees.

var (
	mainTree = indexer.Tree{Branch: "main"}
	nextTree = indexer.Tree{Branch: "feature/next"}
	forkTree = indexer.Tree{Repo: "/fork"}
)

// paths returns the files of a ranking, each once, sorted.
func paths(found []found) []string {
	set := map[string]bool{}
	for _, f := range found {
		set[f.path] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// testTreesShare: what two trees have in common is stored, encoded and found once; what one of them changes or removes
// stays in the other.
func testTreesShare(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	a, b := s.tree(indexer.Tree{}), s.tree(mainTree)
	must(t, a.PutSpace(ctx, space("s", 70), true))
	one, two, three := file("one.go", "go", "first one", "second one"), file("two.go", "go", "alpha two"), file("three.py", "python", "beta three")
	must(t, a.PutFiles(ctx, chunker, []indexer.File{one, two}))
	if got, err := a.Shared(ctx, chunker); err != nil || len(got) != 0 {
		t.Errorf("a single tree shares %v, %v", got, err)
	}
	if n := encodeAll(t, s, "s", 70); n != 3 {
		t.Errorf("%d texts encoded, want 3", n)
	}
	must(t, b.PutFiles(ctx, chunker, []indexer.File{one, three}))
	if n := encodeAll(t, s, "s", 70); n != 1 {
		t.Errorf("%d texts encoded for the second tree, want the one new", n)
	}
	shared, err := b.Shared(ctx, chunker)
	must(t, err)
	key := indexer.FileVersion{Path: "two.go", Blob: two.Blob}
	if f := shared[key]; f.Language != "go" || f.Chunks != 1 {
		t.Errorf("shared with the second tree: %v", shared)
	}
	if other, err := b.Shared(ctx, "test/2"); err != nil || len(other) != 0 {
		t.Errorf("shared by other rules: %v, %v", other, err)
	}
	stat := indexer.Stat{Size: 3, ModTime: 9}
	must(t, b.ShareFiles(ctx, chunker, []indexer.FileState{{Path: "two.go", Blob: two.Blob, Language: "go", Stat: stat}}))
	wantCode(t, b.ShareFiles(ctx, chunker, []indexer.FileState{{Path: "no.go", Blob: "00", Language: "go"}}),
		fault.Conflict, "sharing what is not there")
	check := func(what string, all, inA, inB int) {
		t.Helper()
		for _, c := range []struct {
			trees []indexer.Tree
			want  int
		}{{nil, all}, {[]indexer.Tree{{}, mainTree}, all}, {[]indexer.Tree{{}}, inA}, {[]indexer.Tree{mainTree}, inB}, {[]indexer.Tree{}, 0}, {[]indexer.Tree{forkTree}, 0}} {
			counts, err := s.Count(ctx, c.trees, nil, "", "s")
			must(t, err)
			spaces, err := search.Spaces(ctx, s, c.trees)
			must(t, err)
			dense, err := s.Dense(ctx, "s", vector("q", 70), search.Filter{Trees: c.trees}, 100, false)
			must(t, err)
			words, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("first second alpha beta new")), search.Filter{Trees: c.trees}, 100)
			must(t, err)
			if counts[0] != c.want || counts[1] != c.want || spaces[0].Vectors != c.want || len(dense) != c.want || len(words) != c.want {
				t.Errorf("%s: %d chunks, %d covered, %d in the space, %d and %d hits, want %d",
					what, counts[0], counts[1], spaces[0].Vectors, len(dense), len(words), c.want)
			}
			if c.trees == nil {
				continue
			}
			in := search.In(s.Backend, c.trees...)
			n, err := in.ChunkCount(ctx)
			must(t, err)
			covered, err := in.Covered(ctx, "s", nil)
			must(t, err)
			if n != c.want || covered != c.want {
				t.Errorf("%s: the index of %v has %d chunks and %d vectors, want %d", what, c.trees, n, covered, c.want)
			}
		}
	}
	check("both", 4, 3, 4)
	files, err := b.Files(ctx)
	must(t, err)
	if len(files) != 3 || files["two.go"].Stat != stat || files["one.go"].Stat != one.Stat {
		t.Errorf("files of the second tree: %v", files)
	}
	// One changes it, the other keeps it.
	changed := file("one.go", "go", "new one")
	must(t, a.PutFiles(ctx, chunker, []indexer.File{changed}))
	encodeAll(t, s, "s", 70)
	check("after a change in one", 5, 2, 4)
	for _, c := range []struct {
		tree  indexer.Tree
		lines int
	}{{indexer.Tree{}, 1}, {mainTree, 2}} {
		chunks, err := s.At(ctx, []indexer.Tree{c.tree}, "one.go", 0, 0)
		must(t, err)
		if len(chunks) != c.lines || chunks[0].Tree == nil || chunks[0].Tree.Tree != c.tree {
			t.Errorf("one.go in the %s: %v", c.tree, chunks)
		}
	}
	must(t, a.RemoveFiles(ctx, []string{"two.go"}))
	check("after a removal in one", 5, 1, 4)
	must(t, b.RemoveFiles(ctx, []string{"one.go", "two.go", "three.py"}))
	check("after the removal in the other", 1, 1, 0)
	// And back: nothing is encoded.
	must(t, b.PutFiles(ctx, chunker, []indexer.File{one, two, three}))
	if n, err := s.pendingCount(ctx, "s"); n != 0 || err != nil {
		t.Errorf("%d texts pending after files came back, %v", n, err)
	}
	check("after they came back", 5, 1, 4)
	_, err = s.Dense(ctx, "s", vector("q", 70), search.Filter{Trees: []indexer.Tree{mainTree, forkTree}, Languages: []string{"python"}}, 10, true)
	must(t, err)
}

// testTreeStates: each tree has its own state, all have the index's mixes.
func testTreeStates(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	if st, err := s.State(ctx); err != nil || st.Trees == nil || len(st.Trees) != 0 {
		t.Errorf("trees of a new index: %v, %v", st.Trees, err)
	}
	for i, tree := range []indexer.Tree{nextTree, forkTree, {}, mainTree} {
		must(t, s.tree(tree).PutFiles(ctx, chunker, []indexer.File{file(fmt.Sprint(i, ".go"), "go", "x", "y")}))
		must(t, s.tree(tree).PutRepo(ctx, indexer.RepoState{Repo: "r", Rev: fmt.Sprint("rev", i), Time: int64(i)}))
	}
	mixes := map[string]adapters.Mix{"go": adapterstest.Mix("m")}
	must(t, s.tree(mainTree).PutRepo(ctx, indexer.RepoState{Repo: "r", Rev: "rev3", Time: 3, Languages: mixes}))
	all, err := s.Describe(ctx)
	must(t, err)
	var got, names []string
	for _, tree := range all.Trees {
		names = append(names, fmt.Sprint(tree.Tree, tree.State.Rev))
		got = append(got, fmt.Sprint(tree.Tree, " ", tree.State.Rev, " ", tree.Files, " ", tree.Chunks))
		if !reflect.DeepEqual(tree.State.Languages, mixes) {
			t.Errorf("%s has the mixes %v", tree.Tree, tree.State.Languages)
		}
	}
	want := []string{"work tree rev2 1 2", "work tree of /fork rev1 1 2", "branch feature/next rev0 1 2", "branch main rev3 1 2"}
	if !slices.Equal(got, want) {
		t.Errorf("trees\n got %q\nwant %q", got, want)
	}
	st, err := s.State(ctx)
	must(t, err)
	for i, tree := range st.Trees {
		if fmt.Sprint(tree.Tree, tree.State.Rev) != names[i] || !reflect.DeepEqual(tree.State.Languages, mixes) {
			t.Errorf("state of the %s: %v", tree.Tree, tree.State)
		}
	}
	state, err := s.Repo(ctx)
	must(t, err)
	fork, err := s.tree(forkTree).Repo(ctx)
	must(t, err)
	if state.Rev != "rev2" || fork.Rev != "rev1" || !reflect.DeepEqual(state.Languages, mixes) || !reflect.DeepEqual(fork.Languages, mixes) {
		t.Errorf("states %v and %v", state, fork)
	}
	languages, err := s.tree(indexer.Tree{}).Languages(ctx)
	must(t, err)
	if !slices.Equal(languages, []string{"go"}) {
		t.Errorf("languages %q", languages)
	}
	wantCode(t, s.tree(indexer.Tree{Branch: "b", Rev: "r"}).PutRepo(ctx, indexer.RepoState{}), fault.Invalid, "a branch and a revision")
}

// testStoredTree: a chunk says which tree it is found in, where there are several.
func testStoredTree(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	both, own := file("a.go", "go", "in both"), file("b.go", "go", "in the fork")
	must(t, s.PutFiles(ctx, chunker, []indexer.File{both}))
	look := func(trees ...indexer.Tree) map[string]*indexer.TreeState {
		t.Helper()
		hits, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("in")), search.Filter{Trees: trees}, 10)
		must(t, err)
		ids := make([]search.ID, len(hits))
		for i, h := range hits {
			ids[i] = h.ID
		}
		chunks, err := s.Chunks(ctx, trees, ids)
		must(t, err)
		out := map[string]*indexer.TreeState{}
		for _, c := range chunks {
			out[c.Path] = c.Tree
		}
		return out
	}
	if got := look(); got["a.go"] != nil {
		t.Errorf("an index of one tree says %v", got["a.go"])
	}
	must(t, s.tree(forkTree).PutFiles(ctx, chunker, []indexer.File{both, own}))
	must(t, s.tree(forkTree).PutRepo(ctx, indexer.RepoState{Repo: "/fork", Rev: "f"}))
	for _, c := range []struct {
		trees []indexer.Tree
		a, b  indexer.Tree
	}{{nil, indexer.Tree{}, forkTree}, {[]indexer.Tree{forkTree}, forkTree, forkTree}, {[]indexer.Tree{forkTree, {}}, forkTree, forkTree}} {
		got := look(c.trees...)
		if got["a.go"] == nil || got["b.go"] == nil || got["a.go"].Tree != c.a || got["b.go"].Tree != c.b || got["b.go"].State.Rev != "f" {
			t.Errorf("found in %v", got)
		}
	}
}

// testRemoveTrees: a tree goes with what it alone had, and nothing of the others.
func testRemoveTrees(t *testing.T, e *env) {
	s := e.store(t)
	ctx := t.Context()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	files := corpus(6)
	must(t, s.PutFiles(ctx, chunker, files[:4]))
	must(t, s.tree(mainTree).PutFiles(ctx, chunker, files[2:6]))
	must(t, s.tree(nextTree).PutFiles(ctx, chunker, files[5:6]))
	total := encodeAll(t, s, "s", 70)
	wantCode(t, s.RemoveTrees(ctx, mainTree, forkTree), fault.NotFound, "removing a tree that is not there")
	if st, err := s.State(ctx); err != nil || len(st.Trees) != 3 {
		t.Errorf("a refused call removed trees: %v, %v", st.Trees, err)
	}
	must(t, s.RemoveTrees(ctx, mainTree))
	left := append(slices.Clone(files[:4]), files[5])
	q := vector("query", 70)
	hits, err := s.Dense(ctx, "s", q, search.Filter{}, 1000, false)
	must(t, err)
	sameRanking(t, places(t, s, hits), bruteForce(left, q, 1000, nil), "after removal of a tree")
	must(t, s.PutSpace(ctx, space("other", 64), false))
	want := 0
	for _, f := range left {
		want += len(f.Texts)
	}
	if n, err := s.pendingCount(ctx, "other"); n != want || err != nil {
		t.Errorf("%d texts are left, want %d of %d (%v)", n, want, total, err)
	}
	// What went is not known any more.
	must(t, s.tree(mainTree).PutFiles(ctx, chunker, files[4:5]))
	if n, err := s.pendingCount(ctx, "s"); n != len(files[4].Texts) || err != nil {
		t.Errorf("%d texts pending, want those of the file that went: %d (%v)", n, len(files[4].Texts), err)
	}
	if _, ok, err := s.CachedChunks(ctx, files[2].Blob, files[2].Language, chunker); !ok || err != nil {
		t.Errorf("the chunk list of a file that stays is gone: %v", err)
	}
	must(t, s.RemoveTrees(ctx, indexer.Tree{}, mainTree, nextTree))
	n, err := s.Count(ctx, nil, nil, "")
	must(t, err)
	st, err := s.State(ctx)
	must(t, err)
	if n[0] != 0 || len(st.Trees) != 0 {
		t.Errorf("%d chunks and %v left of nothing", n, st.Trees)
	}
	if _, ok, err := s.CachedChunks(ctx, files[2].Blob, files[2].Language, chunker); ok || err != nil {
		t.Errorf("the chunk list of a removed tree is there, %v", err)
	}
}

// testRandomTrees compares a store with a model over random calls.
func testRandomTrees(t *testing.T, e *env) {
	ctx := t.Context()
	r := rand.New(rand.NewPCG(3, 5))
	s := e.open(t, e.dir)
	defer func() { must(t, s.Close()) }()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	trees := []indexer.Tree{{}, mainTree, forkTree}
	model := map[indexer.Tree]map[string]indexer.File{}
	for _, tree := range trees {
		model[tree] = map[string]indexer.File{}
	}
	for step := range 60 {
		tree := trees[r.IntN(len(trees))]
		switch r.IntN(8) {
		case 0, 1, 2, 3:
			var put []indexer.File
			for range 1 + r.IntN(3) {
				f := file(fmt.Sprintf("d%d/f%d.go", r.IntN(2), r.IntN(3)), "go", fmt.Sprint("text ", r.IntN(3)), fmt.Sprint("text more ", r.IntN(2)))
				put = append(put, f)
				model[tree][f.Path] = f
			}
			must(t, s.tree(tree).PutFiles(ctx, chunker, put))
		case 4:
			path := fmt.Sprintf("d%d/f%d.go", r.IntN(2), r.IntN(3))
			must(t, s.tree(tree).RemoveFiles(ctx, []string{path, path}))
			delete(model[tree], path)
		case 5:
			if shared, err := s.tree(tree).Shared(ctx, chunker); err != nil {
				t.Fatal(err)
			} else if len(shared) > 0 {
				keys := slices.SortedFunc(maps.Keys(shared), func(a, b indexer.FileVersion) int { return strings.Compare(a.Path+a.Blob, b.Path+b.Blob) })
				f := shared[keys[0]]
				must(t, s.tree(tree).ShareFiles(ctx, chunker, []indexer.FileState{f}))
				for _, other := range trees {
					if o := model[other][f.Path]; o.Blob == f.Blob {
						model[tree][f.Path] = o
					}
				}
			}
		case 6:
			if len(model[tree]) > 0 && step%2 == 0 {
				must(t, s.RemoveTrees(ctx, tree))
				clear(model[tree])
			}
		case 7:
			must(t, s.Close())
			s = e.open(t, e.dir)
		}
		if step%2 == 0 {
			encodeAll(t, s, "s", 70)
			compareTrees(t, s, trees, model, fmt.Sprint("step ", step))
		}
	}
}

// sameScores compares rankings where a path may stand for several versions of a file, so that places are not unique.
func sameScores(t *testing.T, got, want []found, what string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d hits, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Abs(float64(got[i].score-want[i].score)) > 2e-6 {
			t.Fatalf("%s: hit %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// compareTrees asks each tree, two of them, and all.
func compareTrees(t *testing.T, s store, trees []indexer.Tree, model map[indexer.Tree]map[string]indexer.File, what string) {
	t.Helper()
	ctx := t.Context()
	q := vector(what, 70)
	for _, scope := range [][]indexer.Tree{trees[:1], trees[1:2], trees[2:], trees[1:], trees} {
		versions := map[string]indexer.File{}
		for _, tree := range scope {
			for _, f := range model[tree] {
				versions[f.Path+f.Blob] = f
			}
		}
		files := slices.Collect(maps.Values(versions))
		chunks := 0
		for _, f := range files {
			chunks += len(f.Chunks)
		}
		in := search.In(s.Backend, scope...)
		for _, f := range []search.Filter{{Trees: scope}, {Trees: scope, Paths: []string{"d0/**"}}} {
			pass := func(x indexer.File, _ indexer.Chunk) bool {
				return f.Paths == nil || strings.HasPrefix(x.Path, "d0/")
			}
			hits, err := s.Dense(ctx, "s", q, f, 1000, true)
			must(t, err)
			want := bruteForce(files, q, 1000, pass)
			sameScores(t, places(t, s, hits), want, fmt.Sprint(what, scope, f))
			again, err := s.Dense(ctx, "s", q, f, 1000, false)
			must(t, err)
			words, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("text")), f, 1000)
			must(t, err)
			if !slices.Equal(again, hits) || len(words) != len(want) || !slices.Equal(paths(places(t, s, words)), paths(want)) {
				t.Fatalf("%s: %v in %v: %d and %d hits by vector, %d by word, want %d", what, f, scope, len(hits), len(again), len(words), len(want))
			}
		}
		n, err := in.ChunkCount(ctx)
		must(t, err)
		spaces, err := in.Spaces(ctx)
		must(t, err)
		if n != chunks || spaces[0].Vectors != chunks {
			t.Fatalf("%s: %v has %d chunks and %d vectors, want %d", what, scope, n, spaces[0].Vectors, chunks)
		}
	}
	for _, tree := range trees {
		files, err := s.tree(tree).Files(ctx)
		must(t, err)
		for path, f := range model[tree] {
			if files[path].Blob != f.Blob || files[path].Chunks != len(f.Chunks) {
				t.Fatalf("%s: %s has %v at %s, want %s", what, tree, files[path], path, f.Blob)
			}
		}
		if len(files) != len(model[tree]) {
			t.Fatalf("%s: %s has %d files, want %d", what, tree, len(files), len(model[tree]))
		}
	}
}
