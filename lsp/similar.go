package lsp

import (
	"context"
	"encoding/json"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"loradex/internal/fault"
	"loradex/search"
)

// similar answers loradex.similar: the chunks that are like a range of a file, without the range itself.
func (s *server) similar(ctx context.Context, argument json.RawMessage) (any, error) {
	var in struct {
		URI   *string         `json:"uri"`
		Range *protocol.Range `json:"range"` // without it, the whole file
		Text  string          `json:"text"`  // what the editor shows there; without it, what the open file has there, or the index
		search.How
	}
	if err := decodeArgument(argument, &in); err != nil {
		return nil, err
	}
	if in.URI == nil {
		return nil, fault.New(fault.Invalid, "loradex.similar needs the uri of a file")
	}
	file, err := uri.Parse(*in.URI)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "uri")
	}
	r, err := s.request(in.How)
	if err != nil {
		return nil, err
	}
	w, found, err := s.find(ctx, r, func(w Workspace, r *search.Request) error {
		f, err := fileOf(w, file)
		if err != nil {
			return err
		}
		span := spanOf(f.Path, in.Range)
		r.Code, r.Span = in.Text, &span
		return nil
	})
	if err != nil {
		return nil, err
	}
	return locate(w, found)
}

// spanOf returns the lines of a range: every line that it touches. A range that ends before the first column of a line,
// as a selection of whole lines does, does not touch that one.
func spanOf(path string, r *protocol.Range) search.Span {
	if r == nil {
		return search.Span{Path: path}
	}
	first, last := r.Start.Line, r.End.Line
	if r.End.Character == 0 && last > first {
		last--
	}
	return search.Span{Path: path, StartLine: int(first) + 1, EndLine: int(max(last, first)) + 1}
}
