package runfile

import (
	"bufio"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"

	"loradex/internal/fault"
)

// Writer writes a run file, hit by hit.
type Writer struct {
	w    *bufio.Writer
	tag  string
	line []byte
	err  error // the first failure; later calls do nothing
}

// NewWriter returns a writer; tag names the system in the last column, white space in it becomes "-".
func NewWriter(w io.Writer, tag string) *Writer {
	tag = strings.Join(strings.Fields(tag), "-")
	if tag == "" {
		tag = "run"
	}
	return &Writer{w: bufio.NewWriter(w), tag: tag}
}

// Hit writes one line. The score gets as many digits as it takes to read the same float back, so that ties stay ties.
// An id that a column cannot hold, or a score that is not finite, fails with Invalid at Flush.
func (w *Writer) Hit(query, doc string, rank int, score float32) {
	if w.err != nil {
		return
	}
	if !column(query) || !column(doc) {
		w.err = fault.New(fault.Invalid, "a run file cannot hold query %q and document %q: ids need at least one character and no white space", query, doc)
		return
	}
	if s := float64(score); math.IsNaN(s) || math.IsInf(s, 0) {
		w.err = fault.New(fault.Invalid, "query %q, document %q: the score is %g", query, doc, s)
		return
	}
	l := w.line[:0]
	l = append(append(l, query...), " Q0 "...)
	l = append(append(l, doc...), ' ')
	l = append(strconv.AppendInt(l, int64(rank), 10), ' ')
	l = append(strconv.AppendFloat(l, float64(score), 'g', -1, 32), ' ')
	l = append(append(l, w.tag...), '\n')
	w.line = l
	if _, err := w.w.Write(l); err != nil {
		w.err = fault.Wrap(fault.Unavailable, err, "cannot write the run file")
	}
}

// Flush writes what is buffered and returns the first failure of all calls.
func (w *Writer) Flush() error {
	if w.err == nil {
		if err := w.w.Flush(); err != nil {
			w.err = fault.Wrap(fault.Unavailable, err, "cannot write the run file")
		}
	}
	return w.err
}

// column reports whether s survives as one column.
func column(s string) bool { return s != "" && !strings.ContainsFunc(s, unicode.IsSpace) }
