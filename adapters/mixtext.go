package adapters

// This file parses the text of a mix:
//
//	mix    = "none" | term {("+"|"-") term} | router
//	term   = name ["*" number]
//	router = "auto" | word "(" name {"," name} [";" option {"," option}] ")"
//	option = key "=" value
//
// A "-" that joins terms has spaces on both sides, as a name may hold one. Other spaces are free.

import (
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// ParseMix parses a mix and puts it in canonical order. Routers parse, whether this build has them or not; see
// [Mix.Resolvable]. Errors are Invalid and name the place.
func ParseMix(text string) (Mix, error) {
	if len(text) > maxMixLength {
		return Mix{}, fault.New(fault.Invalid, "mix of %d bytes is longer than %d", len(text), maxMixLength)
	}
	p := mixParser{text: text}
	parts, err := p.mix()
	if err != nil {
		return Mix{}, fault.Prefix(err, "mix %.80q", text).WithHint("write it like go+security*0.3, or none for the base model")
	}
	m, err := parts.mix()
	if err != nil {
		return Mix{}, fault.Prefix(err, "mix %.80q", text)
	}
	return m, nil
}

type mixParser struct {
	text string
	at   int
}

func (p *mixParser) mix() (parts, error) {
	p.space()
	word := p.name()
	end := p.at
	p.space()
	switch {
	case word == "":
		return parts{}, p.fail("expected the name of an adapter")
	case word == BaseMix && p.done():
		return parts{}, nil
	case word == "auto" && p.done():
		return parts{route: &Route{Name: word}}, nil
	case p.take('('):
		r, err := p.route(word)
		return parts{route: r}, err
	}
	p.at = end // the space may belong to a minus
	return p.terms(word)
}

// terms parses a sum whose first name has been read.
func (p *mixParser) terms(name string) (parts, error) {
	var m parts
	for sign := float32(1); ; {
		w, err := p.weight()
		if err != nil {
			return m, err
		}
		m.terms = append(m.terms, Term{ID: name, Weight: sign * w})
		if len(m.terms) > maxTerms { // stop before a long text is read to its end
			return m, fault.New(fault.Invalid, "more than %d adapters", maxTerms)
		}
		if sign, err = p.join(); err != nil || sign == 0 {
			return m, err
		}
		if name = p.name(); name == "" {
			return m, p.fail("expected the name of an adapter")
		}
	}
}

// join reads what lies between two terms: 1 for "+", -1 for " - ", 0 at the end.
func (p *mixParser) join() (float32, error) {
	spaced := p.space()
	switch {
	case p.done():
		return 0, nil
	case p.take('+'):
		p.space()
		return 1, nil
	case p.take('-'):
		if !p.space() || !spaced {
			return 0, p.fail("a minus between adapters needs a space on both sides")
		}
		return -1, nil
	}
	return 0, p.fail("expected + or - or the end")
}

// weight reads an optional "*" number; 1 where there is none.
func (p *mixParser) weight() (float32, error) {
	start := p.at
	p.space()
	if !p.take('*') {
		p.at = start // the space belongs to what follows
		return 1, nil
	}
	p.space()
	begin := p.at
	for p.at < len(p.text) && p.numberByte(begin) {
		p.at++
	}
	w, err := strconv.ParseFloat(p.text[begin:p.at], 32)
	if err != nil {
		return 0, p.fail("expected a number after *")
	}
	return float32(w), nil
}

// numberByte says whether the next byte continues a decimal number: signs only at its start or after an exponent,
// so that "go*2+tests" is two terms. Words that ParseFloat knows (inf, nan, 0x…) never get this far.
func (p *mixParser) numberByte(begin int) bool {
	switch c := p.text[p.at]; {
	case c >= '0' && c <= '9' || c == '.':
		return true
	case c == 'e' || c == 'E':
		return p.at > begin && p.text[p.at-1] >= '0' && p.text[p.at-1] <= '9' || p.at > begin && p.text[p.at-1] == '.'
	case c == '+' || c == '-':
		return p.at == begin || p.text[p.at-1] == 'e' || p.text[p.at-1] == 'E'
	}
	return false
}

// route parses a router's arguments; its word and "(" have been read.
func (p *mixParser) route(word string) (*Route, error) {
	r := &Route{Name: word}
	for {
		p.space()
		name := p.name()
		if name == "" {
			return nil, p.fail("expected the name of an adapter")
		}
		r.Of = append(r.Of, name)
		p.space()
		if !p.take(',') {
			break
		}
	}
	if p.take(';') {
		r.Options = map[string]string{}
		for {
			key, value, err := p.option()
			if err != nil {
				return nil, err
			}
			if _, twice := r.Options[key]; twice {
				return nil, p.fail("option " + key + " occurs twice")
			}
			r.Options[key] = value
			if !p.take(',') {
				break
			}
		}
	}
	if !p.take(')') {
		return nil, p.fail("expected )")
	}
	p.space()
	if !p.done() {
		return nil, p.fail("text after the router")
	}
	return r, nil
}

func (p *mixParser) option() (key, value string, err error) {
	end := strings.IndexAny(p.text[p.at:], ",)")
	if end < 0 {
		return "", "", p.fail("expected )")
	}
	key, value, ok := strings.Cut(p.text[p.at:p.at+end], "=")
	if !ok {
		return "", "", p.fail("expected an option like k=2")
	}
	p.at += end
	return strings.TrimSpace(key), strings.TrimSpace(value), nil
}

// name reads the bytes that a name may have; [ValidName] judges them later.
func (p *mixParser) name() string {
	begin := p.at
	for p.at < len(p.text) && isNameByte(p.text[p.at]) {
		p.at++
	}
	return p.text[begin:p.at]
}

// space skips spaces and says whether there was one.
func (p *mixParser) space() bool {
	begin := p.at
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
	return p.at > begin
}

func (p *mixParser) take(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *mixParser) done() bool { return p.at == len(p.text) }

func (p *mixParser) fail(what string) error {
	return fault.New(fault.Invalid, "at byte %d: %s", p.at, what)
}
