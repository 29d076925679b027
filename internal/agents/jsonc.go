package agents

// This file edits JSON with comments: it finds where an object begins and ends, and changes nothing else.

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"loradex/internal/fault"
)

// maxDepth bounds how deep values may lie in others.
const maxDepth = 200

// object is an object of a text, by its bytes.
type object struct {
	open, end int // of { and behind }
	members   []member
}

// member is one of an object.
type member struct {
	key        string
	start, end int // of the key, and behind the value
	value      int
	object     *object // nil for another value
}

func (o *object) find(key string) *member {
	for i := range o.members {
		if o.members[i].key == key {
			return &o.members[i]
		}
	}
	return nil
}

// parser reads a text.
type parser struct {
	src   []byte
	at    int
	depth int
}

// errJSON is what is wrong with a text.
func (p *parser) errJSON(what string) error {
	return fault.New(fault.Invalid, "line %d: %s", 1+bytes.Count(p.src[:min(p.at, len(p.src))], []byte("\n")), what).
		WithHint("mend the file; nothing was written")
}

// parseObject reads a text that is one object.
func parseObject(src []byte) (*object, error) {
	p := &parser{src: src}
	if !utf8.Valid(src) {
		return nil, p.errJSON("it is not UTF-8")
	}
	if bytes.HasPrefix(src, []byte("\ufeff")) {
		p.at = 3
	}
	if err := p.space(); err != nil {
		return nil, err
	}
	o, err := p.parse()
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, p.errJSON("it is no object")
	}
	if err := p.space(); err != nil {
		return nil, err
	}
	if p.at < len(src) {
		return nil, p.errJSON("something stands behind the end")
	}
	return o, nil
}

// space skips white space and comments.
func (p *parser) space() error {
	for p.at < len(p.src) {
		rest := p.src[p.at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			p.at++
		case bytes.HasPrefix(rest, []byte("//")):
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			p.at += end
		case bytes.HasPrefix(rest, []byte("/*")):
			end := bytes.Index(rest[2:], []byte("*/"))
			if end < 0 {
				return p.errJSON("a comment does not end")
			}
			p.at += 2 + end + 2
		default:
			return nil
		}
	}
	return nil
}

// parse reads a value; the object that it is, or nil for another one.
func (p *parser) parse() (*object, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errJSON("values lie too deep in others")
	}
	defer func() { p.depth-- }()
	switch {
	case p.at >= len(p.src):
		return nil, p.errJSON("it ends too early")
	case p.src[p.at] == '{':
		o, seen := &object{open: p.at}, map[string]bool{}
		err := p.list('}', func() error {
			start := p.at
			key, err := p.text()
			if err != nil {
				return err
			}
			if err := p.space(); err != nil {
				return err
			}
			if p.at >= len(p.src) || p.src[p.at] != ':' {
				return p.errJSON("a colon is missing")
			}
			p.at++
			if err := p.space(); err != nil {
				return err
			}
			if seen[key] && p.depth <= 2 { // what is looked up
				return p.errJSON(quote(key) + " stands there twice")
			}
			seen[key] = true
			m := member{key: key, start: start, value: p.at}
			if m.object, err = p.parse(); err != nil {
				return err
			}
			m.end = p.at
			o.members = append(o.members, m)
			return nil
		})
		o.end = p.at
		return o, err
	case p.src[p.at] == '[':
		return nil, p.list(']', func() error {
			_, err := p.parse()
			return err
		})
	case p.src[p.at] == '"':
		_, err := p.text()
		return nil, err
	}
	n := bytes.IndexFunc(p.src[p.at:], func(r rune) bool { return strings.ContainsRune(",]} \t\r\n/:\"[{", r) })
	if n < 0 {
		n = len(p.src) - p.at
	}
	if !json.Valid(p.src[p.at : p.at+n]) {
		return nil, p.errJSON("a value is wrong")
	}
	p.at += n
	return nil, nil //nolint:nilnil // documented
}

// list reads what stands between brackets; a comma may stand behind the last.
func (p *parser) list(end byte, item func() error) error {
	p.at++
	for first := true; ; first = false {
		if err := p.space(); err != nil {
			return err
		}
		if p.at < len(p.src) && p.src[p.at] == end {
			p.at++
			return nil
		}
		if !first {
			if p.at >= len(p.src) || p.src[p.at] != ',' {
				return p.errJSON("a comma or a bracket is missing")
			}
			p.at++
			if err := p.space(); err != nil {
				return err
			}
			if p.at < len(p.src) && p.src[p.at] == end {
				p.at++
				return nil
			}
		}
		if err := item(); err != nil {
			return err
		}
	}
}

// text reads a string.
func (p *parser) text() (string, error) {
	if p.at >= len(p.src) || p.src[p.at] != '"' {
		return "", p.errJSON("a name in quotes is missing")
	}
	for i := p.at + 1; i < len(p.src); i++ {
		switch p.src[i] {
		case '\\':
			i++
		case '"':
			var s string
			if err := json.Unmarshal(p.src[p.at:i+1], &s); err != nil {
				return "", p.errJSON("a string is wrong")
			}
			p.at = i + 1
			return s, nil
		}
	}
	return "", p.errJSON("a string does not end")
}

// putMember puts a value into the object that a member of the root is, under a key. Where the root has no such member, it gets
// one, on one line: that tells it from an object which was there and empty. Conflict where the key has another value.
func putMember(src []byte, list, key, value string) ([]byte, error) {
	root, err := parseObject(src)
	if err != nil {
		return nil, err
	}
	nl := newline(src)
	outer := root.find(list)
	if outer == nil {
		text := quote(list) + ": { " + quote(key) + ": " + value + " }"
		switch {
		case len(root.members) > 0:
			text = nl + indentOf(src, root, "  ") + text + ","
		case bytes.Contains(src[root.open:root.end], []byte("\n")):
			text = nl + "  " + text
		default: // {}
			text = " " + text + " "
		}
		return insert(src, root.open+1, text), nil
	}
	if outer.object == nil {
		return nil, fault.New(fault.Invalid, "%s is no object", quote(list)).WithHint("mend the file; nothing was written")
	}
	if have := outer.object.find(key); have != nil {
		if sameJSON(src[have.value:have.end], value) {
			return src, nil
		}
		return nil, fault.New(fault.Conflict, "%s has another entry %s: %s", quote(list), quote(key), src[have.value:have.end]).
			WithHint("take it out, or run the command with --uninstall first")
	}
	line := lineIndent(src, outer.start)
	text := nl + indentOf(src, outer.object, line+"  ") + quote(key) + ": " + value
	if len(outer.object.members) > 0 {
		text += ","
	} else {
		text += nl + line
	}
	return insert(src, outer.object.open+1, text), nil
}

// takeMember takes out what putMember put in, so that the bytes are those of before; nil where the whole file was ours. An entry
// that somebody wrote otherwise is taken out with its comma.
func takeMember(src []byte, list, key string) ([]byte, error) {
	if src == nil {
		return nil, nil
	}
	root, err := parseObject(src)
	if err != nil {
		return nil, err
	}
	outer := root.find(list)
	if outer == nil || outer.object == nil || outer.object.find(key) == nil {
		return src, nil
	}
	m := outer.object.find(key)
	value := string(src[m.value:m.end])
	if string(src) == "{\n  "+quote(list)+": {\n    "+quote(key)+": "+value+"\n  }\n}\n" {
		return nil, nil
	}
	for _, cut := range [][2]int{{root.open + 1, outer.end}, {outer.object.open + 1, m.end}} {
		for to := cut[1]; to <= len(src); to++ {
			before := remove(src, cut[0], to)
			if again, err := putMember(before, list, key, value); err == nil && bytes.Equal(again, src) {
				return before, nil
			}
			if to == len(src) || strings.IndexByte(", \t\r\n", src[to]) < 0 {
				break
			}
		}
	}
	return withoutMember(src, outer.object, m), nil
}

// withoutMember cuts a member out with the comma behind it, or else the one in front.
func withoutMember(src []byte, o *object, m *member) []byte {
	p := &parser{src: src, at: m.end}
	if p.space() == nil && p.at < len(src) && src[p.at] == ',' {
		return remove(src, m.start, p.at+1)
	}
	from := m.start
	for i := range o.members {
		if o.members[i].end < m.start {
			from = o.members[i].end
		}
	}
	return remove(src, from, m.end)
}

func insert(src []byte, at int, text string) []byte {
	return append(append(bytes.Clone(src[:at]), text...), src[at:]...)
}

func remove(src []byte, from, to int) []byte { return append(bytes.Clone(src[:from]), src[to:]...) }

// newline is how the lines of a text end.
func newline(src []byte) string {
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// lineIndent is the white space that the line of a place begins with.
func lineIndent(src []byte, at int) string {
	line := src[bytes.LastIndexByte(src[:at], '\n')+1 : at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// indentOf is that of the first member of an object, where it stands on a line of its own.
func indentOf(src []byte, o *object, otherwise string) string {
	if len(o.members) == 0 {
		return otherwise
	}
	at := o.members[0].start
	if line := src[bytes.LastIndexByte(src[:at], '\n')+1 : at]; bytes.LastIndexByte(src[:at], '\n') > o.open && len(bytes.TrimLeft(line, " \t")) == 0 {
		return string(line)
	}
	return otherwise
}

// sameJSON tells whether two values are the same.
func sameJSON(a []byte, b string) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	p, err1 := json.Marshal(x)
	q, err2 := json.Marshal(y)
	return err1 == nil && err2 == nil && bytes.Equal(p, q)
}
