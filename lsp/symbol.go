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

// Symbols answers workspace/symbol, best first. Editors send every state of a query while it is typed, so without the
// mark it is the lexical search, which needs no encoder; an empty query has no answers.
func (s *server) Symbols(ctx context.Context, p *protocol.WorkspaceSymbolParams) (protocol.WorkspaceSymbolResult, error) {
	r := search.Request{K: s.opts.MaxSymbols, Mode: search.Lexical}
	text, byMeaning := strings.CutPrefix(strings.TrimSpace(p.Query), meaning)
	if byMeaning {
		r.Mode, r.Adapter = search.Hybrid, s.currentAdapter()
	}
	if r.Query = strings.TrimSpace(text); r.Query == "" {
		return protocol.SymbolInformationSlice{}, nil
	}
	w, found, err := s.find(ctx, r, nil)
	if err != nil {
		return nil, err
	}
	symbols := make(protocol.SymbolInformationSlice, 0, len(found.Hits))
	for _, h := range found.Hits {
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
		container := fmt.Sprintf("%s  %.3f", h.Path, h.Score)
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
