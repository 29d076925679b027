package main

// This file says what the adapters of a report were trained for.

import (
	"context"
	"slices"
	"strings"

	"loradex/evaluation/summary"
	"loradex/internal/fault"
)

// domains says what each adapter was trained for: as told, else by the cards of the library where it has an adapter of
// the name. Who tells needs no library.
func (a *app) domains(ctx context.Context, told []string, found []*summary.Evaluation) (map[string][]string, error) {
	domains := map[string][]string{}
	for _, text := range told {
		name, sets, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usagef("such as my-go=csn_go,csn_java", "--in-domain %q is not ADAPTER=SET,SET", text)
		}
		for _, set := range strings.Split(sets, ",") {
			if set = strings.TrimSpace(set); set != "" {
				domains[name] = append(domains[name], set)
			}
		}
		if domains[name] == nil {
			domains[name] = []string{} // trained for none of the sets, which is not the same as unknown
		}
	}
	if len(told) > 0 {
		return domains, nil
	}
	names := map[string]bool{}
	sets := map[string]bool{}
	for _, e := range found {
		for _, id := range e.Adapters() {
			names[id] = true
		}
		sets[e.Report.Dataset] = true
	}
	if len(names) == 0 {
		return domains, nil
	}
	lib, err := a.Library()
	if err != nil {
		return nil, err
	}
	for name := range names {
		entry, err := lib.Entry(ctx, name)
		if fault.CodeOf(err) == fault.NotFound || fault.CodeOf(err) == fault.Invalid {
			continue // trained elsewhere, or no name of an adapter: the report says that its domain is unknown
		}
		if err != nil {
			return nil, err
		}
		// A card's data is the name of the set that it was trained on, or those of several joined by +. A text that names no
		// set of the report says nothing about what lies outside.
		var of []string
		for _, set := range strings.Split(entry.Card.Data, "+") {
			if sets[set] {
				of = append(of, set)
			}
		}
		if len(of) > 0 {
			slices.Sort(of)
			domains[name] = of
			a.Note("by its card, %s was trained on %s; --in-domain says otherwise", name, strings.Join(of, ", "))
		}
	}
	return domains, nil
}
