package gitrepo

import "strings"

// This file matches one ignore pattern against a path, byte by byte as git does ("?" is one byte, not one rune).
// A pattern is compiled to a list of steps and run as a set of states, so that the cost is at most pattern length
// times path length: patterns come out of the repository and may be hostile.

type stepKind uint8

const (
	stepByte    stepKind = iota // one given byte
	stepAny                     // "?": one byte, not a slash
	stepClass                   // "[a-z]": one byte of a set, not a slash
	stepStar                    // "*": any bytes but slashes
	stepDeep                    // "**": any bytes
	stepFolders                 // "**/": nothing, or any bytes that end in a slash
)

type step struct {
	kind stepKind
	lit  byte
	set  *[256]bool
}

// glob is a compiled pattern. The zero glob matches nothing.
type glob struct {
	steps []step
	ok    bool // false: malformed, matches nothing
}

// compileGlob compiles a pattern for names without a slash (inName) or for paths.
func compileGlob(pattern string, inName bool) glob { return compileFolded(pattern, inName, false) }

// compileFolded is compileGlob where case does not count (fold), for texts that [lower] has made. As in git, whose matcher lowers
// the text and most of the pattern, capitals behind a backslash, and alone in brackets, then match nothing.
func compileFolded(pattern string, inName, fold bool) glob {
	var steps []step
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '\\':
			if i+1 == len(pattern) {
				return glob{} // git: a lone backslash at the end matches nothing
			}
			i++
			steps = append(steps, step{kind: stepByte, lit: pattern[i]})
		case '?':
			steps = append(steps, step{kind: stepAny})
		case '*':
			from := i
			for i+1 < len(pattern) && pattern[i+1] == '*' {
				i++
			}
			next := pattern[i+1:]
			// Two stars span folders only where they stand alone between slashes; elsewhere they are one star.
			alone := i > from && (from == 0 || pattern[from-1] == '/') &&
				(next == "" || next[0] == '/' || strings.HasPrefix(next, `\/`))
			switch {
			case inName:
				steps = append(steps, step{kind: stepDeep})
			case alone && strings.HasPrefix(next, "/"):
				steps = append(steps, step{kind: stepFolders})
				i++
			case alone:
				steps = append(steps, step{kind: stepDeep})
			default:
				steps = append(steps, step{kind: stepStar})
			}
		case '[':
			set, end := compileClass(pattern, i+1, fold)
			if end < 0 {
				return glob{}
			}
			steps = append(steps, step{kind: stepClass, set: set})
			i = end
		default:
			if fold && isUpper(c) {
				c += 'a' - 'A'
			}
			steps = append(steps, step{kind: stepByte, lit: c})
		}
	}
	return glob{steps: steps, ok: true}
}

// compileClass reads a bracket expression that starts behind its "[" and returns the set and the index of its "]",
// or -1 where it is malformed.
func compileClass(p string, i int, fold bool) (*[256]bool, int) {
	set := new([256]bool)
	negated := i < len(p) && (p[i] == '!' || p[i] == '^')
	if negated {
		i++
	}
	prev := -1 // the byte that may start a range; -1 behind a range or a named class
	for first := true; ; first = false {
		if i >= len(p) {
			return nil, -1
		}
		c := p[i]
		switch {
		case c == ']' && !first:
			if negated {
				for b := range set {
					set[b] = !set[b]
				}
			}
			set['/'] = false // a class never crosses a folder
			return set, i
		case c == '\\':
			if i++; i >= len(p) {
				return nil, -1
			}
			set[p[i]], prev = true, int(p[i])
		case c == '-' && prev > 0 && i+1 < len(p) && p[i+1] != ']':
			if i++; p[i] == '\\' {
				if i++; i >= len(p) {
					return nil, -1
				}
			}
			for b := prev; b <= int(p[i]); b++ {
				set[b] = true
				if fold && isUpper(byte(b)) { //nolint:gosec // b is a byte of the pattern
					set[b+'a'-'A'] = true
				}
			}
			prev = -1
		case c == '[' && i+1 < len(p) && p[i+1] == ':':
			end := strings.IndexByte(p[i+2:], ']')
			if end < 0 {
				return nil, -1
			}
			name := p[i+2 : i+2+end]
			if !strings.HasSuffix(name, ":") { // not a named class after all: a literal "["
				set['['], prev = true, '['
				break
			}
			in, known := namedClasses[strings.TrimSuffix(name, ":")]
			if !known {
				return nil, -1
			}
			for b := range set {
				set[b] = set[b] || in(byte(b)) || fold && name == "upper:" && isLower(byte(b)) //nolint:gosec // b ranges over 0..255
			}
			i, prev = i+2+end, -1
		default:
			set[c], prev = true, int(c)
		}
		i++
	}
}

// lower makes a text of small letters, byte by byte: only those of ASCII have another case for git.
func lower(text string) string {
	out := []byte(text)
	for i, c := range out {
		if isUpper(c) {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

func isLower(b byte) bool { return b >= 'a' && b <= 'z' }
func isUpper(b byte) bool { return b >= 'A' && b <= 'Z' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }
func isAlnum(b byte) bool { return isLower(b) || isUpper(b) || isDigit(b) }
func isGraph(b byte) bool { return b > ' ' && b < 0x7f }

// namedClasses are the POSIX classes over ASCII, the only bytes for which git knows them.
var namedClasses = map[string]func(byte) bool{
	"alnum":  isAlnum,
	"alpha":  func(b byte) bool { return isLower(b) || isUpper(b) },
	"blank":  func(b byte) bool { return b == ' ' || b == '\t' },
	"cntrl":  func(b byte) bool { return b < ' ' || b == 0x7f },
	"digit":  isDigit,
	"graph":  isGraph,
	"lower":  isLower,
	"print":  func(b byte) bool { return b == ' ' || isGraph(b) },
	"punct":  func(b byte) bool { return isGraph(b) && !isAlnum(b) },
	"space":  func(b byte) bool { return b == ' ' || (b >= '\t' && b <= '\r') },
	"upper":  isUpper,
	"xdigit": func(b byte) bool { return isDigit(b) || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F') },
}

// match tells whether the whole text matches.
func (g glob) match(text string) bool {
	if !g.ok {
		return false
	}
	n := len(g.steps)
	// State 2i: about to do step i. State 2i+1: inside a stepFolders, waiting for its slash. State 2n: done.
	now, next := make([]bool, 2*n+1), make([]bool, 2*n+1)
	g.enter(now, 0)
	for i := range len(text) {
		b, alive := text[i], false
		clear(next)
		for s, on := range now {
			if !on || s == 2*n {
				continue
			}
			st := g.steps[s/2]
			switch {
			case s%2 == 1: // inside "**/"
				next[s] = true
				if b == '/' {
					g.enter(next, s/2+1)
				}
			case st.kind == stepByte && st.lit == b, st.kind == stepAny && b != '/', st.kind == stepClass && st.set[b]:
				g.enter(next, s/2+1)
			case st.kind == stepDeep, st.kind == stepStar && b != '/':
				g.enter(next, s/2)
			default:
				continue
			}
			alive = true
		}
		if !alive {
			return false
		}
		now, next = next, now
	}
	return now[2*n]
}

// enter switches step i on, and every step that can be reached from it without a byte.
func (g glob) enter(states []bool, i int) {
	for {
		states[2*i] = true
		if i == len(g.steps) {
			return
		}
		switch g.steps[i].kind {
		case stepFolders:
			states[2*i+1] = true
		case stepStar, stepDeep:
		default:
			return
		}
		i++
	}
}
