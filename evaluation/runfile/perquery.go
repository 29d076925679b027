package runfile

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"

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
	enc := json.NewEncoder(buffer)
	enc.SetEscapeHTML(false)
	for _, r := range results {
		if err := enc.Encode(r); err != nil {
			return fault.Wrap(fault.Unavailable, err, "cannot write the result of query %q", r.Query)
		}
	}
	if err := buffer.Flush(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot write the per-query results")
	}
	return nil
}

// ReadPerQuery reads what WritePerQuery wrote; name stands in errors, which are Invalid and carry the line.
func ReadPerQuery(r io.Reader, name string) ([]QueryResult, error) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 0, 4<<10), maxLine)
	var results []QueryResult
	seen := make(map[string]bool)
	n := 0
	for scanner.Scan() {
		n++
		if len(scanner.Bytes()) == 0 {
			continue
		}
		var q QueryResult
		if err := json.Unmarshal(scanner.Bytes(), &q); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s:%d", name, n)
		}
		if q.Query == "" || seen[q.Query] {
			return nil, fault.New(fault.Invalid, "%s:%d: query %q is empty or stands there twice", name, n, q.Query)
		}
		seen[q.Query] = true
		results = append(results, q)
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fault.New(fault.Invalid, "%s:%d: the line is longer than %d MiB", name, n+1, maxLine>>20)
	} else if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "cannot read %s after line %d", name, n)
	}
	return results, nil
}
