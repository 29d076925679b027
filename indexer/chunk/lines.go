package chunk

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// lines is a source cut at "\n". Line numbers inside the package are 0-based.
type lines struct {
	src   []byte
	start []int  // start[i] is the offset of line i; a last entry closes the source
	blank []bool // blank[i] says that line i holds only white space
	full  []int  // full[i] is the number of non-blank lines before line i
}

func newLines(src []byte) *lines {
	n := bytes.Count(src, []byte{'\n'}) + 1
	l := &lines{src: src, start: make([]int, 1, n+1), blank: make([]bool, 0, n), full: make([]int, 1, n+1)}
	for line := range bytes.Lines(src) {
		count, blank := l.full[l.count()], len(bytes.TrimSpace(line)) == 0
		if !blank {
			count++
		}
		l.full = append(l.full, count)
		l.start = append(l.start, l.start[l.count()]+len(line))
		l.blank = append(l.blank, blank)
	}
	return l
}

// count is the number of lines.
func (l *lines) count() int { return len(l.blank) }

// at returns the line that holds the byte offset.
func (l *lines) at(offset int) int {
	line := sort.SearchInts(l.start, offset+1) - 1
	return min(max(line, 0), max(l.count()-1, 0))
}

// size is the number of bytes of lines a to b.
func (l *lines) size(a, b int) int { return l.start[b+1] - l.start[a] }

// nonBlank is the number of non-blank lines among a to b.
func (l *lines) nonBlank(a, b int) int { return l.full[b+1] - l.full[a] }

// line returns line i without its end.
func (l *lines) line(i int) []byte {
	return bytes.TrimRight(l.src[l.start[i]:l.start[i+1]], "\r\n")
}

// text returns lines a to b as they are, without the end of the last.
func (l *lines) text(a, b int) string {
	t := bytes.TrimSuffix(l.src[l.start[a]:l.start[b+1]], []byte{'\n'})
	return string(bytes.TrimSuffix(t, []byte{'\r'}))
}

// trim narrows a..b to begin and end with non-blank lines; ok is false where there is none.
func (l *lines) trim(a, b int) (int, int, bool) {
	for a <= b && l.blank[a] {
		a++
	}
	for b >= a && l.blank[b] {
		b--
	}
	return a, b, a <= b
}

// starts says whether only white space precedes the offset on its line.
func (l *lines) starts(offset int) bool {
	return len(bytes.TrimSpace(l.src[l.start[l.at(offset)]:offset])) == 0
}

// clip shortens s to at most n bytes at a rune edge.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
