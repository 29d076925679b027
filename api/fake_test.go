package api

// This file defines what the tests put behind the server.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// fake is a workspace of two parts. Nothing else of a workspace is asked for.
type fake struct {
	rest
	embedder
	fakeSearcher
	unready error
}

type rest struct{ workspace.Workspace }

type embedder interface {
	Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error
	Dimensions(ctx context.Context) (int, error)
	QuerySide(ctx context.Context, m adapters.Mix) (bool, error)
}

func (f fake) Ready(context.Context) error { return f.unready }

func (fake) ModelName(context.Context) (string, error) { return "tiny", nil }

// Text knows a thousand tokens.
func (fake) Text(_ context.Context, tokens []int32) (string, error) {
	var b strings.Builder
	for _, id := range tokens {
		if id >= 1000 {
			return "", fault.New(fault.Invalid, "token %d is not one of the 1000 of the model tiny", id)
		}
		fmt.Fprintf(&b, "<%d>", id)
	}
	return b.String(), nil
}

// fakeEmbedder makes vectors of three numbers that tell texts, roles and mixes apart: the text's bytes, the role, the
// sum of the mix's weights. Texts that start with "fail " or "panic" do so.
type fakeEmbedder struct {
	wait chan struct{} // texts that are "wait" end with it, or with their context
}

func (f fakeEmbedder) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	for i, r := range rows {
		switch {
		case strings.HasPrefix(r.Text, "fail "):
			return fault.New(fault.Code(r.Text[5:]), "as you wish").WithHint("wish again")
		case r.Text == "panic":
			panic("a bug")
		case r.Text == "wait":
			select {
			case <-f.wait:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := checkMix(r.Mix); err != nil {
			return err
		}
		var sum float32
		for _, t := range r.Mix.Terms() {
			sum += t.Weight
		}
		if err := take(i, []float32{float32(len(r.Text)), float32(r.Role), sum}, len(strings.Fields(r.Text))+2); err != nil {
			return err
		}
	}
	return nil
}

func (fakeEmbedder) Dimensions(context.Context) (int, error) { return 3, nil }

// QuerySide says that the adapter asker is for queries alone.
func (fakeEmbedder) QuerySide(_ context.Context, m adapters.Mix) (bool, error) {
	return slices.ContainsFunc(m.Terms(), func(t adapters.Term) bool { return t.ID == "asker" }), checkMix(m)
}

func checkMix(m adapters.Mix) error {
	if err := m.Resolvable(); err != nil {
		return err
	}
	for _, t := range m.Terms() {
		if t.ID != "go" && t.ID != "docs" && t.ID != "asker" {
			return fault.New(fault.NotFound, "adapter %q does not exist; known: docs, go", t.ID)
		}
	}
	return nil
}

// fakeSearcher answers with one hit that says what was asked.
type fakeSearcher struct {
	last *search.Request
}

func (f fakeSearcher) Search(_ context.Context, r search.Request) (*search.Response, error) {
	*f.last = r
	if r.Trees.Repo == "gone" {
		return nil, fault.New(fault.NotFound, "the index does not hold the repository gone").WithHint("it holds /one, /two")
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if r.Adapter != nil {
		if err := checkMix(*r.Adapter); err != nil {
			return nil, err
		}
	}
	return &search.Response{Query: r.Query, Mode: search.Hybrid, Coverage: 0.5, Hits: []search.Hit{{
		Path: "api/server.go", StartLine: 3, EndLine: 9, Language: "go", Symbol: "New", Kind: "function", Commit: "c0ffee",
		Dirty: true, Score: 0.5, Scores: search.Scores{Dense: new(0.25), Fused: new(0.5)}, Space: "0123456789abcdef",
		Adapter: "none", Text: "func New() { a < b }",
	}}}, nil
}

// Trees lists a work tree and a branch.
func (fakeSearcher) Trees(context.Context) ([]workspace.Tree, error) {
	return []workspace.Tree{
		{Repo: "/one", Kind: "work tree", Rev: "c0ffee", Dirty: true, IndexedAt: "2026-01-31T00:00:00Z", Files: 3, Chunks: 12, Coverage: 0.5},
		{Repo: "/one", Kind: "branch", Branch: "main", Rev: "decade", IndexedAt: "2026-01-31T00:00:00Z", Files: 2, Chunks: 4, Coverage: 1},
	}, nil
}
