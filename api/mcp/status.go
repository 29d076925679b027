package mcp

import (
	"context"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"loradex/internal/fault"
)

const statusText = "Say what is indexed and how far: repositories, files, whether vectors are complete, which adapters there are. " +
	"There is no need to ask before a search; ask when answers look incomplete or old."

type statusArguments struct{}

// state is what status answers.
type state struct {
	Indexed   bool         `json:"indexed" jsonschema:"false where nothing is indexed yet: the first search indexes the words of the files"`
	Repos     []repository `json:"repos" jsonschema:"trees that the index holds"`
	Files     int          `json:"files"`
	Chunks    int          `json:"chunks"`
	Coverage  float64      `json:"coverage" jsonschema:"share of the code that has a vector"`
	Changed   int          `json:"changed" jsonschema:"files that changed since they were indexed; searches read them anew"`
	IndexedAt string       `json:"indexed_at,omitempty"`
	Writer    string       `json:"writer,omitempty" jsonschema:"another process that makes the rest now"`
	Missing   []string     `json:"missing,omitempty" jsonschema:"repositories that are not there any more"`
	Adapters  []string     `json:"adapters" jsonschema:"names of the library's adapters; their cards are resources"`
}

// repository is a tree of an index.
type repository struct {
	Repo   string `json:"repo"`
	Tree   string `json:"tree" jsonschema:"work tree, branch or revision"`
	Branch string `json:"branch,omitempty"`
	Rev    string `json:"rev,omitempty"`
	Dirty  bool   `json:"dirty,omitempty" jsonschema:"it differed from that commit"`
	Files  int    `json:"files"`
}

func (s *Server) status(ctx context.Context, _ statusArguments) (*state, []sdk.Content, error) {
	out := &state{Repos: []repository{}, Adapters: []string{}}
	library, err := s.ws.Adapters(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range library {
		if e.Problem == "" {
			out.Adapters = append(out.Adapters, e.Name)
		}
	}
	st, err := s.ws.Status(ctx)
	if fault.CodeOf(err) == fault.NotFound && err != nil {
		return out, nil, nil //nolint:nilerr // nothing is indexed yet
	}
	if err != nil {
		return nil, nil, err
	}
	trees, err := s.ws.Trees(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range trees {
		out.Repos = append(out.Repos, repository{Repo: t.Repo, Tree: t.Kind, Branch: t.Branch, Rev: t.Rev, Dirty: t.Dirty, Files: t.Files})
	}
	out.Indexed, out.Files, out.Chunks, out.Coverage, out.Changed = true, st.Files, st.Chunks, st.Coverage, st.Changed
	out.IndexedAt, out.Writer, out.Missing = st.IndexedAt, st.Writer, st.Missing
	return out, nil, nil
}
