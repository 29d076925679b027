package dataset

// This file defines what judgements name and a data set does not hold.

import (
	"fmt"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// Missing is what the judgements of a split name and no file holds, as in many published data sets.
type Missing struct {
	Judgements         int      // that name one of them
	Documents, Queries []string // ids, ascending
}

// None tells whether everything is there.
func (m *Missing) None() bool { return m.Judgements == 0 }

// String says what is missing, in a clause: "2 judgements name what is not there: 1 document (d9), 1 query (q7)".
func (m *Missing) String() string {
	var parts []string
	for _, part := range []struct {
		one, many string
		ids       []string
	}{{"document", "documents", m.Documents}, {"query", "queries", m.Queries}} {
		if n := len(part.ids); n > 0 {
			parts = append(parts, fmt.Sprintf("%s (%s)", Count(n, part.one, part.many), FirstFew(part.ids)))
		}
	}
	verb := "name"
	if m.Judgements == 1 {
		verb = "names"
	}
	return fmt.Sprintf("%s %s what is not there: %s", Count(m.Judgements, "judgement", "judgements"), verb, strings.Join(parts, ", "))
}

// Count is a number with the word for so many.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Whole refuses, as Invalid, a data set whose judgements name what it does not hold.
func (d *Dataset) Whole() error {
	if d.Missing.None() {
		return nil
	}
	return fault.New(fault.Invalid, "split %q of %s: %s", d.Split, d.Name, &d.Missing).
		WithHint("restore the files or remove the judgements; without --strict they are left out and counted")
}

// add counts what another set lacks, whose ids get a prefix.
func (m *Missing) add(other Missing, prefix string) {
	m.Judgements += other.Judgements
	for _, id := range other.Documents {
		m.Documents = append(m.Documents, prefix+id)
	}
	for _, id := range other.Queries {
		m.Queries = append(m.Queries, prefix+id)
	}
}

// selves are the documents of the queries' own ids, -1 for a query without one, and how many there are.
func (d *Dataset) selves() (docs []int32, n int) {
	docs = make([]int32, len(d.Queries))
	for i, q := range d.Queries {
		docs[i] = -1
		if doc, ok := d.DocIndex(q.ID); ok {
			docs[i] = doc
			n++
		}
	}
	return docs, n
}

// Selves counts the queries that are a document of the same id. The ids must ascend.
func (d *Dataset) Selves() int {
	_, n := d.selves()
	return n
}

// WithoutSelf returns the data set with every query that is a document of the same id ranked without it. A judgement of itself is
// left out, too, and a query that has no other answer is counted as unanswerable. The ids must ascend. Invalid where no query
// is left.
func (d *Dataset) WithoutSelf() (*Dataset, error) {
	docs, _ := d.selves()
	out := *d
	out.Queries, out.Judgements, out.Negatives, out.Self = nil, nil, nil, []int32{}
	for i, q := range d.Queries {
		judged := slices.DeleteFunc(slices.Clone(d.Judgements[i]), func(j Judgement) bool { return j.Doc == docs[i] })
		if !slices.ContainsFunc(judged, Judgement.Relevant) {
			out.Unanswerable++
			continue
		}
		out.Queries, out.Judgements, out.Self = append(out.Queries, q), append(out.Judgements, judged), append(out.Self, docs[i])
		if d.Negatives != nil {
			out.Negatives = append(out.Negatives, slices.DeleteFunc(slices.Clone(d.Negatives[i]), func(doc int32) bool { return doc == docs[i] }))
		}
	}
	if len(out.Queries) == 0 {
		return nil, fault.New(fault.Invalid, "no query of %s has another answer than itself", d.Name).WithHint("leave --exclude-self out")
	}
	return &out, nil
}
