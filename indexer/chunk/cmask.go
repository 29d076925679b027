package chunk

import (
	"bytes"
	"regexp"
)

// This file hides from the parser of C and C++ what only the preprocessor understands, under as many blanks: macros that stand
// alone on a line, macros between "class" and its name, and conditional pieces whose braces do not balance. Without it
// a namespace behind FMT_BEGIN_NAMESPACE is a function, class LIB_API Widget has no name, and a function with two heads
// takes in all that follow it. Texts, offsets and lines stay what they are.

var (
	// recordMacro is a macro in the head of a class, a struct or an enum, whose name is the last word.
	recordMacro = regexp.MustCompile(`\b(?:class|struct|union)\s+((?:_*[A-Z][A-Z0-9_]*(?:\([^()\n]*\))?\s+)+)([A-Za-z_]\w*)(?:\s*<[^;{}()]*>)?\s*(?:final\s*)?(?:\{|:[^:])`)
	enumMacro   = regexp.MustCompile(`\benum\s+(?:(?:class|struct)\s+)?((?:_*[A-Z][A-Z0-9_]*\s+)+)([A-Za-z_]\w*)\s*(?::\s*[\w: ]+)?\{`)
	// loneMacro is a line that holds nothing but a macro.
	loneMacro = regexp.MustCompile(`^[ \t]*(_*[A-Z][A-Z0-9_]+)[ \t]*(\([^()]*\))?[ \t]*(?://.*|/\*.*\*/[ \t]*)?$`)
	catches   = regexp.MustCompile(`CATCH|EXCEPT`)
	// declares begins a line that needs nothing in front of it: two words of a declaration, a closing bracket, a directive.
	declares = regexp.MustCompile(`^(?:[A-Za-z_][\w:]*(?:<[^;]*>)?[\s*&]+[\w~:"{]|[}#~\[]|(?:public|private|protected)\s*:|//|/\*)`)

	// accessMacro is a macro, or a word of Qt's, that stands for "private:".
	accessMacro = regexp.MustCompile(`(?m)^[ \t]*(?:(?:public|private|protected)[ \t]+((?:Q_SLOTS|slots)[ \t]*):|((?:_*[A-Z][A-Z0-9_]+|signals)[ \t]*:))[ \t]*\r?$`)
	// continues begins what is no statement of its own.
	continues = regexp.MustCompile(`^(?:=>?|[.,:?)+]|&&|\|\|)`)
	// unfinished ends what goes on behind it: with an attribute, a comma, an operator.
	unfinished = regexp.MustCompile(`(?:^\[.*\]|[,(]|&&|\|\||=>)$`)

	conditional = regexp.MustCompile(`^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b(.*)`)
	notForC     = regexp.MustCompile(`^(?:if\s+0\s*$|(?:if|ifdef)\b.*\b__cplusplus\b)`)
)

// maskC returns a source with blanks in place of what the parser is not to see.
func maskC(src []byte) []byte {
	m := &mask{src: src, lines: bytes.SplitAfter(src, []byte("\n"))}
	for _, pattern := range []*regexp.Regexp{recordMacro, enumMacro} {
		for _, at := range pattern.FindAllSubmatchIndex(src, -1) {
			if name := string(src[at[4]:at[5]]); name != "final" {
				m.blank(at[2], at[3])
			}
		}
	}
	for _, at := range accessMacro.FindAllSubmatchIndex(src, -1) {
		m.blank(max(at[2], at[4]), max(at[3], at[5]))
	}
	m.conditionals()
	m.tables()
	m.loneMacros()
	if m.out == nil {
		return src
	}
	return m.out
}

// mask is a source on its way to the parser.
type mask struct {
	src   []byte
	lines [][]byte
	out   []byte // nil as long as nothing is hidden
}

func (m *mask) blank(from, to int) {
	if m.out == nil {
		m.out = bytes.Clone(m.src)
	}
	for i := from; i < to; i++ {
		if c := m.out[i]; c != '\n' && c != '\r' {
			m.out[i] = ' '
		}
	}
}

// loneMacros hides lines that hold a macro alone, where what is before them has ended and what comes after needs no type from
// them: BOOL above a function's name is one.
func (m *mask) loneMacros() {
	offset, last := 0, []byte(nil) // the last line that is not blank
	hidden := true                 // so is the beginning
	for i, line := range m.lines {
		trimmed := bytes.TrimSpace(line)
		if found := loneMacro.FindSubmatch(trimmed); found != nil && (hidden || ended(last)) &&
			m.free(i, found[1], len(found[2]) > 0) {
			m.blank(offset, offset+len(line))
			hidden = true
		} else if len(trimmed) > 0 {
			last, hidden = trimmed, false
		}
		offset += len(line)
	}
}

// after is the next line that is neither blank nor a macro alone.
func (m *mask) after(i int) []byte {
	for n := 0; i+1 < len(m.lines) && n < 20; n++ {
		i++
		if next := bytes.TrimSpace(m.lines[i]); len(next) > 0 && !loneMacro.Match(next) {
			return next
		}
	}
	return nil
}

// free tells whether what comes after line i needs nothing of the macro there. One with arguments is no type, so that a
// constructor may come after it; one that defines something keeps its symbol, but for the last one in a class.
func (m *mask) free(i int, macro []byte, arguments bool) bool {
	next := m.after(i)
	switch {
	case definesVar.Match(macro):
		return bytes.HasPrefix(next, []byte("}"))
	case bytes.HasPrefix(next, []byte("{")): // JSON_TRY {…} JSON_CATCH (error&) {…}; TEST(Suite, Name) {…} is a function
		return !arguments || catches.Match(macro)
	case len(next) == 0 || declares.Match(next):
		return true
	}
	return arguments && (next[0] == '_' || next[0]|' ' >= 'a' && next[0]|' ' <= 'z')
}

// tables hides directives among the values of an array: the grammar has none there.
func (m *mask) tables() {
	offset, depth, comment := 0, 0, false
	for _, line := range m.lines {
		text := bytes.TrimSpace(line)
		switch {
		case depth > 0 && !comment && bytes.HasPrefix(text, []byte("#")):
			m.blank(offset, offset+len(line))
		case depth > 0:
			var left int
			left, _, comment = braces(line, comment)
			depth += left
		case bytes.HasSuffix(text, []byte("= {")) || bytes.HasSuffix(text, []byte("={")):
			depth = 1
		}
		offset += len(line)
	}
}

// ended tells whether a statement, a head or a comment ends with a line.
func ended(line []byte) bool {
	if bytes.HasPrefix(line, []byte("//")) || bytes.HasSuffix(line, []byte("*/")) {
		return true
	}
	if bytes.HasPrefix(line, []byte("#")) {
		return !bytes.HasSuffix(line, []byte(`\`))
	}
	if bytes.HasPrefix(line, []byte("template")) {
		return bytes.HasSuffix(line, []byte(">"))
	}
	return len(line) == 0 || bytes.IndexByte([]byte(";{}:"), line[len(line)-1]) >= 0
}

// branch is a piece between two directives of a condition.
type branch struct {
	from, to    int    // lines
	left, least int    // braces opened and not closed, and the least of that anywhere inside
	begun       bool   // a line was seen
	half        bool   // the first one goes on with what stands before
	last        []byte // the last line
}

// condition is an #if that is open, or was.
type condition struct {
	text     string // of its first directive
	branches []branch
}

// conditionals hides the directives and all but one branch of each condition in which some branch opens braces and does not
// close them, or the other way round.
func (m *mask) conditionals() {
	var open []condition
	start := make([]int, len(m.lines)+1)
	comment := false
	for i, line := range m.lines {
		start[i+1] = start[i] + len(line)
		found := conditional.FindSubmatch(line)
		if found == nil || comment {
			if len(open) > 0 || comment || bytes.Contains(line, []byte("/*")) {
				var left, least int
				left, least, comment = braces(line, comment)
				if n := len(open); n > 0 {
					b := &open[n-1].branches[len(open[n-1].branches)-1]
					if text := bytes.TrimSpace(line); len(text) > 0 {
						b.half = b.half || !b.begun && continues.Match(text)
						b.begun, b.last = true, text
					}
					b.add(left, least)
				}
			}
			continue
		}
		switch word := string(found[1]); {
		case word == "endif":
			if n := len(open); n > 0 {
				c := open[n-1]
				open = open[:n-1]
				c.branches[len(c.branches)-1].to = i
				kept := m.resolve(c, start)
				if n > 1 {
					open[n-2].branches[len(open[n-2].branches)-1].add(kept.left, kept.least)
				}
			}
		case word[0] == 'i':
			open = append(open, condition{string(bytes.TrimSpace(found[1])) + string(found[2]), []branch{{from: i}}})
		case len(open) > 0:
			c := &open[len(open)-1]
			c.branches[len(c.branches)-1].to = i
			c.branches = append(c.branches, branch{from: i})
		}
	}
}

func (b *branch) add(left, least int) {
	b.least = min(b.least, b.left+least)
	b.left += left
}

// resolve hides what a condition has too much, and returns the branch that the braces around it see.
func (m *mask) resolve(c condition, start []int) branch {
	balanced := true
	for _, b := range c.branches {
		balanced = balanced && b.left == 0 && b.least == 0 && !b.half && !unfinished.Match(b.last)
	}
	if balanced {
		return branch{}
	}
	keep := 0
	if notForC.MatchString(c.text) {
		keep = 1 // none where there is no other
	}
	m.blank(start[c.branches[len(c.branches)-1].to], start[c.branches[len(c.branches)-1].to+1])
	kept := branch{}
	for i, b := range c.branches {
		m.blank(start[b.from], start[b.from+1])
		if i == keep {
			kept = b
			continue
		}
		directive := false // macros that are defined there stay
		for line := b.from + 1; line < b.to; line++ {
			text := bytes.TrimSpace(m.lines[line])
			if directive = directive || bytes.HasPrefix(text, []byte("#")); !directive {
				m.blank(start[line], start[line+1])
			}
			directive = directive && bytes.HasSuffix(text, []byte(`\`))
		}
	}
	return kept
}

// braces counts those of a line outside of strings and comments; comment tells whether one is open before it, and after.
func braces(line []byte, comment bool) (left, least int, stillComment bool) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case comment:
			if c == '*' && i+1 < len(line) && line[i+1] == '/' {
				comment = false
				i++
			}
		case c == '/' && i+1 < len(line) && line[i+1] == '/':
			return left, least, false
		case c == '/' && i+1 < len(line) && line[i+1] == '*':
			comment = true
			i++
		case c == '"' || c == '\'':
			if end := bytes.IndexByte(line[i+1:], c); end >= 0 {
				for end > 0 && line[i+end] == '\\' {
					next := bytes.IndexByte(line[i+end+2:], c)
					if next < 0 {
						break
					}
					end += next + 1
				}
				i += end + 1
			}
		case c == '{':
			left++
		case c == '}':
			left--
			least = min(least, left)
		}
	}
	return left, least, comment
}
