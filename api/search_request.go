package api

// This file reads the request of /v1/search, from a query string or a JSON object.

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"loradex/adapters"
	"loradex/internal/fault"
	"loradex/search"
)

// searchParams are the members of a search. What is nil was not given.
type searchParams struct {
	Q       *string       `json:"q"`       // the question
	K       *int          `json:"k"`       // hits, 10 by default
	Lang    *string       `json:"lang"`    // one or several: "go,python"
	Path    *string       `json:"path"`    // a glob: "api/**"
	Kind    *string       `json:"kind"`    // one or several: "function,method"
	Adapter *adapters.Mix `json:"adapter"` // as text or as object; without it, that of the default space
	Mode    *string       `json:"mode"`    // hybrid, dense or lexical
	Exact   *bool         `json:"exact"`
	Explain *bool         `json:"explain"`

	Repo   *string  `json:"repo"`         // one repository of an index of several
	Branch *strList `json:"branch"`       // one or several branches
	Rev    *string  `json:"rev"`          // the tree of a revision
	All    *bool    `json:"all_branches"` // the work tree and all branches
}

// strList is a string or a list of them.
type strList []string

// UnmarshalJSON reads either.
func (l *strList) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*l = strList{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// parseSearchQuery reads query parameters. Unknown ones are refused, as unknown members of a body are; lang, kind and
// branch may be repeated.
func parseSearchQuery(raw string) (searchParams, error) {
	var p searchParams
	values, err := url.ParseQuery(raw)
	if err != nil { // some would still be read, and the answer would be to another question
		return p, fault.Wrap(fault.Invalid, err, "the query string").WithHint("write ; and + as %%3B and %%2B")
	}
	texts := map[string]**string{"q": &p.Q, "path": &p.Path, "mode": &p.Mode, "repo": &p.Repo, "rev": &p.Rev}
	lists := map[string]**string{"lang": &p.Lang, "kind": &p.Kind}
	flags := map[string]**bool{"exact": &p.Exact, "explain": &p.Explain, "all_branches": &p.All}
	for name, given := range values {
		if list, ok := lists[name]; ok {
			all := strings.Join(given, ",")
			*list = &all
			continue
		}
		if name == "branch" {
			p.Branch = (*strList)(&given)
			continue
		}
		if len(given) != 1 {
			return p, fault.New(fault.Invalid, "parameter %.100q is given %d times", name, len(given))
		}
		value := given[0]
		if text, ok := texts[name]; ok {
			*text = &value
			continue
		}
		if flag, ok := flags[name]; ok {
			on, err := strconv.ParseBool(value)
			if err != nil {
				return p, fault.New(fault.Invalid, "parameter %s is %.100q", name, value).WithHint("use true or false")
			}
			*flag = &on
			continue
		}
		switch name {
		case "k":
			n, err := strconv.Atoi(value)
			if err != nil {
				return p, fault.New(fault.Invalid, "parameter k is %.100q", value).WithHint("use a number")
			}
			p.K = &n
		case "adapter":
			mix, err := adapters.ParseMix(value)
			if err != nil {
				return p, fault.Wrap(fault.CodeOf(err), err, "parameter adapter")
			}
			p.Adapter = &mix
		default:
			return p, fault.New(fault.Invalid, "there is no parameter %.100q", name).
				WithHint("use q, k, lang, path, kind, adapter, mode, exact, explain, repo, branch, rev and all_branches")
		}
	}
	return p, nil
}

// request is what is searched for.
func (p searchParams) request() (search.Request, error) {
	var r search.Request
	if r.Query = strings.TrimSpace(orZero(p.Q)); r.Query == "" {
		return r, fault.New(fault.Invalid, "no query").WithHint("give q")
	}
	if p.K != nil {
		if r.K = *p.K; r.K < 1 {
			return r, fault.New(fault.Invalid, "k is %d, less than 1", r.K)
		}
	}
	r.Filter = search.Filter{Languages: splitList(p.Lang), Kinds: splitList(p.Kind), PathGlob: orZero(p.Path)}
	r.Adapter, r.Exact, r.Explain = p.Adapter, orZero(p.Exact), orZero(p.Explain)
	r.Mode = search.Mode(orZero(p.Mode))
	return r, nil
}

// trees is where it is searched for.
func (p searchParams) trees() (Trees, error) {
	t := Trees{Repo: orZero(p.Repo), Branches: orZero(p.Branch), Rev: orZero(p.Rev), All: orZero(p.All)}
	given := 0
	for _, is := range []bool{len(t.Branches) > 0, t.Rev != "", t.All} {
		if is {
			given++
		}
	}
	if given > 1 {
		return t, fault.New(fault.Invalid, "more than one of branch, rev and all_branches is given")
	}
	if len(t.Branches) > maxBranches {
		return t, fault.New(fault.Invalid, "%d branches are given, more than %d", len(t.Branches), maxBranches).
			WithHint("use all_branches")
	}
	for _, name := range append([]string{t.Repo, t.Rev}, t.Branches...) {
		if len(name) > maxName || strings.ContainsRune(name, 0) {
			return t, fault.New(fault.Invalid, "there is no repository, branch or revision called %.100q", name)
		}
	}
	for _, b := range t.Branches {
		if b == "" {
			return t, fault.New(fault.Invalid, "branch is empty")
		}
	}
	return t, nil
}

const (
	maxBranches = 100
	maxName     = 4096 // bytes
)

func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// splitList splits "go, python" and drops what is empty.
func splitList(text *string) []string {
	fields := strings.FieldsFunc(strings.ToLower(orZero(text)), func(r rune) bool { return r == ',' || r == ' ' })
	return slices.Compact(fields)
}
