package mcp

import (
	"context"
	"strconv"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

const readText = "Read code that `search` or `similar` found: give the handle of a hit, and around for lines before and behind it. Other places of " +
	"indexed files can be read, too: path, path:line or path:first-last. It is cheaper than reading whole files: ask for what you need. " +
	"The text is that of the file as it is now."

// Limits of what is read.
const (
	maxHandle = 8192 // bytes
	maxAround = 1000
	maxLines  = 1000 // at a time
)

type readArguments struct {
	Handle string `json:"handle" jsonschema:"of a hit; or path, path:line, path:first-last"`
	Around int    `json:"around,omitempty" jsonschema:"lines before and behind it, 0 to 1000"`
}

// passage is code that was read.
type passage struct {
	Repo      string `json:"repo,omitempty" jsonschema:"where the index holds several repositories"`
	Path      string `json:"path"`
	StartLine int    `json:"start_line" jsonschema:"of the text"`
	EndLine   int    `json:"end_line"`
	Lines     int    `json:"lines" jsonschema:"of the whole file"`
	Language  string `json:"language,omitempty"`
	Text      string `json:"text"`
	Next      string `json:"next,omitempty" jsonschema:"handle of what follows, where the answer is cut"`
	Stale     bool   `json:"stale,omitempty" jsonschema:"the file changed since, and could not be read again"`
}

func (s *Server) read(ctx context.Context, in readArguments) (*passage, []sdk.Content, error) {
	if in.Around < 0 || in.Around > maxAround {
		return nil, nil, fault.New(fault.Invalid, "around is %d", in.Around).WithHint("ask for 0 to %d lines", maxAround)
	}
	path, from, to, err := readHandle(in.Handle)
	if err != nil {
		return nil, nil, err
	}
	if _, err := s.indexWords(ctx); err != nil {
		return nil, nil, err
	}
	if from > 0 {
		from, to = max(from-in.Around, 1), to+in.Around
	}
	p, err := s.ws.Read(ctx, path, from, to)
	if err != nil {
		return nil, nil, err
	}
	out := &passage{
		Repo: p.Repo, Path: p.Path, StartLine: p.StartLine, EndLine: p.EndLine, Lines: p.Lines, Language: p.Language, Text: p.Text, Stale: p.Stale,
	}
	if p.EndLine-p.StartLine >= maxLines {
		out.EndLine = p.StartLine + maxLines - 1
		out.Text = strings.Join(strings.SplitN(p.Text, "\n", maxLines+1)[:maxLines], "\n")
		out.Next = handleOf(p.Repo, p.Path, out.EndLine+1, p.EndLine)
	}
	fileOf, err := s.ws.FileOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	link := linkTo(fileOf(&search.Hit{Repo: p.Repo, Path: p.Path}), p.Path, "", out.StartLine, out.EndLine)
	if link == nil {
		return out, nil, nil
	}
	return out, []sdk.Content{link}, nil
}

// passage is the code of a path or a handle; with a line, what that line is part of.
func (s *Server) passage(ctx context.Context, handle string, line int) (*workspace.Passage, error) {
	path, from, to, err := readHandle(handle)
	if err != nil {
		return nil, err
	}
	if line == 0 && from == to { // path:line, or a path alone
		line = from
	}
	if line > 0 {
		return s.ws.ReadAround(ctx, path, line)
	}
	return s.ws.Read(ctx, path, from, to)
}

// readHandle reads path, path:line or path:first-last. Without lines both are 0. Where what stands behind the last colon is no
// line, the colon is part of the path.
func readHandle(handle string) (path string, from, to int, err error) {
	switch {
	case handle == "":
		return "", 0, 0, fault.New(fault.Invalid, "there is no handle").WithHint("give that of a hit, or path:first-last")
	case len(handle) > maxHandle || strings.ContainsRune(handle, 0):
		return "", 0, 0, fault.New(fault.Invalid, "%.100q is no handle", handle).WithHint("give that of a hit as it is there")
	}
	colon := strings.LastIndexByte(handle, ':')
	if colon <= 0 {
		return handle, 0, 0, nil
	}
	first, last, ranged := strings.Cut(handle[colon+1:], "-")
	if !ranged {
		last = first
	}
	from, err1 := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil {
		return handle, 0, 0, nil //nolint:nilerr // it is a path
	}
	if from < 1 || to < from || to > search.MaxLines*100 {
		return "", 0, 0, fault.New(fault.Invalid, "%.100q names no lines", handle).WithHint("lines count from 1, as in path:first-last")
	}
	return handle[:colon], from, to, nil
}
