// Package metrics holds the measures of a ranking: pure functions from judged ranks to a number in [0, 1], one file
// each, equal to trec_eval's where trec_eval has them.
//
// A metric sees a [Query]: the grades of the ranked documents, best rank first, and the grades of everything relevant.
// It never sees ids or scores. Who makes the Query has put the ranking in order already: by score descending, ties by
// document id descending, as trec_eval does.
//
//	q := metrics.Query{Ranked: []float64{0, 1, 0}, Relevant: []float64{1, 1}}
//	m, err := metrics.Parse("mrr@10")
//	m.Compute(q) // 0.5
//
// To add one: a file with the function, a line in families,
// a hand-computed table and a golden in the tests.
package metrics

import (
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// Unjudged is the grade, in Query.Ranked, of a document that nobody judged. Every metric here treats it as not
// relevant; those that tell judged from unjudged documents need the difference.
const Unjudged = -1

// Query is one ranking with its judgements.
type Query struct {
	// Ranked holds the grade of the document at each rank: above zero is relevant, zero is judged and not relevant,
	// Unjudged is not judged. It may be shorter than the corpus.
	Ranked []float64
	// Relevant holds the grades of all relevant documents, ranked or not, largest first. All are above zero.
	Relevant []float64
	// Nonrelevant is how many documents were judged and found not relevant, ranked or not.
	Nonrelevant int
	// First is the 1-based rank of the first relevant document where it is known to lie beyond the end of Ranked;
	// 0 where it lies within or is not known.
	First int
}

// metric is a measure with its cut-off.
type metric struct {
	Name    string // as in reports: "mrr@10"
	Cutoff  int    // 0: the whole ranking
	compute func(q Query, k int) float64
}

// Compute measures one query.
func (m metric) Compute(q Query) float64 { return m.compute(q, m.Cutoff) }

// family is a metric before its cut-off is known.
type family struct {
	name    string
	full    bool // may stand without a cut-off
	compute func(q Query, k int) float64
}

// families is the table of all metrics, in the order in which reports show them.
func families() []family {
	return []family{
		{"mrr", true, reciprocalRank},
		{"ndcg", true, ndcg},
		{"recall", false, recall},
		{"precision", false, precision},
		{"hit", false, hit},
		{"map", true, averagePrecision},
		{"rprec", true, rPrecision},
		{"bpref", true, bPref},
		{"rbp.50", true, rbp(0.5)},
		{"rbp.80", true, rbp(0.8)},
		{"rbp.95", true, rbp(0.95)},
	}
}

// Default returns the names of the metrics that `eval run` reports.
func Default() []string {
	return []string{"mrr@10", "mrr", "ndcg@10", "recall@1", "recall@10", "recall@100", "map"}
}

// maxCutoff bounds k: a larger one is a slip, since no ranking is that long.
const maxCutoff = 1 << 30

// Parse returns the metric of a name, "mrr" or "recall@100". An unknown name is Invalid, and its hint lists the known.
func Parse(name string) (metric, error) {
	base, cut, hasCut := strings.Cut(name, "@")
	for _, f := range families() {
		if f.name != base {
			continue
		}
		if !hasCut {
			if !f.full {
				return metric{}, fault.New(fault.Invalid, "metric %q needs a cut-off", name).WithHint("write %s@10", base)
			}
			return metric{Name: name, compute: f.compute}, nil
		}
		k, err := strconv.Atoi(cut)
		if err != nil || k < 1 || k > maxCutoff || strconv.Itoa(k) != cut {
			return metric{}, fault.New(fault.Invalid, "metric %q: the cut-off %q is not a positive whole number", name, cut)
		}
		return metric{Name: name, Cutoff: k, compute: f.compute}, nil
	}
	return metric{}, fault.New(fault.Invalid, "unknown metric %q", name).WithHint("known: %s", strings.Join(known(), ", "))
}

// ParseAll parses several names and refuses one that stands twice.
func ParseAll(names []string) ([]metric, error) {
	out := make([]metric, 0, len(names))
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		m, err := Parse(name)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fault.New(fault.Invalid, "metric %q is asked for twice", name)
		}
		seen[name] = true
		out = append(out, m)
	}
	return out, nil
}

func known() []string {
	var names []string
	for _, f := range families() {
		if f.full {
			names = append(names, f.name)
		}
		names = append(names, f.name+"@K")
	}
	return names
}

// top returns the first k grades of a ranking, all of them for k = 0.
func top(ranked []float64, k int) []float64 {
	if k > 0 && k < len(ranked) {
		return ranked[:k]
	}
	return ranked
}

// found counts the relevant documents among grades.
func found(grades []float64) int {
	n := 0
	for _, g := range grades {
		if g > 0 {
			n++
		}
	}
	return n
}
