package dataset

// This file defines the reader of judgements (qrels).

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxGrade bounds a grade so that sums of gains stay finite.
const maxGrade = 1e9

// ReadQrels reads judgements of three columns (query, document, grade) or of TREC's four (query, iteration, document,
// grade), separated by tabs or, where a line holds none, by white space. A first line of column names is skipped.
func ReadQrels(r io.Reader, name string) (map[string]map[string]float64, error) {
	judged := make(map[string]map[string]float64)
	err := Lines(r, name, MaxLine, func(n int, data []byte) error {
		fields := columns(data)
		if len(fields) == 4 {
			fields = []string{fields[0], fields[2], fields[3]} // TREC's iteration says nothing
		}
		if len(fields) != 3 {
			return fmt.Errorf("%d columns, want query, document, score (or the four of TREC)", len(fields))
		}
		query, doc := fields[0], fields[1]
		grade, err := strconv.ParseFloat(fields[2], 64)
		if err != nil && n == 1 && isHeader(query) {
			return nil
		}
		if err != nil || math.IsNaN(grade) || math.Abs(grade) > maxGrade {
			return fmt.Errorf("score %q is not a number up to %g", fields[2], maxGrade)
		}
		for _, id := range []string{query, doc} {
			if err := checkID(id); err != nil {
				return fmt.Errorf("id %w", err)
			}
		}
		docs := judged[query]
		if docs == nil {
			docs = make(map[string]float64)
			judged[query] = docs
		}
		if before, ok := docs[doc]; ok && before != grade {
			return fmt.Errorf("query %q and document %q are judged %g above and %g here", query, doc, before, grade)
		}
		docs[doc] = grade
		return nil
	})
	if err != nil {
		return nil, err
	}
	return judged, nil
}

func columns(line []byte) []string {
	if bytes.IndexByte(line, '\t') < 0 {
		return strings.Fields(string(line))
	}
	fields := strings.Split(string(line), "\t")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields
}

// isHeader tells the column names of known exports from an id whose score is malformed: a first judgement must not
// get lost for a typing error.
func isHeader(first string) bool {
	switch strings.ToLower(first) {
	case "query-id", "query_id", "queryid", "qid", "query", "topic":
		return true
	}
	return false
}
