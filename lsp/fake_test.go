package lsp

// This file defines what the tests put behind the server: an index of three functions that answers at once, and says
// in its hits what it was asked.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// fakeIndex is an index without an encoder. The queries in fakeQueries misbehave.
type fakeIndex struct {
	root string // of the workspace; "" means /repo

	mu      sync.Mutex // guards what follows
	roots   []string   // that Open was called with
	failing int        // how often Open still fails
	buffers map[workspace.File]string
	encoded int // how often EncodeBuffers was called
}

func (b *fakeIndex) OpenFor(_ context.Context, root string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roots = append(b.roots, root)
	if b.failing > 0 {
		b.failing--
		return fault.New(fault.NotFound, "no index in %s", root).WithHint("run `loradex index`")
	}
	return nil
}

func (*fakeIndex) CheckMix(_ context.Context, m adapters.Mix) error {
	if err := m.Resolvable(); err != nil {
		return err
	}
	for _, t := range m.Terms() {
		if t.ID != "go" && t.ID != "docs" {
			return fault.New(fault.NotFound, "adapter %q does not exist; known: docs, go", t.ID)
		}
	}
	return nil
}

// PutBuffer refuses files that are called full.go.
func (b *fakeIndex) PutBuffer(f workspace.File, text string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.Path == "full.go" {
		return fault.New(fault.Unavailable, "%s does not fit", f.Path)
	}
	if b.buffers == nil {
		b.buffers = map[workspace.File]string{}
	}
	b.buffers[f] = text
	return nil
}

// CloseBuffer keeps what was saved.
func (b *fakeIndex) CloseBuffer(f workspace.File, saved bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if saved {
		b.buffers[f] += " (saved)"
	} else {
		delete(b.buffers, f)
	}
}

func (b *fakeIndex) EncodeBuffers(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.encoded++
	return nil
}

// said lists the buffers.
func (b *fakeIndex) said() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for f, text := range b.buffers {
		out = append(out, fmt.Sprintf("%s %q", f.Path, text))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (b *fakeIndex) Roots() []workspace.Root {
	switch b.root {
	case "-":
		return nil
	case "":
		return []workspace.Root{{Dir: "/repo"}}
	}
	return []workspace.Root{{Dir: b.root}}
}

func (b *fakeIndex) Symbols(_ context.Context, query string, _ int) ([]search.Hit, error) {
	if query != "acq" {
		return nil, nil
	}
	return []search.Hit{{
		Path: "lock/file.go", StartLine: 13, EndLine: 24, Symbol: "Acquire", Kind: "function",
		Symbols: []indexer.Symbol{{Name: "Acquire", Kind: "function", StartLine: 13, EndLine: 24}},
	}}, nil
}

func (b *fakeIndex) Search(ctx context.Context, r search.Request) (*search.Response, error) {
	out := &search.Response{Query: r.Query, Hits: []search.Hit{}, Coverage: 1}
	if r.Span != nil {
		if !strings.HasSuffix(r.Span.Path, ".go") {
			return nil, fault.New(fault.NotFound, "%s does not exist", r.Span.Path)
		}
		out.Query = fmt.Sprintf("%s:%d-%d %s", r.Span.Path, r.Span.StartLine, r.Span.EndLine, r.Code)
	}
	switch {
	case r.Query == "wait":
		<-ctx.Done()
		return out, ctx.Err()
	case r.Query == "panic":
		panic("a bug")
	case strings.HasPrefix(r.Query, "fail "):
		return out, fault.New(fault.Code(r.Query[5:]), "as you wish").WithHint("wish again")
	case r.Query == "nothing":
		return out, nil
	case r.Query == "buffers":
		out.Query = b.said()
		return out, nil
	}
	for i, h := range []search.Hit{
		{Path: "lock/file.go", StartLine: 10, EndLine: 24, Language: "go", Symbol: "Acquire", Kind: "function", Symbols: []indexer.Symbol{
			{Name: "lock", Kind: "module", StartLine: 10, EndLine: 10}, {Name: "Acquire", Kind: "function", StartLine: 13, EndLine: 24},
		}},
		{Path: "a b/ü.md", StartLine: 1, EndLine: 3, Language: "markdown", Symbol: "Locks", Kind: "section", Symbols: []indexer.Symbol{{Name: "Locks", Kind: "section", StartLine: 1, EndLine: 3}}},
		{Path: "lock/table.txt", StartLine: 1, EndLine: 40, Kind: "window", Symbols: []indexer.Symbol{}},
	} {
		if r.K > 0 && i == r.K || len(r.Filter.Languages) > 0 && r.Filter.Languages[0] != h.Language {
			continue
		}
		h.Score = 0.5 - float64(i)/8
		if r.Mode != search.Lexical {
			h.Score += 0.25
		}
		if r.Adapter != nil {
			h.Adapter = r.Adapter.String()
		}
		if r.Adapter != nil && !r.Adapter.IsBase() {
			h.Score += 0.06
		}
		h.Space = string(r.Mode)
		h.Text = "text of " + h.Path
		out.Hits = append(out.Hits, h)
	}
	return out, nil
}
