package chunk

import (
	"bytes"
	"regexp"
	"slices"
)

// This file makes trees for languages without a parser, by a plain rule: words at the beginning of a statement say that it
// defines something, and a bracket or a mark where it ends. It needs no cgo.

// plainRule says what a language's definitions look like to it.
type plainRule struct {
	// define finds the beginning of a definition: its first group is what is defined, in words, its second group the name.
	define *regexp.Regexp
	// end returns where the definition that begins with a match ends.
	end func(code []byte, at []int) int
	// line and quotes are what a comment to the end of the line begins with, and what stands around strings.
	line, quotes string
	// dollars says that $tag$ stands around strings, too.
	dollars bool
}

// nodes of such trees; that of a definition goes by the first word that makes it one.
const (
	plainRoot    = "file"
	plainComment = "comment"
	plainName    = "name"
)

// tree returns the tree of a source.
func (p plainRule) tree(text *lines) *node {
	code, comments := p.mask(text.src)
	t := &tree{lines: text}
	put := func(kind string, start, end int) *node {
		return &node{kind: kind, named: true, start: start, end: end, stop: end, tree: t, loaded: true}
	}
	var all []*node
	for _, c := range comments {
		all = append(all, put(plainComment, c.a, c.b))
	}
	for _, at := range p.define.FindAllSubmatchIndex(code, -1) {
		end := min(max(p.end(code, at), at[1]), len(code))
		for end > at[1] && (code[end-1] == '\n' || code[end-1] == '\r' || code[end-1] == ' ') {
			end--
		}
		start := at[0] + len(code[at[0]:at[2]]) - len(bytes.TrimLeft(code[at[0]:at[2]], " \t{};"))
		n := put(string(bytes.Join(bytes.Fields(bytes.ToLower(code[at[2]:at[3]])), []byte(" "))), start, end)
		name := put(plainName, at[4], at[5])
		name.field = plainName
		word := put("word", start, at[3])
		word.named = false
		n.kids = []*node{word, name}
		all = append(all, n)
	}
	slices.SortStableFunc(all, func(a, b *node) int { return a.start - b.start })
	root := put(plainRoot, 0, len(text.src))
	open := []*node{root}
	for _, n := range all {
		for n.start >= open[len(open)-1].end && len(open) > 1 {
			open = open[:len(open)-1]
		}
		around := open[len(open)-1]
		n.end = min(n.end, around.end)
		n.stop = n.end
		around.kids = append(around.kids, n)
		if n.kind != plainComment && len(open) < maxDepth {
			open = append(open, n)
			t.seeds = append(t.seeds, n.start)
		}
	}
	return root
}

// mask returns the source with blanks in place of comments and what is in strings, and where the comments are.
func (p plainRule) mask(src []byte) (code []byte, comments []span) {
	code = bytes.Clone(src)
	blank := func(a, b int) {
		for i := a; i < b; i++ {
			if code[i] != '\n' {
				code[i] = ' '
			}
		}
	}
	for i := 0; i < len(src); {
		rest := src[i:]
		switch {
		case bytes.HasPrefix(rest, []byte(p.line)):
			end := len(src)
			if n := bytes.IndexByte(rest, '\n'); n >= 0 {
				end = i + n
			}
			comments = append(comments, span{i, end})
			blank(i, end)
			i = end
		case bytes.HasPrefix(rest, []byte("/*")):
			end := closed(src, i+2, "*/")
			comments = append(comments, span{i, end})
			blank(i, end)
			i = end
		case bytes.IndexByte([]byte(p.quotes), rest[0]) >= 0:
			end := closed(src, i+1, string(rest[:1]))
			blank(i+1, end-1)
			i = end
		case p.dollars && rest[0] == '$' && dollarQuote.Match(rest[:min(len(rest), 66)]):
			tag := dollarQuote.FindString(string(rest[:min(len(rest), 66)]))
			end := closed(src, i+len(tag), tag)
			blank(i, end)
			i = end
		default:
			i++
		}
	}
	return code, comments
}

var dollarQuote = regexp.MustCompile(`^\$[A-Za-z_]{0,63}\$`)

// closed returns where something ends that a mark closes: at the end of the source where none does.
func closed(src []byte, from int, mark string) int {
	if n := bytes.Index(src[from:], []byte(mark)); n >= 0 {
		return from + n + len(mark)
	}
	return len(src)
}
