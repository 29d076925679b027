package search

// This file reads a request from a JSON object or a query string: the one form that it has on every wire.

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"loradex/adapters"
	"loradex/internal/fault"
)

// Params are the members of a search on a wire: a question, how to look, and where.
type Params struct {
	Q string `json:"q"`
	How
	Where
}

// How are the members that say how to look. They are the same for a question and for code.
type How struct {
	K       *int          `json:"k"`       // hits, 10 by default
	Lang    string        `json:"lang"`    // one or several: "go,python"
	Path    textList      `json:"path"`    // one or several, as ReadPaths has them: "api", "api/**", "!**/*_test.go"
	Kind    string        `json:"kind"`    // one or several: "function,method"
	Adapter *adapters.Mix `json:"adapter"` // as text or as object; without it, that of the default space
	Mode    string        `json:"mode"`    // hybrid, dense or lexical
	Exact   bool          `json:"exact"`
	Explain bool          `json:"explain"`
	// AsIndexed answers from the index alone, whatever has become of the files since.
	AsIndexed bool     `json:"as_indexed"`
	E         textList `json:"e"`         // one or several expressions, each of which a line must match
	Changed   string   `json:"changed"`   // REV or A..B: only what changed
	Lines     *int     `json:"lines"`     // lines of text that a hit has
	Context   *int     `json:"context"`   // lines of the file around them
	Near      string   `json:"near"`      // FILE or FILE:LINE where the user is
	Files     bool     `json:"files"`     // each file once
	Tokens    *int     `json:"tokens"`    // what all hits may have
	Threshold float64  `json:"threshold"` // probability below which hits are left out
	Cursor    string   `json:"cursor"`    // of an answer, which is continued
}

// Where are the members that name trees of an index.
type Where struct {
	Repo   string   `json:"repo"`         // one repository of an index of several
	Branch textList `json:"branch"`       // one or several branches
	Rev    string   `json:"rev"`          // the tree of a revision
	All    bool     `json:"all_branches"` // the work tree and all branches
}

// textList is a string or a list of them.
type textList []string

// UnmarshalJSON reads either; null is none.
func (l *textList) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*l = textList{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// ParseParams reads a query string. Unknown parameters are refused, as a misspelt "adapter" would be answered by the base
// without a word; lang, path, kind, branch and e may be repeated.
func ParseParams(raw string) (Params, error) {
	var p Params
	values, err := url.ParseQuery(raw)
	if err != nil { // some would still be read, and the answer would be to another question
		return p, fault.Wrap(fault.Invalid, err, "the query string").WithHint("write ; and + as %%3B and %%2B")
	}
	texts := map[string]*string{"changed": &p.Changed, "near": &p.Near, "cursor": &p.Cursor, "q": &p.Q, "mode": &p.Mode, "repo": &p.Repo, "rev": &p.Rev}
	flags := map[string]*bool{"exact": &p.Exact, "files": &p.Files, "explain": &p.Explain, "as_indexed": &p.AsIndexed, "all_branches": &p.All}
	for name, given := range values {
		switch name {
		case "lang":
			p.Lang = strings.Join(given, ",")
			continue
		case "kind":
			p.Kind = strings.Join(given, ",")
			continue
		case "branch":
			p.Branch = given
			continue
		case "e":
			p.E = given
			continue
		case "path":
			p.Path = given
			continue
		}
		if len(given) != 1 {
			return p, fault.New(fault.Invalid, "parameter %.100q is given %d times", name, len(given))
		}
		value := given[0]
		if text, ok := texts[name]; ok {
			*text = value
			continue
		}
		if flag, ok := flags[name]; ok {
			if *flag, err = strconv.ParseBool(value); err != nil {
				return p, fault.New(fault.Invalid, "parameter %s is %.100q", name, value).WithHint("use true or false")
			}
			continue
		}
		switch name {
		case "k", "lines", "context", "tokens":
			n, err := strconv.Atoi(value)
			if err != nil {
				return p, fault.New(fault.Invalid, "parameter %s is %.100q", name, value).WithHint("use a number")
			}
			*map[string]**int{"k": &p.K, "lines": &p.Lines, "context": &p.Context, "tokens": &p.Tokens}[name] = &n
		case "threshold":
			if p.Threshold, err = strconv.ParseFloat(value, 64); err != nil {
				return p, fault.New(fault.Invalid, "parameter threshold is %.100q", value).WithHint("use a number from 0 to 1")
			}
		case "adapter":
			mix, err := adapters.ParseMix(value)
			if err != nil {
				return p, fault.Prefix(err, "parameter adapter")
			}
			p.Adapter = &mix
		default:
			return p, fault.New(fault.Invalid, "there is no parameter %.100q", name).
				WithHint("use q, k, lang, path, kind, adapter, mode, exact, explain, as_indexed, e, changed, lines, context, tokens, files, near, threshold, cursor, repo, branch, rev and all_branches")
		}
	}
	return p, nil
}

// Request is what is asked for. Invalid without a question.
func (p Params) Request() (Request, error) {
	q := strings.TrimSpace(p.Q)
	if q == "" && len(p.E) == 0 {
		return Request{}, fault.New(fault.Invalid, "no query").WithHint("give q")
	}
	r, err := p.How.Request()
	r.Query = q
	r.Trees = Selection{Repo: p.Repo, Branches: p.Branch, Rev: p.Rev, All: p.Where.All}
	if err == nil {
		err = r.Trees.Validate()
	}
	return r, err
}

// Request is one that does not say yet what is looked for.
func (h How) Request() (Request, error) {
	r := Request{
		Mode: Mode(h.Mode), Adapter: h.Adapter, Exact: h.Exact, Explain: h.Explain, AsIndexed: h.AsIndexed,
		Match: h.E, Changed: h.Changed, Lines: h.Lines, Cursor: h.Cursor, Threshold: h.Threshold,
	}
	var err error
	if r.Filter, err = ReadFilter(splitList(h.Lang), h.Path, splitList(h.Kind)); err != nil {
		return r, err
	}
	r.Files = h.Files
	if h.Near != "" {
		if r.Near, err = ReadNear(h.Near); err != nil {
			return r, err
		}
	}
	if h.Context != nil {
		r.Context = *h.Context
	}
	if h.Tokens != nil {
		if r.Tokens = *h.Tokens; r.Tokens < 1 {
			return r, fault.New(fault.Invalid, "tokens is %d, less than 1", r.Tokens)
		}
		r.K = TokensK
	}
	if h.K != nil {
		if r.K = *h.K; r.K < 1 {
			return r, fault.New(fault.Invalid, "k is %d, less than 1", r.K)
		}
	}
	return r, nil
}

// ReadFilter makes a filter of what people write.
func ReadFilter(languages, paths, kinds []string) (f Filter, err error) {
	if f.Languages, err = ReadLanguages(languages); err != nil {
		return f, err
	}
	if f.Kinds, err = ReadKinds(kinds); err != nil {
		return f, err
	}
	f.Paths = slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return p == "" })
	_, err = ReadPaths(f.Paths)
	return f, err
}

// splitList splits "go, python" and drops what is empty.
func splitList(text string) []string {
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ',' || r == ' ' })
	return slices.Compact(fields)
}
