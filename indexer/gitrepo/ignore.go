package gitrepo

import (
	"bytes"
	"slices"
	"strings"
)

// This file parses ignore files and finds the pattern that decides over a path. The rules are those of gitignore(5);
// .loradexignore has the same syntax.

const (
	gitIgnoreName = ".gitignore"
	// loradexIgnoreName is the ignore file that takes files out of the index, tracked ones too. A "!" that undoes no
	// earlier line takes in what the index would leave out by itself, but nothing that git ignores.
	loradexIgnoreName = ".loradexignore"
	// maxIgnoreBytes bounds an ignore file; git itself reads none above 100 MB.
	maxIgnoreBytes   = 4 << 20
	maxPatternLength = 4096
)

// pattern is one line of an ignore file.
type pattern struct {
	negated bool   // "!": a match takes the path back in
	dirOnly bool   // "x/": folders only
	inName  bool   // no slash inside: matched against the last part of the path
	literal string // what the text must start with; the whole text where exact
	suffix  string // for "*.ext": what the name must end with; set instead of rest
	exact   bool
	rest    glob // matched against what follows literal
}

// patternList is an ignore file. A later pattern wins over an earlier one.
type patternList []pattern

// parseIgnore parses an ignore file, whose patterns match texts that [lower] has made where case does not count (fold). There is
// no malformed one: what git would not match is left out.
func parseIgnore(data []byte, fold bool) patternList {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var list patternList
	for line := range strings.SplitSeq(string(data), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || line[0] == '#' || len(line) > maxPatternLength {
			continue
		}
		if p, ok := parsePattern(trimSpaces(line), fold); ok {
			list = append(list, p)
		}
	}
	return list
}

// trimSpaces drops spaces at the end, unless a backslash stands before them.
func trimSpaces(line string) string {
	end := -1
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			if end < 0 {
				end = i
			}
		case '\\':
			i++
			end = -1
		default:
			end = -1
		}
	}
	if end < 0 {
		return line
	}
	return line[:end]
}

func parsePattern(line string, fold bool) (pattern, bool) {
	var p pattern
	if strings.HasPrefix(line, "!") {
		p.negated, line = true, line[1:]
	}
	if strings.HasSuffix(line, "/") {
		p.dirOnly, line = true, line[:len(line)-1]
	}
	if line == "" {
		return p, false
	}
	p.inName = !strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	wild := strings.IndexAny(line, `*?[\`)
	switch {
	case wild < 0:
		p.literal, p.exact = folded(line, fold), true
	case p.inName && wild == 0 && line[0] == '*' && len(line) > 1 && !strings.ContainsAny(line[1:], `*?[\`):
		p.suffix = folded(line[1:], fold)
	case p.inName:
		p.rest = compileFolded(line, true, fold)
	default:
		// Git compares what stands before the first wildcard as it is, and starts the pattern proper behind it:
		// so "**" counts as alone right there.
		p.literal, p.rest = folded(line[:wild], fold), compileFolded(line[wild:], false, fold)
	}
	return p, true
}

// folded is a text as patterns match it.
func folded(text string, fold bool) string {
	if fold {
		return lower(text)
	}
	return text
}

// match tells whether the pattern matches a path relative to the ignore file's folder, and its last part.
func (p *pattern) match(rel, name string, dir bool) bool {
	if p.dirOnly && !dir {
		return false
	}
	text := rel
	if p.inName {
		text = name
	}
	switch {
	case p.exact:
		return text == p.literal
	case p.suffix != "":
		return strings.HasSuffix(text, p.suffix)
	}
	return strings.HasPrefix(text, p.literal) && p.rest.match(text[len(p.literal):])
}

// verdict is what an ignore file says of a path.
type verdict int8

const (
	silent  verdict = iota // no pattern matches
	ignored                // the last pattern that matches takes the path out
	kept                   // the last pattern that matches begins with "!", and undoes one before it
	taken                  // the only patterns that match begin with "!"
)

func (l patternList) decide(rel, name string, dir bool) verdict {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].match(rel, name, dir) {
			switch {
			case !l[i].negated:
				return ignored
			case slices.ContainsFunc(l[:i], func(p pattern) bool { return !p.negated && p.match(rel, name, dir) }):
				return kept
			}
			return taken
		}
	}
	return silent
}
