package dataset

import (
	"math"

	"loradex/internal/fault"
)

// Validate checks a data set that was made by hand: lists of the right length, positions that are there, and an answer for
// every query. Errors are Invalid.
func (d *Dataset) Validate() error {
	if len(d.Judgements) != len(d.Queries) || d.Negatives != nil && len(d.Negatives) != len(d.Queries) {
		return fault.New(fault.Invalid, "judgements of %d and negatives of %d queries came for %d", len(d.Judgements), len(d.Negatives), len(d.Queries))
	}
	for q, judged := range d.Judgements {
		var named []int32
		answers := 0
		for _, j := range judged {
			if math.IsNaN(j.Grade) || math.IsInf(j.Grade, 0) {
				return fault.New(fault.Invalid, "query %q has the grade %g", d.Queries[q].ID, j.Grade)
			}
			if named = append(named, j.Doc); j.Relevant() {
				answers++
			}
		}
		if answers == 0 {
			return fault.New(fault.Invalid, "query %q has no relevant document", d.Queries[q].ID)
		}
		if d.Negatives != nil {
			named = append(named, d.Negatives[q]...)
		}
		for _, doc := range named {
			if doc < 0 || int(doc) >= len(d.Docs) {
				return fault.New(fault.Invalid, "query %q names document %d of %d", d.Queries[q].ID, doc, len(d.Docs))
			}
		}
	}
	return nil
}
