package search

import (
	"cmp"
	"strings"

	"loradex/adapters"
	"loradex/internal/fault"
)

// Mode picks the rankings of a search.
type Mode string

// The modes of a search.
const (
	Hybrid  Mode = "hybrid"  // vectors and words, fused
	Dense   Mode = "dense"   // vectors alone
	Lexical Mode = "lexical" // words alone
)

// Limits of a request.
const (
	MaxK     = 1000
	MaxDepth = 10_000
	MaxQuery = 1 << 20 // bytes of a query or of code
)

// Request is a search. Exactly one of Query, and Code or Span, says what is looked for.
type Request struct {
	Query string // words or a question
	Code  string // code whose like is looked for
	// Span is where Code comes from: chunks that overlap it are left out. Where Code is empty, the code is what the
	// index holds there; 0, 0 as lines is the whole file.
	Span *Span

	Mode    Mode          // the default is Hybrid
	Adapter *adapters.Mix // nil: the index's default; the zero Mix: the base encoder
	Filter  Filter
	Trees   Selection // a Searcher wants it resolved: as Filter.Trees
	// AsIndexed wants the index as it is, whatever has become of the files since. Who opens the index sees to it.
	AsIndexed bool
	K         int  // hits; the default is 10
	Exact     bool // score every vector instead of candidates by sign bits
	Explain   bool // say how the answer came about
	// Depth is how many hits of each ranking are fused. The default is 200, or 5 times K where that is more.
	Depth int
	// Match are expressions in the syntax of RE2. Only chunks with a line for each are ranked, and those that no ranking knows
	// come last. Without a query, all that match are the answer, in the order of paths and lines.
	Match []string
	// Changed wants only what changed: REV is what differs in the work tree from that revision, A..B what differs in B from A.
	// Who opens the index makes Within of it.
	Changed string
	Within  []Span // only chunks that overlap one of these; nil is all
	Lines   *int   // lines of text that a hit has, the best ones; nil is all
	Context int    // lines of the file around those of a hit's text
	Tokens  int    // what all hits may have, of 4 bytes each; 0 is as much as there is
	// Threshold leaves out hits of a lesser probability, from 0 to 1; 0 none. Unavailable where there are no probabilities.
	Threshold float64
	Near      *Near  // where the user is: what is near comes higher, of questions in words; nil is nowhere
	Files     bool   // each file once, with its best hit, of which the place is told alone; K counts files
	Cursor    string // of an answer to the same question: the hits behind it are wanted
}

// MaxLines bounds Lines, MaxTokens Tokens.
const (
	MaxLines   = 100_000
	MaxTokens  = 10_000_000
	MaxContext = 1000 // bounds Context
	TokensK    = 100  // hits, where a budget of tokens is given and no number of them
)

// OnlyMatches tells whether expressions are all that is asked.
func (r *Request) OnlyMatches() bool {
	return strings.TrimSpace(r.Query) == "" && r.Code == "" && r.Span == nil && len(r.Match) > 0
}

// Validate reports a request that can never be answered.
func (r *Request) Validate() error {
	code := r.Code != "" || r.Span != nil
	if _, err := readMatch(r.Match); err != nil {
		return err
	}
	if _, _, err := readCursor(r.Cursor); r.Cursor != "" && err != nil {
		return err
	}
	switch {
	case r.Lines != nil && (*r.Lines < 0 || *r.Lines > MaxLines):
		return fault.New(fault.Invalid, "lines = %d: need 0 to %d", *r.Lines, MaxLines)
	case r.Near != nil && (r.Near.Path == "" || r.Near.Line < 0):
		return fault.New(fault.Invalid, "near without a file")
	case r.Near != nil && strings.TrimSpace(r.Query) == "":
		return fault.New(fault.Invalid, "what is near comes higher where a question in words is asked").WithHint("ask one, or leave out near")
	case r.Context < 0 || r.Context > MaxContext:
		return fault.New(fault.Invalid, "context = %d: need 0 to %d", r.Context, MaxContext)
	case r.Tokens < 0 || r.Tokens > MaxTokens:
		return fault.New(fault.Invalid, "tokens = %d: need 1 to %d", r.Tokens, MaxTokens)
	case !(r.Threshold >= 0 && r.Threshold <= 1):
		return fault.New(fault.Invalid, "threshold %g: need 0 to 1", r.Threshold)
	case r.Query != "" && code:
		return fault.New(fault.Invalid, "a search is for a query or for code, not for both")
	case strings.TrimSpace(r.Query) == "" && !code && !r.OnlyMatches(), r.Span == nil && code && strings.TrimSpace(r.Code) == "":
		return fault.New(fault.Invalid, "nothing to search for").WithHint("give a query, an expression with -e, or code with --code")
	case len(r.Query) > MaxQuery || len(r.Code) > MaxQuery:
		return fault.New(fault.Invalid, "query of %d bytes, more than %d", max(len(r.Query), len(r.Code)), MaxQuery)
	case r.Span != nil && r.Span.Path == "":
		return fault.New(fault.Invalid, "span without a path")
	case r.K < 0 || r.K > MaxK:
		return fault.New(fault.Invalid, "k = %d: need 1 to %d", r.K, MaxK)
	case r.Depth < 0 || r.Depth > MaxDepth:
		return fault.New(fault.Invalid, "depth %d: need 1 to %d", r.Depth, MaxDepth)
	}
	switch r.Mode {
	case "", Hybrid, Dense, Lexical:
	default:
		return fault.New(fault.Invalid, "mode %q", r.Mode).WithHint("modes are hybrid, dense and lexical")
	}
	if r.Mode == Lexical && r.Adapter != nil && !r.Adapter.IsBase() {
		return fault.New(fault.Invalid, "lexical search uses no adapter, so %q would do nothing", r.Adapter.String())
	}
	if r.Adapter == nil {
		return nil
	}
	return r.Adapter.Resolvable()
}

// withDefaults returns a copy with the defaults filled in; the caller's request stays as it is.
func (r Request) withDefaults() Request {
	if r.OnlyMatches() {
		r.Mode, r.Adapter = Lexical, nil // nothing is encoded
	}
	r.Mode = cmp.Or(r.Mode, Hybrid)
	r.K = cmp.Or(r.K, 10)
	r.Depth = cmp.Or(r.Depth, max(signalHits, 5*r.K))
	r.Depth = max(r.Depth, r.K)
	if r.Span != nil {
		r.Filter.Exclude = append(r.Filter.Exclude[:len(r.Filter.Exclude):len(r.Filter.Exclude)], *r.Span)
	}
	return r
}
