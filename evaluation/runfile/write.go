package runfile

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode"

	"loradex/internal/fault"
)

// Line is a hit of a query at a rank.
type Line struct {
	Query string
	Hit
	Rank int
}

// Write writes a run file; tag names the system in the last column, white space in it becomes "-". The score gets as many digits as
// it takes to read the same float back, so that ties stay ties. Invalid for an id that a column cannot hold, or a score that is not
// finite.
func Write(w io.Writer, tag string, lines iter.Seq[Line]) error {
	tag = cmp.Or(strings.Join(strings.Fields(tag), "-"), "run")
	buffer := bufio.NewWriter(w)
	var err error
	for l := range lines {
		if !column(l.Query) || !column(l.Doc) {
			return fault.New(fault.Invalid, "a run file cannot hold query %q and document %q: ids need at least one character and no white space", l.Query, l.Doc)
		}
		score := float64(l.Score)
		if math.IsNaN(score) || math.IsInf(score, 0) {
			return fault.New(fault.Invalid, "query %q, document %q: the score is %g", l.Query, l.Doc, score)
		}
		text := strconv.AppendFloat(fmt.Appendf(buffer.AvailableBuffer(), "%s Q0 %s %d ", l.Query, l.Doc, l.Rank), score, 'g', -1, 32)
		if _, err = buffer.Write(append(append(append(text, ' '), tag...), '\n')); err != nil {
			break
		}
	}
	if err = errors.Join(err, buffer.Flush()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot write the run file")
	}
	return nil
}

// column reports whether s survives as one column.
func column(s string) bool { return s != "" && !strings.ContainsFunc(s, unicode.IsSpace) }
