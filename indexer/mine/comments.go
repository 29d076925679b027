package mine

import (
	"regexp"
	"slices"
	"strings"

	"loradex/indexer"
)

// This file finds whole-line comments in a chunk. Tree-sitter is not asked: a chunk is a cut-out that need not parse.

// commentStyle says how the comments of a language begin and end.
type commentStyle struct {
	lines  []string    // markers of comments up to the end of the line
	blocks [][2]string // begin and end
	quotes bool        // a string that is a statement is documentation
}

// styles by language; the others are like C.
var styles = map[string]commentStyle{
	"python": {lines: []string{"#"}, quotes: true},
	"ruby":   {lines: []string{"#"}, blocks: [][2]string{{"=begin", "=end"}}},
	"shell":  {lines: []string{"#"}},
	"php":    {lines: []string{"//", "# "}, blocks: [][2]string{{"/*", "*/"}}},
}

func styleOf(language string) commentStyle {
	if s, ok := styles[language]; ok {
		return s
	}
	return commentStyle{lines: []string{"//"}, blocks: [][2]string{{"/*", "*/"}}}
}

// comment is a run of lines that hold nothing else; to is exclusive.
type comment struct {
	from, to int
	open     string // what would end it, where that is not in the text
}

// stringStart is a string at the beginning of a line, with Python's prefixes.
var stringStart = regexp.MustCompile(`^[rRuUbB]{0,2}("""|'''|"|')`)

// findComments returns the comments that fill their lines, in order. Neighbouring line comments are one.
func findComments(text []string, style commentStyle) []comment {
	var out []comment
	lineRun := false // the last comment consists of line comments and may grow
	for i := 0; i < len(text); i++ {
		s := strings.TrimSpace(text[i])
		if slices.ContainsFunc(style.lines, func(mark string) bool {
			return strings.HasPrefix(s, mark) || s == strings.TrimSpace(mark)
		}) {
			if lineRun && out[len(out)-1].to == i {
				out[len(out)-1].to++
			} else {
				out = append(out, comment{from: i, to: i + 1})
			}
			lineRun = true
			continue
		}
		lineRun = false
		begin, end, long := style.block(s)
		if begin == 0 {
			continue
		}
		c, ok := closeBlock(text, i, s[begin:], end, long)
		if ok {
			out = append(out, c)
		}
		i = c.to - 1
	}
	return out
}

// block tells whether a trimmed line begins a block: after how many bytes its content begins (0: it does not), what
// ends it, and whether it may go on over more lines.
func (s commentStyle) block(line string) (begin int, end string, long bool) {
	for _, b := range s.blocks {
		if strings.HasPrefix(line, b[0]) {
			return len(b[0]), b[1], true
		}
	}
	if s.quotes {
		if m := stringStart.FindStringSubmatch(line); m != nil {
			return len(m[0]), m[1], len(m[1]) == 3
		}
	}
	return 0, "", false
}

// closeBlock finds the end of a block that begins on line i; rest is that line behind the begin. ok is false where it
// shares its last line with code.
func closeBlock(text []string, i int, rest, end string, long bool) (c comment, ok bool) {
	for at := i; at < len(text); at++ {
		if at > i {
			rest = strings.TrimSpace(text[at])
		}
		if _, after, found := strings.Cut(rest, end); found {
			return comment{from: i, to: at + 1}, strings.TrimSpace(after) == ""
		}
		if !long {
			return comment{from: i, to: i + 1}, false
		}
	}
	return comment{from: i, to: len(text), open: end}, true
}

// withoutDoc returns a text without its documentation: comments and docstrings that hold a line of doc, and, where there
// is a doc, the comments before the first line of code. open is what would end a docstring that goes on in the next chunk.
//
// A run of comment lines goes as a whole, because a doc is bounded: its end may not be in doc.
func withoutDoc(text, doc string, style commentStyle) (rest, open string) {
	if doc == "" {
		return text, ""
	}
	var marks []string
	for line := range strings.SplitSeq(doc, "\n") {
		// A short line may occur anywhere; but a doc may be nothing but one short line.
		if key := compact(line); len(key) >= 12 || key != "" && len(marks) == 0 {
			marks = append(marks, key)
		}
	}
	lines := strings.Split(text, "\n")
	drop := make([]bool, len(lines))
	code := 0 // the first line that is neither blank nor comment, nor an annotation
	for _, c := range findComments(lines, style) {
		for code < c.from && isAside(lines[code]) {
			code++
		}
		key := compact(strings.Join(lines[c.from:c.to], "\n"))
		if code < c.from && !slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(key, m) }) {
			continue
		}
		if code == c.from {
			code = c.to
		}
		for i := c.from; i < c.to; i++ {
			drop[i] = true
		}
		open = c.open // only the last comment can be
	}
	kept := lines[:0]
	for i, line := range lines {
		if !drop[i] {
			kept = append(kept, line)
		}
	}
	return strings.Trim(strings.Join(kept, "\n"), "\n"), open
}

// isAside tells whether a line before a definition is no part of it: blank, an annotation, or an attribute.
func isAside(line string) bool {
	s := strings.TrimSpace(line)
	return s == "" || s[0] == '@' || strings.HasPrefix(s, "#[") || s[0] == '[' && s[len(s)-1] == ']'
}

// closers are lines with letters that say nothing.
var closers = map[string]bool{"end": true, "fi": true, "done": true, "esac": true, "else": true, "pass": true, "do": true}

// opener is the end of the line after which a definition's body begins.
var opener = regexp.MustCompile(`(?:[{:]|=>|\bdo|\bthen)\s*(?:(?://|#|/\*).*)?$`)

// bodyLines counts the lines of a definition's body that say something: not comments, annotations or lone brackets. ok
// is false where there is only a declaration.
func bodyLines(text string, style commentStyle) (n int, ok bool) {
	lines := strings.Split(text, "\n")
	inside := make([]bool, len(lines))
	for _, c := range findComments(lines, style) {
		for i := c.from; i < c.to; i++ {
			inside[i] = true
		}
	}
	first := true // the head goes on
	total := 0
	for i, line := range lines {
		s := strings.TrimSpace(line)
		if inside[i] || first && isAside(line) || compact(s) == "" && s != "{" || closers[s] {
			continue
		}
		if total++; first {
			first = !opener.MatchString(s)
			continue
		}
		n++
	}
	switch {
	case first && style.quotes:
		return 0, true // on the line of the head
	case first: // no line opens it: Ruby's do not have to
		return total - 1, len(style.blocks) == 0 || style.blocks[0][0] != "/*"
	}
	return n, true
}

// isTrivial tells whether a definition is too small to learn from: a declaration, a body of one line, or an accessor.
func isTrivial(c *indexer.Chunk, style commentStyle) bool {
	lines, ok := bodyLines(c.Text, style)
	if !ok && isFunction(c.Kind) || lines < 2 {
		return true
	}
	words := indexer.SplitWords(lastName(c.Symbol))
	accessor := len(words) > 1 && (words[0] == "get" || words[0] == "set" || words[0] == "is" || words[0] == "has")
	return accessor && lines == 2
}
