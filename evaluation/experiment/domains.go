package experiment

// This file says what the adapters of a report were trained for.

import (
	"context"
	"slices"
	"strings"

	"loradex/evaluation/compare"
	"loradex/internal/fault"
)

// Domains says what each adapter was trained for by its card, where the library has one of its name.
func (l *Lab) Domains(ctx context.Context, found []*compare.Evaluation) (map[string][]string, error) {
	domains := map[string][]string{}
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
	lib, err := l.Library()
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
			l.Note("by its card, %s was trained on %s; --in-domain says otherwise", name, strings.Join(of, ", "))
		}
	}
	return domains, nil
}
