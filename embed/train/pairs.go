package train

import (
	"context"

	"loradex/internal/fault"
)

// Text is one query or one document.
type Text struct {
	ID       string // unique among the queries, or among the documents, of a set
	Text     string
	Language string // programming language, lower case; "" where it is unknown or natural language
}

// Example says which documents answer a query. Positives and Negatives are positions in Set.Documents.
type Example struct {
	Query     int // position in Set.Queries
	Positives []int
	// Negatives are documents that look right and are not, best first: hard negatives. They may be missing.
	Negatives []int
	// Score is the wanted cosine of the query and its first positive, for the regression loss alone.
	Score float32
}

// Set is what is trained on, or evaluated with. A document that no example names is a negative for all.
type Set struct {
	Queries, Documents []Text
	Examples           []Example
}

// Split names a part of the data. Parts share no query, and no document is a positive in two of them.
type Split string

// The three parts of a data set.
const (
	Train Split = "train"
	Dev   Split = "dev"  // picks the checkpoint
	Test  Split = "test" // reports it, and is used for nothing else
)

// PairSource gives training data. NotFound for a split that the source lacks.
type PairSource interface {
	Pairs(ctx context.Context, split Split) (*Set, error)
}

// Validate checks the positions of a set. Errors are Invalid.
func (s *Set) Validate() error {
	for i, e := range s.Examples {
		if e.Query < 0 || e.Query >= len(s.Queries) {
			return fault.New(fault.Invalid, "example %d names query %d of %d", i, e.Query, len(s.Queries))
		}
		if len(e.Positives) == 0 {
			return fault.New(fault.Invalid, "query %q has no positive document", s.Queries[e.Query].ID)
		}
		for _, list := range [][]int{e.Positives, e.Negatives} {
			for _, d := range list {
				if d < 0 || d >= len(s.Documents) {
					return fault.New(fault.Invalid, "query %q names document %d of %d", s.Queries[e.Query].ID, d, len(s.Documents))
				}
			}
		}
		if !(e.Score >= -1 && e.Score <= 1) { // NaN is neither
			return fault.New(fault.Invalid, "query %q has score %g, want -1 to 1", s.Queries[e.Query].ID, e.Score)
		}
	}
	return nil
}
