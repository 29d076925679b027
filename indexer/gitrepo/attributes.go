package gitrepo

import (
	"bytes"
	"strconv"
	"strings"

	"loradex/indexer"
)

// This file reads .gitattributes, gitattributes(5): what a repository says of its files to linguist, and in which encoding they
// are written.

const attributesName = ".gitattributes"

// attributeLine is a line of an attributes file that says something that matters here.
type attributeLine struct {
	pattern pattern
	set     []attribute
}

// attribute is one word of a line: name, -name, !name (unspecified) or name=value.
type attribute struct{ name, value string }

const (
	attributeOn  = "true"
	attributeOff = "false"
)

// parseAttributes parses an attributes file, as parseIgnore does. What git passes over is left out; macros stand for what they are, in
// the file that defines them.
func parseAttributes(data []byte, fold bool) (lines []attributeLine) {
	if !bytes.Contains(data, []byte("linguist-")) && !bytes.Contains(data, []byte("working-tree-encoding")) {
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	macros := map[string][]attribute{}
	for line := range strings.SplitSeq(string(data), "\n") {
		line = strings.TrimLeft(strings.TrimSuffix(line, "\r"), " \t")
		if macro, ok := strings.CutPrefix(line, "[attr]"); ok && len(line) <= maxPatternLength {
			if words := strings.Fields(macro); len(words) > 0 {
				macros[words[0]] = attributesOf(words[1:], macros)
			}
			continue
		}
		if line == "" || line[0] == '#' || line[0] == '!' || len(line) > maxPatternLength {
			continue
		}
		name, rest := line, ""
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			name, rest = line[:i], line[i:]
		}
		if line[0] == '"' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				continue
			}
			if name, err = strconv.Unquote(quoted); err != nil {
				continue
			}
			rest = line[len(quoted):]
		}
		p, ok := parsePattern(name, fold)
		if !ok || p.dirOnly || p.negated {
			continue
		}
		if set := attributesOf(strings.Fields(rest), macros); len(set) > 0 {
			lines = append(lines, attributeLine{p, set})
		}
	}
	return lines
}

// maxMacro bounds what a macro of macros can become.
const maxMacro = 100

// attributesOf reads the words of a line, with what macros stand for.
func attributesOf(words []string, macros map[string][]attribute) (set []attribute) {
	for _, word := range words {
		a := parseAttribute(word)
		switch {
		case len(set) > maxMacro:
		case strings.HasPrefix(a.name, "linguist-") || a.name == "working-tree-encoding":
			set = append(set, a)
		case a.value == attributeOn:
			set = append(set, macros[a.name]...)
		}
	}
	return set
}

func parseAttribute(word string) attribute {
	name, value, valued := strings.Cut(word, "=")
	switch {
	case valued:
		return attribute{name, value}
	case word[0] == '-':
		return attribute{word[1:], attributeOff}
	case word[0] == '!':
		return attribute{word[1:], ""}
	}
	return attribute{word, attributeOn}
}

// marks is what the attributes and .loradexignore files say of a file of folder d.
func (t *ignoreTree) marks(d *ignoreDir, name string) (m indexer.Marks) {
	if !t.marking() {
		return m
	}
	switch t.verdict(byLoradex, d, name, false) {
	case taken:
		m.Taken = indexer.TakenByName
	case silent:
		if d.taken {
			m.Taken = indexer.TakenByFolder
		}
	}
	said, full := map[string]bool{}, folded(joinPath(d.path, name), t.fold)
	name = folded(name, t.fold)
	t.mark(&m, said, t.attributes, full, name)
	for at := d; at != nil; at = at.parent {
		t.mark(&m, said, at.attributes, strings.TrimPrefix(full[len(at.path):], "/"), name)
	}
	t.mark(&m, said, t.weakest, full, name)
	return m
}

// mark adds what one file says; what a stronger one said holds.
func (t *ignoreTree) mark(m *indexer.Marks, said map[string]bool, lines []attributeLine, rel, name string) {
	for i := len(lines) - 1; i >= 0; i-- {
		if !lines[i].pattern.match(rel, name, false) {
			continue
		}
		for j := len(lines[i].set) - 1; j >= 0; j-- {
			a := lines[i].set[j]
			if said[a.name] {
				continue
			}
			said[a.name] = true
			switch a.name {
			case "linguist-vendored":
				m.Vendored = markOf(a.value)
			case "linguist-generated":
				m.Generated = markOf(a.value)
			case "linguist-documentation":
				m.Documentation = markOf(a.value)
			case "linguist-language":
				m.Language = a.value
			case "working-tree-encoding":
				m.Encoding = a.value
			}
		}
	}
}

func markOf(value string) indexer.Mark {
	switch strings.ToLower(value) {
	case "":
		return indexer.Unmarked
	case attributeOff, "0", "no":
		return indexer.MarkedOff
	}
	return indexer.MarkedOn
}
