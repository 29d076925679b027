package mcp

// This file defines what the tests put behind the server: an index of two functions that answers at once.

import (
	"context"
	"strings"
	"sync/atomic"

	"loradex/adapters"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// fake is a workspace without a store. Some queries misbehave.
type fake struct {
	asked   atomic.Pointer[search.Request] // last
	waiting chan struct{}                  // gets a token for each query that waits
	ended   atomic.Int32                   // queries that waited and were broken off
}

func newFake() *fake { return &fake{waiting: make(chan struct{}, 100)} }

func (*fake) IndexWords(context.Context) (*workspace.Indexing, error) { return nil, nil } //nolint:nilnil // documented
func (*fake) MakesVectors(context.Context) string                     { return "loradex index" }

func (*fake) FileOf(context.Context) (func(h *search.Hit) string, error) {
	return func(h *search.Hit) string {
		if h.Repo != "" {
			return "" // not on this machine
		}
		return "/src/repo/" + h.Path
	}, nil
}

func (f *fake) Search(ctx context.Context, r search.Request) (*search.Response, error) {
	f.asked.Store(&r)
	out := &search.Response{Query: r.Query, Mode: search.Hybrid, Hits: []search.Hit{}, Coverage: 0.5}
	switch {
	case r.Query == "wait":
		f.waiting <- struct{}{}
		<-ctx.Done()
		f.ended.Add(1)
		return nil, ctx.Err()
	case r.Query == "panic":
		panic("a bug")
	case r.Query == "nothing":
		return out, nil
	case strings.HasPrefix(r.Query, "fail "):
		return nil, fault.New(fault.Code(r.Query[5:]), "as you wish").WithHint("wish again")
	}
	all := []search.Hit{
		{Path: "lock/file.go", StartLine: 10, EndLine: 24, Language: "go", Symbol: "Acquire", Kind: "function", Score: 0.75, Text: "func Acquire() {\n\t<-held // & wait"},
		{Repo: "https://host/other.git", Path: "docs/ü b.md", StartLine: 1, EndLine: 3, Language: "markdown", Kind: "section", Score: 0.5, Text: "# Locks", Stale: true},
	}
	out.Hits = all[:min(len(all), r.K)]
	if r.Tokens > 0 {
		n := 7
		out.Tokens, out.Cursor = &n, "next"
	}
	out.Freshness = &search.Freshness{Checked: 2, Of: 3, Missing: []string{"/src/gone"}}
	return out, nil
}

func (*fake) Read(_ context.Context, name string, from, to int) (*workspace.Passage, error) {
	lines := 2000
	switch {
	case strings.HasPrefix(name, "/etc") || strings.HasPrefix(name, ".."):
		return nil, fault.New(fault.Invalid, "the path %s lies outside of /src/repo, which is indexed", name).WithHint("name a path below it")
	case name != "lock/file.go":
		return nil, fault.New(fault.NotFound, "the index has no file %s", name).WithHint("take the path of a hit")
	}
	if from == 0 {
		from, to = 1, lines
	}
	to = min(to, lines)
	return &workspace.Passage{Path: name, Language: "go", StartLine: from, EndLine: to, Lines: lines, Text: strings.Repeat("x\n", to-from) + "x"}, nil
}

func (f *fake) ReadAround(ctx context.Context, name string, line int) (*workspace.Passage, error) {
	return f.Read(ctx, name, max(line-1, 1), line+1)
}

func (*fake) Trees(context.Context) ([]workspace.Tree, error) {
	return []workspace.Tree{{Repo: "/src/repo", Kind: "work tree", Rev: "abc", Files: 3}}, nil
}

func (*fake) Status(context.Context) (*workspace.Status, error) {
	return &workspace.Status{Repo: "/src/repo", Files: 3, Chunks: 9, Coverage: 0.5, IndexedAt: "2026-01-02T03:04:05Z"}, nil
}

func (*fake) Adapters(context.Context) ([]adapters.Entry, error) {
	return []adapters.Entry{
		{Name: "go", Card: adapters.Card{Name: "go", Description: "documentation of Go", Side: adapters.SideBoth}, Method: "lora", Rank: 8},
		{Name: "broken", Problem: "cut short"},
	}, nil
}
