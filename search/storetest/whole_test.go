package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/tokens"
)

// This file tests a store as a whole: what lasts, random sequences of calls, concurrency.

func testReopen(t *testing.T, e *env) {
	ctx := t.Context()
	files := corpus(20)
	q := vector("query", 70)
	repo := indexer.RepoState{Repo: "r", Rev: "1"}
	s := e.open(t, e.dir)
	must(t, s.PutSpace(ctx, space("s", 70), true))
	must(t, s.PutFiles(ctx, chunker, files))
	encodeAll(t, s, "s", 70)
	must(t, s.PutRepo(ctx, repo))
	hits, err := s.Dense(ctx, "s", q, search.Filter{}, 1000, false)
	must(t, err)
	words, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("parse json")), search.Filter{}, 1000)
	must(t, err)
	state, err := s.Files(ctx)
	must(t, err)
	must(t, s.Close())

	for range 2 {
		s = e.open(t, e.dir)
		again, err := s.Dense(ctx, "s", q, search.Filter{}, 1000, false)
		must(t, err)
		wordsAgain, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("parse json")), search.Filter{}, 1000)
		must(t, err)
		stateAgain, err := s.Files(ctx)
		must(t, err)
		repoAgain, err := s.Repo(ctx)
		must(t, err)
		if !slices.Equal(hits, again) || !slices.Equal(words, wordsAgain) || !reflect.DeepEqual(state, stateAgain) || !reflect.DeepEqual(repo, repoAgain) {
			t.Error("a store that was opened again answers differently")
		}
		must(t, s.Close())
	}
}

// testRandomOperations compares a store, opened anew now and then, with a model of maps.
func testRandomOperations(t *testing.T, e *env) {
	ctx := t.Context()
	r := rand.New(rand.NewPCG(11, 13))
	s := e.open(t, e.dir)
	defer func() { must(t, s.Close()) }()
	must(t, s.PutSpace(ctx, space("s", 70), true))
	model := map[string]indexer.File{}
	for step := range 60 {
		switch r.IntN(6) {
		case 0, 1, 2:
			f := file(fmt.Sprintf("f%d.go", r.IntN(8)), "go")
			for i := range r.IntN(5) {
				one := file(f.Path, "go", fmt.Sprint("text ", r.IntN(30)))
				one.Chunks[0].StartLine, one.Chunks[0].EndLine = i+1, i+1
				f.Chunks, f.Texts = append(f.Chunks, one.Chunks[0]), append(f.Texts, one.Texts[0])
			}
			must(t, s.PutFiles(ctx, chunker, []indexer.File{f}))
			model[f.Path] = f
		case 3:
			path := fmt.Sprintf("f%d.go", r.IntN(8))
			must(t, s.RemoveFiles(ctx, []string{path}))
			delete(model, path)
		case 4:
			must(t, s.PutRepo(ctx, indexer.RepoState{Time: int64(step)}))
		case 5:
			must(t, s.Close())
			s = e.open(t, e.dir)
		}
		if step%3 != 0 {
			continue
		}
		encodeAll(t, s, "s", 70)
		var files []indexer.File
		chunks := 0
		for _, f := range model {
			files = append(files, f)
			chunks += len(f.Chunks)
		}
		q := vector(fmt.Sprint("q", step), 70)
		hits, err := s.Dense(ctx, "s", q, search.Filter{}, 1000, step%2 == 0)
		must(t, err)
		sameRanking(t, places(t, s, hits), bruteForce(files, q, 1000, nil), fmt.Sprint("step ", step))
		n, err := s.ChunkCount(ctx)
		must(t, err)
		words, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("text")), search.Filter{}, 1000)
		must(t, err)
		spaces, err := s.Spaces(ctx)
		must(t, err)
		if n != chunks || len(words) != chunks || spaces[0].Vectors != chunks {
			t.Fatalf("step %d: %d chunks, %d found by word, %d with vectors, want %d", step, n, len(words), spaces[0].Vectors, chunks)
		}
	}
}

// testReadersBesideWriter: a search never sees half of a call, whatever is written beside it, through the same store
// or another one of the same folder.
func testReadersBesideWriter(t *testing.T, e *env) {
	writer, other := e.store(t), e.store(t)
	ctx := t.Context()
	const n = 8 // chunks a file; every version of the file has the same number
	version := func(i int) indexer.File {
		var texts []string
		for j := range n {
			texts = append(texts, fmt.Sprintf("common version%d part%d", i%4, j))
		}
		return file("a.go", "go", texts...)
	}
	must(t, writer.PutSpace(ctx, space("s", 70), true))
	for i := range 4 { // all vectors beforehand: each version is complete when its file is stored
		must(t, writer.PutFiles(ctx, chunker, []indexer.File{version(i)}))
		encodeAll(t, writer, "s", 70)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	for i, s := range []store{writer, other, writer, other} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			q := vector("q", 70)
			for first := true; first || !closed(done); first = false {
				dense, err := s.Dense(ctx, "s", q, search.Filter{}, 100, i%2 == 0)
				if err != nil || len(dense) != n {
					t.Errorf("Dense beside a writer: %d hits, %v", len(dense), err)
					return
				}
				words, _, err := s.Lexical(ctx, search.Terms(tokens.Unique("common")), search.Filter{Paths: []string{"*.go"}}, 100)
				if err != nil || len(words) != n {
					t.Errorf("Lexical beside a writer: %d hits, %v", len(words), err)
					return
				}
			}
		}()
	}
	for i := range 30 {
		must(t, writer.PutFiles(ctx, chunker, []indexer.File{version(i)}))
		if i%10 == 9 {
			must(t, writer.PutRepo(ctx, indexer.RepoState{Time: int64(i)}))
		}
	}
	close(done)
	wg.Wait()
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func testCanceled(t *testing.T, e *env) {
	s := e.store(t)
	files := corpus(5)
	must(t, s.PutSpace(t.Context(), space("s", 70), true))
	must(t, s.PutFiles(t.Context(), chunker, files))
	encodeAll(t, s, "s", 70)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, denseErr := s.Dense(ctx, "s", vector("q", 70), search.Filter{}, 5, true)
	_, _, wordsErr := s.Lexical(ctx, search.Terms(tokens.Unique("read")), search.Filter{}, 5)
	_, filesErr := s.Files(ctx)
	_, _, pendingErr := s.Pending(ctx, "s", "", 5)
	for what, err := range map[string]error{
		"Dense": denseErr, "Lexical": wordsErr, "Files": filesErr, "Pending": pendingErr,
		"PutFiles":    s.PutFiles(ctx, chunker, []indexer.File{file("new.go", "go", "x")}),
		"RemoveFiles": s.RemoveFiles(ctx, []string{files[0].Path}),
		"PutVectors":  s.PutVectors(ctx, "s", []indexer.TextVector{{Digest: digest("x"), Vector: vector("x", 70)}}),
		"PutSpace":    s.PutSpace(ctx, space("new", 70), false),
		"PutRepo":     s.PutRepo(ctx, indexer.RepoState{Repo: "new"}),
	} {
		wantCode(t, err, fault.Canceled, what)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v does not wrap context.Canceled", what, err)
		}
	}
	state, err := s.Files(t.Context())
	must(t, err)
	repo, err := s.Repo(t.Context())
	must(t, err)
	if len(state) != len(files) || repo.Repo != "" {
		t.Errorf("a canceled call changed the store: %d files, repo %q", len(state), repo.Repo)
	}
}
