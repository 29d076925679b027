package compare

// This file says what a system is and what it is called.

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/internal/fault"
)

// system is a model with its mixes and its way of searching.
type system struct {
	Name       string             `json:"name"`
	Model      string             `json:"model"`
	Adapter    string             `json:"adapter"`     // mix of the queries
	DocAdapter string             `json:"doc_adapter"` // mix of the documents
	Search     *evaluation.Search `json:"search,omitempty"`
	MaxTokens  int                `json:"max_tokens,omitempty"` // where its texts were truncated; 0: nothing was encoded here
	Truncation string             `json:"truncation,omitempty"` // how longer ones were cut, unless at their end
	Template   string             `json:"template,omitempty"`   // text template of the documents; "" is title and text
	InputType  bool               `json:"input_type,omitempty"` // an endpoint was told what is a query
	Elsewhere  string             `json:"elsewhere,omitempty"`  // where vectors or rankings come from, as evaluation.Report.System
}

// atEnd is what reports call the usual way of cutting a text that is too long.
const atEnd = "truncate"

func systemOf(r *evaluation.Report) system {
	s := system{Model: r.Model, Adapter: r.Adapter, DocAdapter: r.DocAdapter, Search: r.Search, Template: r.Template, InputType: r.InputType, Elsewhere: r.System}
	if !s.isLexical() {
		s.MaxTokens = r.MaxTokens
		if r.Truncation != atEnd {
			s.Truncation = r.Truncation
		}
	}
	return s
}

// NameOf says in words what an evaluation is of: "my-go on queries", "base, hybrid search by scores".
func NameOf(r *evaluation.Report) string { return systemOf(r).describe(false, false) }

// key is the same for evaluations of the same system only.
func (s system) key() string {
	s.Name = ""
	text, err := json.Marshal(s) // maps in the order of their keys
	if err != nil {
		return fmt.Sprintf("%+v", s) // a coverage that is not a number; the key needs to tell systems apart only
	}
	return string(text)
}

func (s system) isLexical() bool { return s.Search != nil && s.Search.Mode == "lexical" }

// isBase tells whether it is the plain model, its vectors ranked by cosine.
func (s system) isBase() bool {
	plain := s.Search == nil || s.Search.Mode == "dense" && s.Search.Coverage == 1 && len(s.Search.LanguageWise)+len(s.Search.Settings) == 0
	return s.Adapter == adapters.BaseMix && s.DocAdapter == adapters.BaseMix && s.Template == "" && s.Elsewhere == "" && plain
}

// describe names a system within a report; withModel where several models are in it, withTokens where several truncations.
func (s system) describe(withModel, withTokens bool) string {
	var parts []string
	switch {
	case s.Elsewhere != "":
		parts, withModel = append(parts, cmp.Or(s.Model, "unnamed system")), false
		if s.Elsewhere != evaluation.FromRunFile {
			parts = append(parts, "by "+s.Elsewhere)
		}
		if s.InputType {
			parts = append(parts, "with input types")
		}
	case s.isLexical():
		parts = append(parts, "lexical")
	case s.Search != nil && len(s.Search.LanguageWise) > 0:
		parts = append(parts, "language-wise "+strings.Join(sortedKeys(s.Search.LanguageWise), "+")) // the mixes would be too long for a name
	case s.Adapter == adapters.BaseMix && s.DocAdapter == adapters.BaseMix:
		parts = append(parts, "base")
	case s.Adapter == s.DocAdapter:
		parts = append(parts, s.Adapter)
	case s.DocAdapter == adapters.BaseMix:
		parts = append(parts, s.Adapter+" on queries")
	case s.Adapter == adapters.BaseMix:
		parts = append(parts, s.DocAdapter+" on documents")
	default:
		parts = append(parts, s.Adapter+" on queries, "+s.DocAdapter+" on documents")
	}
	if s.Search != nil && !s.isLexical() {
		way := s.Search.Mode + " search"
		if s.Search.Fusion != "" {
			way += " by " + s.Search.Fusion
		}
		parts = append(parts, way)
		if s.Search.Coverage < 1 {
			parts = append(parts, fmt.Sprintf("%.0f %% of the vectors", 100*s.Search.Coverage))
		}
	}
	if s.Search != nil {
		for _, name := range sortedKeys(s.Search.Settings) {
			parts = append(parts, name+" "+s.Search.Settings[name])
		}
	}
	if withTokens && s.MaxTokens > 0 {
		parts = append(parts, fmt.Sprintf("at most %d tokens", s.MaxTokens))
	}
	if s.Truncation != "" {
		parts = append(parts, "long texts by "+s.Truncation)
	}
	if s.Template != "" {
		parts = append(parts, "documents as "+s.Template)
	}
	name := strings.Join(parts, ", ")
	if withModel && !s.isLexical() {
		model := s.Model
		if model == "" {
			model = "unnamed model"
		}
		name = model + ": " + name
	}
	return name
}

// Adapters lists the adapters that an evaluation used.
func (e *Evaluation) Adapters() []string { return systemOf(&e.Report).adapters() }

// adapters lists the adapters that a system uses. A mix that is no sum of adapters counts as one.
func (s system) adapters() []string {
	mixes := []string{s.Adapter, s.DocAdapter}
	if s.Search != nil {
		for _, mix := range s.Search.LanguageWise {
			mixes = append(mixes, mix.String())
		}
	}
	ids := map[string]bool{}
	for _, text := range mixes {
		mix, err := adapters.ParseMix(text)
		if err != nil || mix.Resolvable() != nil {
			ids[text] = true
			continue
		}
		for _, name := range mix.Names() {
			ids[name] = true
		}
	}
	return sortedKeys(ids)
}

// systemsOf lists the systems of some evaluations by name. Names are unique.
func systemsOf(evaluations []*Evaluation) []system {
	byKey := map[string]system{}
	models, tokens := map[string]bool{}, map[int]bool{}
	for _, e := range evaluations {
		s := systemOf(&e.Report)
		byKey[s.key()] = s
		if !s.isLexical() && s.Elsewhere == "" { // words have no model of their own, and others say what they are
			models[s.Model] = true
		}
		if s.MaxTokens > 0 {
			tokens[s.MaxTokens] = true
		}
	}
	keys := sortedKeys(byKey)
	out := make([]system, 0, len(keys))
	used := map[string]int{}
	for _, key := range keys {
		s := byKey[key]
		name := s.describe(len(models) > 1, len(tokens) > 1)
		if used[name]++; used[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, used[name])
		}
		s.Name = name
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b system) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// referenceOf finds the reference among the systems.
func referenceOf(systems []system, wanted string) (system, error) {
	var names []string
	var candidates []system
	for _, s := range systems {
		names = append(names, fmt.Sprintf("%q", s.Name))
		if wanted == s.Name || wanted == "" && s.isBase() {
			candidates = append(candidates, s)
		}
	}
	// Vectors ranked as they are come before the same through an index.
	if i := slices.IndexFunc(candidates, func(s system) bool { return s.Search == nil }); wanted == "" && i >= 0 {
		model := candidates[i].Model
		candidates = slices.DeleteFunc(candidates, func(s system) bool { return s.Search != nil && s.Model == model })
	}
	switch {
	case len(candidates) == 1:
		return candidates[0], nil
	case wanted != "":
		return system{}, fault.New(fault.NotFound, "no system is called %q", wanted).WithHint("the systems are %s", strings.Join(names, ", "))
	case len(systems) == 1:
		return systems[0], nil
	case len(candidates) > 1:
		return system{}, fault.New(fault.Invalid, "%d systems are a base: say which is the reference", len(candidates)).
			WithHint("give --reference with one of %s", strings.Join(names, ", "))
	}
	return system{}, fault.New(fault.Invalid, "no evaluation is of the base: say which system is the reference").
		WithHint("give --reference with one of %s", strings.Join(names, ", "))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
