package runfile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// QueryResult is the line of one query in a per-query file.
type QueryResult struct {
	Query    string             `json:"query"`
	Relevant int                `json:"relevant"` // how many documents are
	First    int                `json:"first"`    // rank of the first relevant one; 0 where it was not found
	Metrics  map[string]float64 `json:"metrics"`
	// Group is the row of the report that the query counts in, where there are such rows: its own group or its language.
	Group string `json:"group,omitempty"`
}

// WritePerQuery writes one JSON line a query.
func WritePerQuery(w io.Writer, results []QueryResult) error {
	buffer := bufio.NewWriter(w)
	if err := errors.Join(dataset.EncodeLines(buffer, slices.Values(results)), buffer.Flush()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot write the per-query results")
	}
	return nil
}

// ReadPerQuery reads what WritePerQuery wrote; name stands in errors, which are Invalid and carry the line.
func ReadPerQuery(r io.Reader, name string) ([]QueryResult, error) {
	var results []QueryResult
	seen := make(map[string]bool)
	err := dataset.Lines(r, name, maxLine, func(_ int, line []byte) error {
		var q QueryResult
		if err := json.Unmarshal(line, &q); err != nil {
			return err
		}
		if q.Query == "" || seen[q.Query] {
			return fmt.Errorf("query %q is empty or stands there twice", q.Query)
		}
		seen[q.Query] = true
		results = append(results, q)
		return nil
	})
	return results, err
}
