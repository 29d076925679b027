package peft

// This file matches layer paths as PEFT does: lists by suffix, strings as regular expressions.

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// allLinear is PEFT's shorthand for every linear layer but the output one.
const allLinear = "all-linear"

// matcher is target_modules or exclude_modules. The zero matcher matches nothing.
type matcher struct {
	all   bool
	full  *regexp.Regexp // whole path
	names map[string]bool
	heads []*regexp.Regexp // modules_to_save: anywhere in the path
}

func newMatcher(field string, s oneOrMany[string]) (matcher, error) {
	if len(s.list) == 0 {
		return matcher{}, nil
	}
	if !s.single {
		m := matcher{names: make(map[string]bool, len(s.list))}
		for _, name := range s.list {
			m.names[name] = true
		}
		return m, nil
	}
	if field == "target_modules" && strings.EqualFold(s.list[0], allLinear) {
		return matcher{all: true}, nil
	}
	re, err := compile(field, s.list[0], `\A(?:`, `)\z`)
	return matcher{full: re}, err
}

func (m matcher) match(key string) bool {
	switch {
	case m.all:
		return true
	case m.full != nil:
		return m.full.MatchString(key)
	}
	// A list matches whole trailing segments: "query" matches "a.b.query" but not "a.bquery".
	for at := 0; len(m.names) > 0; {
		if m.names[key[at:]] {
			return true
		}
		dot := strings.IndexByte(key[at:], '.')
		if dot < 0 {
			break
		}
		at += dot + 1
	}
	for _, re := range m.heads {
		if re.MatchString(key) {
			return true
		}
	}
	return false
}

// heads are the task heads that may be in modules_to_save: an encoder's vectors never pass through them.
var heads = []string{"classifier", "pre_classifier", "score", "qa_outputs", "lm_head", "cls"}

func headMatcher(names []string) (matcher, error) {
	var m matcher
	for _, name := range names {
		if !slices.Contains(heads, name) {
			return m, fault.New(fault.Unsupported, "field modules_to_save has %q, a module that the encoder may run; only unused heads (%s) can be ignored",
				name, strings.Join(heads, ", "))
		}
		m.heads = append(m.heads, regexp.MustCompile(`(?:\A|\.)`+regexp.QuoteMeta(name)+`(?:\z|\.)`))
	}
	return m, nil
}

// layerFilter is layers_to_transform with layers_pattern: the first numbered segment of the path decides.
type layerFilter struct {
	on     bool
	layers map[int]bool
	index  []*regexp.Regexp // group 1 is the layer's number
}

func newLayerFilter(layers oneOrMany[int], pattern oneOrMany[string]) (layerFilter, error) {
	f := layerFilter{on: len(layers.list) > 0, layers: map[int]bool{}}
	if !f.on {
		if len(pattern.list) > 0 {
			return f, fmt.Errorf("field layers_pattern is set without layers_to_transform")
		}
		return f, nil
	}
	for _, n := range layers.list {
		f.layers[n] = true
	}
	if len(pattern.list) == 0 {
		f.index = []*regexp.Regexp{regexp.MustCompile(`\A.*?\.[^.]*\.(\d+)\.`)}
		return f, nil
	}
	for _, name := range pattern.list {
		// (?P<idx>…) is PEFT's own name for the group: a pattern may hold groups of its own.
		re, err := compile("layers_pattern", name, `\A(?:|.*?\.)`, `\.(?P<idx>\d+)\.`)
		if err != nil {
			return f, err
		}
		f.index = append(f.index, re)
	}
	return f, nil
}

func (f layerFilter) match(key string) bool {
	if !f.on {
		return true
	}
	for _, re := range f.index {
		m := re.FindStringSubmatch(key)
		if m == nil {
			continue
		}
		group := max(re.SubexpIndex("idx"), 1)
		n, err := strconv.Atoi(m[group])
		return err == nil && f.layers[n]
	}
	return false
}

// patterns is rank_pattern or alpha_pattern: the first pattern that matches the end of the path, from a dot on.
type patterns []pattern

type pattern struct {
	re    *regexp.Regexp
	value float64
}

func newPatterns(field string, entries orderedNumbers) (patterns, error) {
	var out patterns
	for _, e := range entries {
		re, err := compile(field, e.key, `\A(?:.*\.)?(?:`, `)\z`)
		if err != nil {
			return nil, err
		}
		out = append(out, pattern{re, e.value})
	}
	return out, nil
}

func (p patterns) find(key string) (float64, bool) {
	for _, e := range p {
		if e.re.MatchString(key) {
			return e.value, true
		}
	}
	return 0, false
}

// foreign lists spellings that Go reads in another sense than Python does. They are refused, not translated.
var foreign = []string{"{,", "[[:", `\Q`, `\p`, `\P`, `\z`, `\C`, `(?U`, `(?i-`, `\x{`}

// compile makes a Go expression of a Python one between two fixed parts.
func compile(field, pattern, before, after string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fault.New(fault.Unsupported, "field %s: a pattern of %d bytes, more than %d", field, len(pattern), maxPattern)
	}
	for _, f := range foreign {
		if strings.Contains(pattern, f) {
			return nil, fault.New(fault.Unsupported, "field %s: pattern %.80q uses %s, which Python and Go read differently", field, pattern, f)
		}
	}
	// Compiling it alone first refuses patterns that only balance together with the fixed parts.
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, fault.Wrap(fault.Unsupported, err, "field %s: pattern %.80q", field, pattern).
			WithHint("list the module names instead; look-around and back-references are not supported")
	}
	re, err := regexp.Compile(before + pattern + after)
	if err != nil {
		return nil, fault.Wrap(fault.Unsupported, err, "field %s: pattern %.80q", field, pattern)
	}
	return re, nil
}
