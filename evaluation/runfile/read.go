package runfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// maxLine is the longest line of a run file, in bytes: two ids, three short columns and a tag.
const maxLine = 1 << 20

// Open reads the run file at path.
func Open(path string) (*Run, error) { return open(path, func(string) bool { return true }) }

// OpenQueries reads the rankings of some queries from the run file at path, and holds no others in memory. A run without
// any of them is empty.
func OpenQueries(ctx context.Context, path string, queries map[string]bool) (*Run, error) {
	run, err := open(path, func(query string) bool { return queries[query] && ctx.Err() == nil })
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return run, err
}

func open(path string, keep func(query string) bool) (*Run, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "run file %s is missing", path)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "cannot read run file %s", path)
	}
	defer file.Close()
	return read(file, path, keep)
}

// Read reads a run file; name stands in errors, which are Invalid and carry the line: a wrong number of columns, a
// score that is no finite 32-bit float, a document that a query ranks twice, an empty file.
func Read(r io.Reader, name string) (*Run, error) {
	return read(r, name, func(string) bool { return true })
}

func read(r io.Reader, name string, keep func(query string) bool) (*Run, error) {
	run := &Run{Rankings: make(map[string][]Hit)}
	docs := make(map[string]string) // one copy of an id that a thousand queries rank
	left := 0
	err := dataset.Lines(r, name, maxLine, func(_ int, line []byte) error {
		fields := strings.Fields(string(line))
		if len(fields) != 6 {
			return fmt.Errorf("%d columns, want the six of TREC: query Q0 document rank score tag", len(fields))
		}
		if !keep(fields[0]) {
			left++
			return nil
		}
		score, err := parseScore(fields[4])
		if err != nil {
			return err
		}
		query := strings.Clone(fields[0]) // a field is a slice of its line, which would stay in memory
		doc, ok := docs[fields[2]]
		if !ok {
			doc = strings.Clone(fields[2])
			docs[doc] = doc
		}
		if run.Tag == "" {
			run.Tag = strings.Clone(fields[5])
		}
		run.Rankings[query] = append(run.Rankings[query], Hit{Doc: doc, Score: score})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(run.Rankings) == 0 && left == 0 {
		return nil, fault.New(fault.Invalid, "%s holds no hit", name)
	}
	return run, run.finish(name)
}

// finish orders every ranking and refuses documents that one holds twice.
func (r *Run) finish(name string) error {
	for query, hits := range r.Rankings {
		Order(hits)
		seen := make(map[string]bool, len(hits))
		for _, hit := range hits {
			if seen[hit.Doc] {
				return fault.New(fault.Invalid, "%s: query %q ranks document %q twice", name, query, hit.Doc)
			}
			seen[hit.Doc] = true
		}
	}
	return nil
}

// parseScore reads a double and rounds it to 32 bits, in the two steps that trec_eval takes.
func parseScore(s string) (float32, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(float64(float32(v)), 0) {
		return 0, fmt.Errorf("score %q is not a finite number", s)
	}
	return float32(v) + 0, nil // + 0 makes a negative zero positive, so that it ties with zero
}
