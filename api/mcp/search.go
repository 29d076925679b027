package mcp

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"loradex/adapters"
	"loradex/internal/fault"
	"loradex/internal/plural"
	"loradex/search"
	"loradex/workspace"
)

const searchText = "Find code in the indexed repositories by what it does: a question or a few words, such as \"where is the lock taken\" " +
	"or \"retry a failed download\". Use it first, in place of grep and of listing files: it finds the place when you do not know what it is " +
	"called, and exact identifiers too. Hits are best first, each with the first lines of its code and a handle; pass the handle to `read` for " +
	"all of it. Ask for one thing at a time. Narrow with path, lang or kind rather than asking for more hits; give tokens to bound the " +
	"answer. Use regex only where a line must match exactly, changed for work in progress or a review. The text is that of the files as " +
	"they are now; a hit that is stale changed while it was looked for: read the file."

// Defaults of an answer: an agent reads what it gets.
const (
	defaultK     = 5
	defaultLines = 10
)

// how says how much a search returns, of what.
type how struct {
	Repo    string `json:"repo,omitempty" jsonschema:"one repository of an index of several: its folder or URL, or the last part of either"`
	K       *int   `json:"k,omitempty" jsonschema:"hits, 1 to 1000; 5 by default, 100 with tokens"`
	Lines   *int   `json:"lines,omitempty" jsonschema:"lines of code that a hit shows; 10 by default, 0 is its place alone"`
	Tokens  *int   `json:"tokens,omitempty" jsonschema:"as many hits as fit so many tokens"`
	Lang    string `json:"lang,omitempty" jsonschema:"only these languages, separated by commas: go,python"`
	Kind    string `json:"kind,omitempty" jsonschema:"only these kinds, separated by commas: function, method, type, interface, enum, const, var, module, section, window"`
	Adapter string `json:"adapter,omitempty" jsonschema:"mix of adapters to encode the question with, such as go+docs*0.5; leave it out unless you were told to use one"`
	Cursor  string `json:"cursor,omitempty" jsonschema:"the cursor of an answer to the same question: the next hits"`
}

type searchArguments struct {
	Query string `json:"query" jsonschema:"what is looked for: a question, words, or an identifier"`
	how
	Path    []string `json:"path,omitempty" jsonschema:"where to look: files, folders or patterns from the top of the repository, as in api/**; with ! in front what is left out, as in !**/*_test.go"`
	Regex   string   `json:"regex,omitempty" jsonschema:"RE2 expression: only code with a line that matches; with an empty query all of it, by path"`
	Changed string   `json:"changed,omitempty" jsonschema:"only what changed: a revision such as main is since then, A..B in that range"`
}

// found is an answer of search and similar.
type found struct {
	Hits     []hit    `json:"hits" jsonschema:"best first"`
	Mode     string   `json:"mode" jsonschema:"hybrid, dense or lexical: what ranked the hits"`
	Coverage float64  `json:"coverage" jsonschema:"share of the code that has a vector; the rest is found by words alone"`
	Tokens   int      `json:"tokens,omitempty" jsonschema:"of the answer, about, where a budget of them was given"`
	Cursor   string   `json:"cursor,omitempty" jsonschema:"goes on behind these hits"`
	Notes    []string `json:"notes,omitempty" jsonschema:"what to know of the answer"`
}

// hit is a place in the code.
type hit struct {
	Handle    string  `json:"handle" jsonschema:"names the place for read and similar"`
	Repo      string  `json:"repo,omitempty" jsonschema:"where the index holds several repositories"`
	Path      string  `json:"path" jsonschema:"of the file, from the top of its repository"`
	StartLine int     `json:"start_line"`
	EndLine   int     `json:"end_line"`
	Symbol    string  `json:"symbol,omitempty" jsonschema:"what is defined there"`
	Kind      string  `json:"kind,omitempty"`
	Language  string  `json:"language,omitempty"`
	Score     float64 `json:"score"`
	Text      string  `json:"text,omitempty" jsonschema:"the first lines"`
	Stale     bool    `json:"stale,omitempty" jsonschema:"the file changed since and could not be read again: read it"`
}

func (s *Server) search(ctx context.Context, in searchArguments) (*found, []sdk.Content, error) {
	if strings.TrimSpace(in.Query) == "" && in.Regex == "" {
		return nil, nil, fault.New(fault.Invalid, "there is nothing to search for").WithHint("give query, or regex")
	}
	p := search.Params{Q: in.Query}
	p.Path, p.Changed = in.Path, in.Changed
	if in.Regex != "" {
		p.E = []string{in.Regex}
	}
	if err := in.fill(&p.How); err != nil {
		return nil, nil, err
	}
	r, err := p.Request()
	if err != nil {
		return nil, nil, err
	}
	r.Trees.Repo = in.Repo
	return s.find(ctx, r)
}

// fill sets what a search returns, of what.
func (h *how) fill(to *search.How) error {
	k, lines := defaultK, defaultLines
	to.K, to.Lines, to.Tokens, to.Lang, to.Kind, to.Cursor = h.K, h.Lines, h.Tokens, h.Lang, h.Kind, h.Cursor
	if to.K == nil && to.Tokens == nil {
		to.K = &k
	}
	if to.Lines == nil {
		to.Lines = &lines
	}
	if h.Adapter != "" {
		mix, err := adapters.ParseMix(h.Adapter)
		if err != nil {
			return err
		}
		to.Adapter = &mix
	}
	return nil
}

// find asks the workspace, which indexes words first where nothing is indexed.
func (s *Server) find(ctx context.Context, r search.Request) (*found, []sdk.Content, error) {
	if err := r.Validate(); err != nil {
		return nil, nil, err
	}
	did, err := s.indexWords(ctx)
	if err != nil {
		return nil, nil, err
	}
	answer, err := s.ws.Search(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	fileOf, err := s.ws.FileOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	out := &found{Hits: make([]hit, len(answer.Hits)), Mode: string(answer.Mode), Coverage: answer.Coverage, Cursor: answer.Cursor}
	if answer.Tokens != nil {
		out.Tokens = *answer.Tokens
	}
	out.Notes = s.notes(ctx, answer, did)
	var links []sdk.Content
	for i := range answer.Hits {
		h := &answer.Hits[i]
		out.Hits[i] = hit{
			Handle: handleOf(h.Repo, h.Path, h.StartLine, h.EndLine), Repo: h.Repo, Path: h.Path, StartLine: h.StartLine, EndLine: h.EndLine,
			Symbol: h.Symbol, Kind: h.Kind, Language: h.Language, Score: h.Score, Text: h.Text, Stale: h.Stale,
		}
		if link := linkTo(fileOf(h), h.Path, h.Symbol, h.StartLine, h.EndLine); link != nil {
			links = append(links, link)
		}
	}
	return out, links, nil
}

// notes are what the command line tells beside an answer.
func (s *Server) notes(ctx context.Context, r *search.Response, did *workspace.Indexing) []string {
	var out []string
	note := func(format string, args ...any) { out = append(out, plural.Sprintf(format, args...)) }
	if did != nil {
		note("nothing was indexed: the words of %d files were indexed just now", did.Files)
	}
	if r.Mode == search.Lexical && did != nil || r.Mode != search.Lexical && r.Coverage < 1 {
		if makes := s.ws.MakesVectors(ctx); makes != "" {
			note("`%s` makes the vectors that are missing; code without one is found by its words", makes)
		}
	}
	if f := r.Freshness; f != nil {
		if f.Checked < f.Of {
			note("%d of %d files were compared with the index in time", f.Checked, f.Of)
		}
		for _, repo := range f.Missing {
			note("%s is not there any more, or cannot be opened: it is searched as it was indexed", repo)
		}
	}
	if len(r.Hits) == 0 {
		note("nothing was found: ask in other words, or with fewer filters")
	}
	return out
}

// handleOf names lines of a file.
func handleOf(repo, path string, from, to int) string {
	if repo != "" {
		path = repo + "/" + path
	}
	return fmt.Sprintf("%s:%d-%d", path, from, to)
}

// linkTo is a link to lines of a file; nil where the file is not on this machine.
func linkTo(file, name, symbol string, from, to int) sdk.Content {
	if file == "" {
		return nil
	}
	at := filepath.ToSlash(file)
	if !strings.HasPrefix(at, "/") { // C:/
		at = "/" + at
	}
	uri := url.URL{Scheme: "file", Path: at, Fragment: fmt.Sprintf("L%d-L%d", from, to)}
	return &sdk.ResourceLink{URI: uri.String(), Name: path.Base(name), Title: fmt.Sprintf("%s:%d", name, from), Description: symbol, MIMEType: "text/plain"}
}
