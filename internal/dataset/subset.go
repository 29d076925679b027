package dataset

// This file defines parts of a data set, and its order.

import (
	"cmp"
	"slices"
	"strings"
)

// Subset keeps some queries with the documents that they name, and some more documents. Both stay in their order.
func (d *Dataset) Subset(query, document func(int) bool) *Dataset {
	var queries []int
	keep := make([]bool, len(d.Docs))
	for doc := range d.Docs {
		keep[doc] = document(doc)
	}
	for q := range d.Queries {
		if !query(q) {
			continue
		}
		queries = append(queries, q)
		for _, j := range d.Judgements[q] {
			keep[j.Doc] = true
		}
		if len(d.Self) > 0 && d.Self[q] >= 0 {
			keep[d.Self[q]] = true
		}
		if d.Negatives != nil {
			for _, doc := range d.Negatives[q] {
				keep[doc] = true
			}
		}
	}
	var docs []int
	for doc := range d.Docs {
		if keep[doc] {
			docs = append(docs, doc)
		}
	}
	return d.pick(queries, docs)
}

// ByID returns the data set with its ids in ascending order: itself where they are.
func (d *Dataset) ByID() *Dataset {
	byID := func(a, b Text) int { return strings.Compare(a.ID, b.ID) }
	unsorted := func(judged []Judgement) bool { return !slices.IsSortedFunc(judged, byDocument) }
	if slices.IsSortedFunc(d.Docs, byID) && slices.IsSortedFunc(d.Queries, byID) && !slices.ContainsFunc(d.Judgements, unsorted) {
		return d
	}
	out := d.pick(order(d.Queries), order(d.Docs))
	for _, judged := range out.Judgements {
		slices.SortFunc(judged, byDocument)
	}
	return out
}

func byDocument(a, b Judgement) int { return cmp.Compare(a.Doc, b.Doc) }

// order is the positions of texts by id.
func order(texts []Text) []int {
	out := make([]int, len(texts))
	for i := range out {
		out[i] = i
	}
	slices.SortFunc(out, func(a, b int) int { return strings.Compare(texts[a].ID, texts[b].ID) })
	return out
}

// pick makes a data set of queries and documents at these places, among them all that the queries name.
func (d *Dataset) pick(queries, docs []int) *Dataset {
	out := &Dataset{Name: d.Name, Split: d.Split, Unanswerable: d.Unanswerable, Missing: d.Missing}
	at := make([]int32, len(d.Docs))
	for to, doc := range docs {
		at[doc] = int32(to) //nolint:gosec // data sets are bounded by MaxTexts
		out.Docs = append(out.Docs, d.Docs[doc])
	}
	for _, q := range queries {
		judged := slices.Clone(d.Judgements[q])
		for i := range judged {
			judged[i].Doc = at[judged[i].Doc]
		}
		out.Queries, out.Judgements = append(out.Queries, d.Queries[q]), append(out.Judgements, judged)
		if d.Self != nil {
			self := d.Self[q]
			if self >= 0 {
				self = at[self]
			}
			out.Self = append(out.Self, self)
		}
		if d.Negatives != nil {
			var moved []int32
			for _, doc := range d.Negatives[q] {
				moved = append(moved, at[doc])
			}
			out.Negatives = append(out.Negatives, moved)
		}
	}
	return out
}
