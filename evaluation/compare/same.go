package compare

// This file says which evaluations may be compared.

import (
	"fmt"
	"slices"
	"strings"

	"loradex/evaluation"
	"loradex/evaluation/runfile"
	"loradex/internal/fault"
)

// aspect is something that a report says of how it was made.
type aspect struct {
	name  string
	value any
	data  bool // of what was asked and searched: without it, no pair of values is of one query
}

func aspectsOf(r *evaluation.Report) []aspect {
	return []aspect{
		{"data set", r.Dataset, true},
		{"split", r.Split, true},
		{"size in documents", r.Corpus, true},
		{"queries", r.Queries, true},
		{"data digest", r.Digests.Data, true},
		{"pool", r.PoolSize(), true},
		{"pool seed", r.PoolSeed, true},
		{"exclude self", r.ExcludeSelf, true},
		{"model digest", r.Digests.Model, false},
		{"model", r.Model, false},
		{"max tokens", r.MaxTokens, false},
		{"truncation", r.Truncation, false},
		{"input type", r.InputType, false},
		{"template", r.Template, false},
		{"depth", r.Depth, false},
		{"tie break", r.TieBreak, false},
		{"search", searchOf(r), false},
	}
}

// searchOf is what of a search must be the same. Fusion, settings and the mixes of languages may be what is gated.
func searchOf(r *evaluation.Report) string {
	if r.Search == nil {
		return "vectors"
	}
	text := fmt.Sprintf("%s, coverage %g", r.Search.Mode, r.Search.Coverage)
	if seed := r.Search.Settings["coverage_seed"]; seed != "" {
		text += " by seed " + seed
	}
	return text
}

// differ lists the aspects that keep applies to and that differ.
func differ(a, b *evaluation.Report, keep func(aspect) bool) string {
	var list []string
	after := aspectsOf(b)
	for i, before := range aspectsOf(a) {
		if was, is := before.value, after[i].value; was != is && keep(before) {
			list = append(list, fmt.Sprintf("%s %v, now %v", before.name, quoted(was), quoted(is)))
		}
	}
	return strings.Join(list, "; ")
}

// quoted shows texts in quotation marks, so that an empty one is seen.
func quoted(v any) any {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return v
}

// sameData refuses, as Invalid, evaluations of other queries or other documents: a paired test of those would mean nothing.
func sameData(a, b *Evaluation) error {
	if len(a.Queries) == 0 {
		return fault.New(fault.Invalid, "there are no queries to compare")
	}
	if !slices.EqualFunc(a.Queries, b.Queries, func(x, y runfile.QueryResult) bool { return x.Query == y.Query }) {
		return fault.New(fault.Invalid, "their queries differ: %d and %d, not all with the same ids", len(a.Queries), len(b.Queries))
	}
	unknown := a.Report.Digests.Data == "" || b.Report.Digests.Data == "" // by an older version
	list := differ(&a.Report, &b.Report, func(x aspect) bool { return x.data && !(unknown && x.name == "data digest") })
	if list == "" {
		return nil
	}
	return fault.New(fault.Invalid, "they cannot be compared: %s", list).
		WithHint("evaluate both over the same files, with the same --pool and --pool-seed")
}

// Stale tells whether figures of now can be held against those of a baseline. Conflict where they were not made alike, with
// all that differs: data set, split, documents, base model, maximum tokens, cut, template, pool, depth, order of ties, and how
// an index was searched. The adapter may differ and so may the code: they are what a gate is for.
//
// Models are compared by their digest; where one of the two is not known, as for an endpoint or a run file, by name.
func Stale(baseline, now *evaluation.Report) error {
	without := "model" // what the model is compared by: the other of the two
	if baseline.Digests.Model == "" || now.Digests.Model == "" {
		without = "model digest"
	}
	list := differ(baseline, now, func(x aspect) bool { return x.name != without })
	if list == "" {
		return nil
	}
	return fault.New(fault.Conflict, "the baseline is stale, it was made otherwise: %s", list).
		WithHint("renew it: run the command with --out DIR in place of --baseline, look at the figures, and keep that folder")
}
