package repobench

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"loradex/indexer/mine"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Options say what is made. The zero value has the defaults, but for the name.
type Options struct {
	Name string // of the repository; goes into the report
	// MinQueries is how many queries there must be in all splits. The default 0 is 20.
	MinQueries int
	// How the pairs were mined: for the report.
	Kinds               []mine.Kind
	Languages           []string
	DevShare, TestShare float64
	Seed                uint64
}

// Validate says what is wrong with o.
func (o Options) Validate() error {
	if o.Name == "" {
		return fault.New(fault.Invalid, "a benchmark needs the name of its repository")
	}
	if o.MinQueries < 0 {
		return fault.New(fault.Invalid, "at least %d queries", o.MinQueries)
	}
	return nil
}

// The reasons for which this package leaves something out.
const (
	leftNearQuery    = "near_duplicate_query"    // nearly the same as another query
	leftNearDocument = "near_duplicate_document" // of a document; or of a query, whose document was left out for it
	leftVerbatim     = "verbatim"                // a query stands in its document
	leftElsewhere    = "answered_elsewhere"      // code that answers a query is in another split, or was left out
)

// benchmark is a benchmark in memory.
type benchmark struct {
	// Report is what dataset.json holds.
	Report  Report
	docs    []mine.Document
	queries []query
}

// query is a query with its answers.
type query struct {
	id, text string
	split    dataset.Split
	answers  []string // IDs of documents
}

// kind is what a query was mined from.
func (q query) kind() string {
	kind, _, _ := strings.Cut(q.id, ":")
	return kind
}

// order is in which splits keep what another one has, too.
var order = []dataset.Split{dataset.Test, dataset.Dev, dataset.Train}

// Build makes a benchmark of mined pairs. Kinds whose queries are made up (identifier) must not be among them: their
// documents are not those of the corpus.
//
// NotFound: the repository holds no code. Invalid: too few queries, none of the split test, or queries that are made up.
// Internal: a file in two splits. Canceled when ctx ends.
func Build(ctx context.Context, pairs *mine.Pairs, o Options) (*benchmark, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.MinQueries == 0 {
		o.MinQueries = 20
	}
	b := &benchmark{docs: slices.Clone(pairs.Documents), Report: newReport(pairs, o)}
	if len(b.docs) == 0 {
		return nil, fault.New(fault.NotFound, "%s holds no code that can be parsed", o.Name).
			WithHint("is it the right folder or revision? `loradex index` says what it skips")
	}
	texts := map[string]string{}
	for _, d := range b.docs {
		texts[d.ID] = d.Text
	}
	for _, split := range order {
		set, err := pairs.Split(ctx, split)
		if fault.CodeOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := b.take(set, split, texts, pairs.AnsweredElsewhere); err != nil {
			return nil, err
		}
	}
	b.withoutVerbatim(texts)
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(fault.Canceled, err, "making the benchmark was stopped")
	}
	b.withoutNear()
	b.withoutVerbatim(texts) // answers of two queries may have come together
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(fault.Canceled, err, "making the benchmark was stopped")
	}
	return b, b.check(o)
}

// take adds the pairs of a split. A query that elsewhere is true for has answers that are not known.
func (b *benchmark) take(set *dataset.Dataset, split dataset.Split, texts map[string]string, elsewhere func(query string) bool) error {
	for i, asked := range set.Queries {
		q := query{id: asked.ID, text: asked.Text, split: split}
		if elsewhere(q.id) {
			b.Report.Queries.LeftOut[leftElsewhere]++
			continue
		}
		for _, j := range set.Judgements[i] {
			d := set.Docs[j.Doc]
			if texts[d.ID] != d.Text {
				return fault.New(fault.Invalid, "the query %q was made up from its document", q.id).
					WithHint("mine no pairs of kind %s for a benchmark", mine.KindIdentifier)
			}
			q.answers = append(q.answers, d.ID)
		}
		b.queries = append(b.queries, q)
	}
	return nil
}

// normal is a text in lower case with single spaces.
func normal(text string) string { return strings.Join(strings.Fields(strings.ToLower(text)), " ") }

// withoutVerbatim leaves out queries that stand in a document that answers them.
func (b *benchmark) withoutVerbatim(texts map[string]string) {
	b.queries = slices.DeleteFunc(b.queries, func(q query) bool {
		leak := slices.ContainsFunc(q.answers, func(id string) bool { return strings.Contains(normal(texts[id]), normal(q.text)) })
		if leak {
			b.Report.Queries.LeftOut[leftVerbatim]++
		}
		return leak
	})
}

// withoutNear leaves out what is nearly the same as something before it: in the order of splits, and documents that answer
// a query before those that do not.
func (b *benchmark) withoutNear() {
	rank := map[string]int{}
	for i := len(b.queries) - 1; i >= 0; i-- {
		for _, id := range b.queries[i].answers {
			rank[id] = slices.Index(order, b.queries[i].split) - len(order)
		}
	}
	slices.SortStableFunc(b.docs, func(x, y mine.Document) int {
		return cmp.Or(cmp.Compare(rank[x.ID], rank[y.ID]), cmp.Compare(slices.Index(order, x.Split), slices.Index(order, y.Split)), cmp.Compare(x.ID, y.ID))
	})
	texts := make([]string, len(b.docs))
	for i, d := range b.docs {
		texts[i] = d.Text
	}
	gone := map[string]bool{}
	for i, first := range duplicates(texts) {
		if first >= 0 {
			gone[b.docs[i].ID] = true
			b.Report.Documents.LeftOut[leftNearDocument]++
		}
	}
	b.docs = slices.DeleteFunc(b.docs, func(d mine.Document) bool { return gone[d.ID] })
	b.queries = slices.DeleteFunc(b.queries, func(q query) bool {
		lost := slices.ContainsFunc(q.answers, func(id string) bool { return gone[id] })
		if lost {
			b.Report.Queries.LeftOut[leftNearDocument]++
		}
		return lost
	})
	b.joinQueries()
	slices.SortFunc(b.docs, func(x, y mine.Document) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortFunc(b.queries, func(x, y query) int { return cmp.Compare(x.id, y.id) })
}

// joinQueries makes one query of those that are nearly the same, with the answers of all. Where they are of several splits
// none stays: an answer would lie in a file of another split.
func (b *benchmark) joinQueries() {
	asked := make([]string, len(b.queries))
	for i, q := range b.queries {
		asked[i] = q.text
	}
	gone := map[int]bool{}
	for i, first := range duplicates(asked) {
		if first < 0 {
			continue
		}
		gone[i] = true
		if b.queries[i].split != b.queries[first].split {
			gone[first] = true
			continue
		}
		for _, id := range b.queries[i].answers {
			if !slices.Contains(b.queries[first].answers, id) {
				b.queries[first].answers = append(b.queries[first].answers, id)
			}
		}
	}
	b.Report.Queries.LeftOut[leftNearQuery] += len(gone)
	i := -1
	b.queries = slices.DeleteFunc(b.queries, func(query) bool { i++; return gone[i] })
}

// check counts, and refuses what nothing can be measured with.
func (b *benchmark) check(o Options) error {
	file := map[string]dataset.Split{}
	paths := map[string]string{}
	for _, d := range b.docs {
		paths[d.ID] = d.Path
	}
	r := &b.Report
	r.Documents.Count = len(b.docs)
	for _, d := range b.docs {
		r.Languages[d.Language]++
	}
	for _, q := range b.queries {
		r.Queries.Splits[q.split]++
		r.Queries.Kinds[mine.Kind(q.kind())]++
		for _, id := range q.answers {
			if was, taken := file[paths[id]]; taken && was != q.split {
				return fault.New(fault.Internal, "%s answers queries of %s and of %s", paths[id], was, q.split)
			}
			file[paths[id]] = q.split
		}
	}
	r.Queries.Count = len(b.queries)
	if len(b.queries) < o.MinQueries || r.Queries.Splits[dataset.Test] == 0 {
		return fault.New(fault.Invalid, "%s gives %d queries, %d of them to test on; at least %d are needed to measure anything",
			o.Name, len(b.queries), r.Queries.Splits[dataset.Test], o.MinQueries).
			WithHint("allow more kinds of pairs, such as --kinds doc,readme,test,commit, or use a repository with more documentation; " +
				"`loradex train --repo` shows what is found and why it is left out")
	}
	return nil
}
