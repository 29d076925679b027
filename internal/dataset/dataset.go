// Package dataset is the one form of a data set, whether something is trained on it, mined into it or measured with it:
// documents, queries, and the judgements that join them.
//
// On disk it is a BEIR folder:
//
//	corpus.jsonl        {"_id","title","text"}, one document a line; a field "language" is read, too
//	queries.jsonl       {"_id","text"}, one query a line; a group, {"metadata":{"group"}} or {"group"}, is read, too
//	qrels/{split}.tsv   query-id, corpus-id, score; or the four columns of TREC
//
// [Open] reads one split of it and checks it whole: an evaluation that runs for an hour must not fail, or be wrong
// without a word, because of a line that could have been refused at the start. [Folder] writes one.
//
//	ds, err := dataset.Open("testdata/tiny", "test")
//	for i, q := range ds.Queries {
//		fmt.Println(q.ID, len(ds.Judgements[i]))
//	}
package dataset

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Split names a part of a data set. Parts share no query, and no document answers queries of two of them.
type Split string

// The three usual parts.
const (
	Train Split = "train"
	Dev   Split = "dev"  // picks the state of a training
	Test  Split = "test" // reports it, and is used for nothing else
)

// Source gives the splits of a data set. NotFound for one that it lacks.
type Source interface {
	Split(ctx context.Context, split Split) (*Dataset, error)
}

// Text is a document or a query.
type Text struct {
	ID   string // unique among the documents, or among the queries, of a data set
	Text string
	// Language is the document's, as chunks name it, where the file says so in a field "language"; "" where it does not.
	Language string
	// Group is the query's, where the file says so in a field "group" of the line or of its "metadata": a report has a row for
	// each group. "" where it does not.
	Group string
}

// Judgement says how relevant one document is to a query.
type Judgement struct {
	Doc   int32   // index into Dataset.Docs
	Grade float64 // larger is more relevant; zero or less is judged and not relevant
}

// Relevant tells whether the document answers the query.
func (j Judgement) Relevant() bool { return j.Grade > 0 }

// Dataset is one split of a data set. What is ranked has its ids in ascending order, byte by byte, whatever the order of the
// files was: [Open] and [Join] make it so, and [Dataset.ByID] does with any other.
type Dataset struct {
	Name  string // the folder's last element
	Split Split
	Docs  []Text // the whole corpus
	// Queries holds the queries of the split that have at least one relevant document. The others cannot be answered by any
	// ranking: they are left out of every mean and counted in Unanswerable.
	Queries []Text
	// Judgements holds the judgements of each query, parallel to Queries; by document where ids ascend, too.
	Judgements [][]Judgement
	// Negatives holds for each query documents that look right and are not, best first: hard negatives, for training. nil where
	// none were looked for.
	Negatives    [][]int32
	Unanswerable int
	// Missing is what the judgements name and no file holds: those judgements are left out.
	Missing Missing
	// Self holds for each query the document of the query's own id, which is left out of its ranking, or -1. nil leaves none out;
	// see [Dataset.WithoutSelf].
	Self []int32
	// Digest is the SHA-256, in hex, of the files that were read: corpus, queries and the split's judgements. "" for a data set
	// that was made otherwise.
	Digest string
}

// Grades returns the grades of a query's relevant documents, largest first.
func (d *Dataset) Grades(query int) []float64 {
	var grades []float64
	for _, j := range d.Judgements[query] {
		if j.Relevant() {
			grades = append(grades, j.Grade)
		}
	}
	slices.SortFunc(grades, func(a, b float64) int { return cmp.Compare(b, a) })
	return grades
}

// Answer returns the first relevant document of a query.
func (d *Dataset) Answer(query int) *Text {
	at := slices.IndexFunc(d.Judgements[query], Judgement.Relevant)
	return &d.Docs[d.Judgements[query][at].Doc]
}

// DocIndex returns the index of a document id, and whether the corpus holds it.
func (d *Dataset) DocIndex(id string) (int32, bool) { return find(d.Docs, id) }

// QueryIndex returns the index of a query id, and whether the split holds it.
func (d *Dataset) QueryIndex(id string) (int32, bool) { return find(d.Queries, id) }

func find(texts []Text, id string) (int32, bool) {
	i, ok := slices.BinarySearchFunc(texts, id, func(t Text, id string) int { return strings.Compare(t.ID, id) })
	return int32(i), ok //nolint:gosec // Open bounds the number of texts to MaxTexts
}
