package api

// This file reads the request of /v1/search, from a query string or a JSON object.

import (
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
}

// parseSearchQuery reads query parameters. Unknown ones are refused, as unknown members of a body are; lang and kind may
// be repeated.
func parseSearchQuery(raw string) (searchParams, error) {
	var p searchParams
	values, err := url.ParseQuery(raw)
	if err != nil { // some would still be read, and the answer would be to another question
		return p, fault.Wrap(fault.Invalid, err, "the query string").WithHint("write ; and + as %%3B and %%2B")
	}
	texts := map[string]**string{"q": &p.Q, "path": &p.Path, "mode": &p.Mode}
	lists := map[string]**string{"lang": &p.Lang, "kind": &p.Kind}
	flags := map[string]**bool{"exact": &p.Exact, "explain": &p.Explain}
	for name, given := range values {
		if list, ok := lists[name]; ok {
			all := strings.Join(given, ",")
			*list = &all
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
				WithHint("use q, k, lang, path, kind, adapter, mode, exact and explain")
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
