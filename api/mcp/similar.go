package mcp

import (
	"context"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"loradex/internal/fault"
	"loradex/search"
)

const similarText = "Find code that is like some code: other implementations, copies that need the same fix, examples of how something is done here. " +
	"Give a path, or a handle of `search`, with a line for the function that the line is in, or the code itself. The place that is asked about is " +
	"left out. Answers are those of `search`."

type similarArguments struct {
	Path string `json:"path,omitempty" jsonschema:"a file, from the top of the repository, or a handle; not with code"`
	Line int    `json:"line,omitempty" jsonschema:"a line of the code that is meant; without it the lines of the handle, or the whole file"`
	Code string `json:"code,omitempty" jsonschema:"code that is not in a file; not with path"`
	how
}

func (s *Server) similar(ctx context.Context, in similarArguments) (*found, []sdk.Content, error) {
	var h search.How
	if err := in.fill(&h); err != nil {
		return nil, nil, err
	}
	r, err := h.Request()
	if err != nil {
		return nil, nil, err
	}
	r.Trees.Repo = in.Repo
	if r.Code = in.Code; (in.Path == "") == (in.Code == "") || in.Line < 0 || in.Line > 0 && in.Path == "" {
		return nil, nil, fault.New(fault.Invalid, "similar takes either a path, with a line where one is meant, or code").
			WithHint("give path and line, as a hit has them")
	}
	if in.Path != "" {
		if _, err := s.indexWords(ctx); err != nil {
			return nil, nil, err
		}
		p, err := s.passage(ctx, in.Path, in.Line)
		if err != nil {
			return nil, nil, err
		}
		r.Code, r.Span = p.Text, &search.Span{Path: p.Path, StartLine: p.StartLine, EndLine: p.EndLine}
	}
	return s.find(ctx, r)
}
