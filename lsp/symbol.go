package lsp

import (
	"context"
	"fmt"
	"path"
	"strings"

	"go.lsp.dev/protocol"

	"loradex/indexer/chunk"
	"loradex/search"
)

// meaning is what a query starts with that searches by meaning.
const meaning = "?"

// Symbols answers workspace/symbol, best first. Editors send every state of a query while it is typed: it is compared with the
// names of definitions; where no name matches, it is the lexical search, which needs no encoder. An empty query has no answers.
func (s *server) Symbols(ctx context.Context, p *protocol.WorkspaceSymbolParams) (protocol.WorkspaceSymbolResult, error) {
	text, byMeaning := strings.CutPrefix(strings.TrimSpace(p.Query), meaning)
	if text = strings.TrimSpace(text); text == "" {
		return protocol.SymbolInformationSlice{}, nil
	}
	w, end, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	r := search.Request{Query: text, K: s.opts.MaxSymbols, Mode: search.Lexical}
	if byMeaning {
		r.Mode, r.Adapter = search.Hybrid, s.currentAdapter()
	} else if hits, err := w.Symbols(ctx, text, s.opts.MaxSymbols); err != nil || len(hits) > 0 {
		return symbolsOf(w, hits, false, err)
	}
	found, err := s.searchIn(ctx, w, r)
	if err != nil {
		return nil, err
	}
	return symbolsOf(w, found.Hits, true, nil)
}

// symbolsOf says of hits where they are; err is passed on.
func symbolsOf(w Workspace, hits []search.Hit, scored bool, err error) (protocol.WorkspaceSymbolResult, error) {
	if err != nil {
		return nil, err
	}
	symbols := make(protocol.SymbolInformationSlice, 0, len(hits))
	for _, h := range hits {
		at, ok, err := locationOf(w, h)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		name := h.Symbol
		if name == "" {
			name = fmt.Sprintf("%s:%d", path.Base(h.Path), h.StartLine)
		}
		symbol := protocol.SymbolInformation{Location: at}
		symbol.Name, symbol.Kind = name, symbolKind(h.Kind)
		container := h.Path
		if scored {
			container = fmt.Sprintf("%s  %.3f", h.Path, h.Score)
		}
		symbol.ContainerName = &container
		symbols = append(symbols, symbol)
	}
	return symbols, nil
}

// symbolKind is the protocol's word for a kind of chunk.
func symbolKind(kind string) protocol.SymbolKind {
	switch kind {
	case chunk.KindFunction:
		return protocol.SymbolKindFunction
	case chunk.KindMethod:
		return protocol.SymbolKindMethod
	case chunk.KindType:
		return protocol.SymbolKindClass
	case chunk.KindInterface:
		return protocol.SymbolKindInterface
	case chunk.KindEnum:
		return protocol.SymbolKindEnum
	case chunk.KindConst:
		return protocol.SymbolKindConstant
	case chunk.KindVar:
		return protocol.SymbolKindVariable
	case chunk.KindModule:
		return protocol.SymbolKindModule
	case chunk.KindSection:
		return protocol.SymbolKindString // editors show Markdown headings so
	}
	return protocol.SymbolKindFile
}
