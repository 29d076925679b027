package gitrepo

import (
	"bytes"
	"strings"
)

// This file parses git's configuration files as git does, gitconfig(5): a key may stand behind its section on one line,
// values are bytes of any encoding, and [a.b] is an old way to write [a "b"]. What git would refuse is passed over, line by
// line: whoever indexes wants the files, and git itself says what is wrong.

// setting is a value with its place. Section and key are in lower case.
type setting struct{ section, sub, key, value string }

// configParser reads one configuration file.
type configParser struct {
	data []byte
	at   int
	line int
	bad  int // first line that git would refuse; 0: none
}

// parseConfig returns the settings of a file in their order, and the first line that is none; 0 where all are well.
func parseConfig(data []byte) (out []setting, bad int) {
	data = bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("\r\n"), []byte("\n"))
	p := &configParser{data: data, line: 1}
	section, sub, inside := "", "", false
	for p.at < len(p.data) {
		switch c := p.data[p.at]; {
		case c == '\n':
			p.line++
			p.at++
		case isConfigSpace(c):
			p.at++
		case c == '#' || c == ';':
			p.skipLine()
		case c == '[':
			if section, sub, inside = p.header(); !inside {
				p.refuse()
			}
		case isLetter(c) && inside:
			key := strings.ToLower(p.word(false))
			if value, ok := p.value(); ok {
				out = append(out, setting{section, sub, key, value})
			} else {
				p.refuse()
			}
		default:
			p.refuse()
		}
	}
	return out, p.bad
}

// refuse notes a line that is none, and goes on behind it.
func (p *configParser) refuse() {
	if p.bad == 0 {
		p.bad = p.line
	}
	p.skipLine()
}

func (p *configParser) skipLine() {
	if i := bytes.IndexByte(p.data[p.at:], '\n'); i >= 0 {
		p.at += i
		return
	}
	p.at = len(p.data)
}

func (p *configParser) skipSpace() {
	for p.at < len(p.data) && p.data[p.at] != '\n' && isConfigSpace(p.data[p.at]) {
		p.at++
	}
}

// word reads letters, digits and dashes; in a section's name dots, too.
func (p *configParser) word(dots bool) string {
	from := p.at
	for p.at < len(p.data) {
		c := p.data[p.at]
		if !isLetter(c) && (c < '0' || c > '9') && c != '-' && (c != '.' || !dots) {
			break
		}
		p.at++
	}
	return string(p.data[from:p.at])
}

// header reads [section], [section "sub"] or [section.sub].
func (p *configParser) header() (section, sub string, ok bool) {
	p.at++
	section, sub, _ = strings.Cut(strings.ToLower(p.word(true)), ".")
	p.skipSpace()
	if p.at < len(p.data) && p.data[p.at] == '"' {
		var quoted strings.Builder
		for p.at++; ; p.at++ {
			if p.at >= len(p.data) || p.data[p.at] == '\n' {
				return "", "", false
			}
			if p.data[p.at] == '"' {
				break
			}
			if p.data[p.at] == '\\' && p.at+1 < len(p.data) && p.data[p.at+1] != '\n' {
				p.at++
			}
			quoted.WriteByte(p.data[p.at])
		}
		p.at++
		if sub != "" {
			sub += "."
		}
		sub += quoted.String()
	}
	if p.at >= len(p.data) || p.data[p.at] != ']' || section == "" {
		return "", "", false
	}
	p.at++
	return section, sub, true
}

// value reads what follows a key. A key alone is true.
func (p *configParser) value() (string, bool) {
	p.skipSpace()
	if p.at >= len(p.data) || p.data[p.at] == '\n' {
		return "true", true
	}
	if p.data[p.at] == '#' || p.data[p.at] == ';' {
		return "", false
	}
	if p.data[p.at] != '=' {
		return "", false
	}
	p.at++
	p.skipSpace()
	var out []byte
	quoted, end := false, 0 // end: of what counts, blanks at the end do not
	for ; p.at < len(p.data); p.at++ {
		switch c := p.data[p.at]; {
		case c == '\n':
			return string(out[:end]), !quoted
		case !quoted && (c == '#' || c == ';'):
			p.skipLine()
			return string(out[:end]), true
		case c == '"':
			quoted = !quoted
			end = len(out)
		case c == '\\':
			p.at++
			if p.at >= len(p.data) {
				return string(out[:end]), !quoted
			}
			switch c := p.data[p.at]; c {
			case '\n':
				p.line++
			case 't', 'b', 'n', '\\', '"':
				out = append(out, map[byte]byte{'t': '\t', 'b': '\b', 'n': '\n'}[c])
				if c == '\\' || c == '"' {
					out[len(out)-1] = c
				}
				end = len(out)
			default:
				return "", false
			}
		default:
			if out = append(out, c); quoted || !isConfigSpace(c) {
				end = len(out)
			}
		}
	}
	return string(out[:end]), !quoted
}

func isConfigSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
