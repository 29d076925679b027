package chunk

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

const markdown = "markdown"

// section is a heading with the lines up to the next heading.
type section struct {
	span
	level   int
	title   string
	heading string // the heading as written, on one line
}

var (
	atx   = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)
	rule1 = regexp.MustCompile(`^ {0,3}=+[ \t]*$`)
	rule2 = regexp.MustCompile(`^ {0,3}-+[ \t]*$`)
	fence = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})([^`]*)$")
	bom   = []byte("\uFEFF")
)

// splitMarkdown cuts by headings, of both styles. A section that is too long is cut between paragraphs, and its later
// parts carry the heading as signature; short neighbours are gathered. Fenced code is cut only where it must be.
func splitMarkdown(text *lines, opts options) []Chunk {
	if text.count() == 0 {
		return nil
	}
	c := newCuts(text)
	var pieces []piece
	var path []section
	level := 0 // of the section that the last piece ends with
	for _, sec := range sections(text, c) {
		for len(path) > 0 && path[len(path)-1].level >= sec.level {
			path = path[:len(path)-1]
		}
		if sec.title != "" {
			path = append(path, sec)
		}
		p := piece{kind: KindSection}
		var own []Symbol
		if len(path) > 0 {
			titles := make([]string, len(path))
			for i, s := range path {
				titles[i] = s.title
			}
			p.names = []string{clip(strings.Join(titles, " > "), maxSymbol)}
			own = []Symbol{{strings.ToValidUTF8(p.names[0], "\uFFFD"), KindSection, path[len(path)-1].a + 1, path[len(path)-1].b + 1}}
		}
		for _, r := range c.split(opts, sec.a, sec.b, 0) {
			p.first, p.last = r.a, r.b
			if n := len(pieces); n > 0 && p.signature == "" && sec.level >= level && gather(text, opts, pieces[n-1], p) {
				pieces[n-1].last, pieces[n-1].names = p.last, addNames(pieces[n-1].names, p.names)
				pieces[n-1].symbols = append(pieces[n-1].symbols, own...)
			} else {
				p.symbols = slices.Clone(own)
				pieces = append(pieces, p)
			}
			p.signature, level = clip(sec.heading, maxSignature), sec.level
		}
	}
	out := make([]Chunk, 0, len(pieces))
	for _, p := range pieces {
		out = append(out, makeChunk(text, p))
	}
	return out
}

// gather says whether a section is short enough to share a chunk with the one before it.
func gather(text *lines, opts options, p, q piece) bool {
	return p.signature == "" && q.last-p.first < opts.targetLines && fits(text, opts, p.first, q.last) &&
		(text.nonBlank(p.first, p.last) < opts.minLines || text.nonBlank(q.first, q.last) < opts.minLines)
}

// sections finds the headings and prices the cuts between: a paragraph's beginning is a good place, the inside of
// fenced code a bad one.
func sections(text *lines, c cuts) []section {
	all := []section{{span: span{0, text.count() - 1}, level: 7}}
	begin := func(line, level int, title string) {
		all[len(all)-1].b = line - 1
		title = strings.ToValidUTF8(strings.TrimSpace(title), "\uFFFD")
		all = append(all, section{span{line, text.count() - 1}, level, title, strings.Repeat("#", level) + " " + title})
	}
	open := "" // the marker of the fence that is open
	first := 0 // the first line behind a header
	head := -2 // the last line of the last heading
	for i := 0; i < text.count(); i++ {
		line := text.line(i)
		if i == 0 {
			line = bytes.TrimPrefix(line, bom)
			if end := frontMatter(text, line); end > 0 {
				i, first = end, end+1
				continue
			}
		}
		if m := fence.FindSubmatch(line); m != nil {
			mark := string(m[1])
			switch {
			case open == "":
				open = mark
				c.cost[i] = min(c.cost[i], levelCost)
				continue
			case strings.HasPrefix(mark, open) && len(bytes.TrimSpace(m[2])) == 0:
				open = ""
				c.cost[i] = plainCost
				continue
			}
		}
		if open != "" {
			continue // newCuts has priced it
		}
		previous := i > first && !text.blank[i-1] && (len(all) == 1 || all[len(all)-1].a != i-1)
		switch m := atx.FindSubmatch(line); {
		case m != nil:
			begin(i, len(m[1]), string(m[2]))
			head = i
		case previous && underlined(text, i, i < first+2 || i == head+2):
			level := 2
			if rule1.Match(line) {
				level = 1
			}
			begin(i-1, level, string(bytes.TrimPrefix(text.line(i-1), bom)))
			head = i
		case i > 0 && text.blank[i-1]:
			c.cost[i] = levelCost
		case listItem(line):
			c.cost[i] = 4 * levelCost
		}
	}
	if all[0].b < 0 { // the text begins with a heading
		all = all[1:]
	}
	return all
}

// underlined says whether line i makes a heading of the single line before it; free tells that no paragraph can go on there.
func underlined(text *lines, i int, free bool) bool {
	line := text.line(i)
	if !rule1.Match(line) && !rule2.Match(line) {
		return false
	}
	above := text.line(i - 1)
	return (free || text.blank[i-2]) && !listItem(above) && !bytes.HasPrefix(bytes.TrimSpace(above), []byte("|"))
}

func listItem(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 1 && (line[0] == '-' || line[0] == '*' || line[0] == '+' || line[0] >= '0' && line[0] <= '9') ||
		bytes.HasPrefix(line, []byte("> "))
}

// frontMatter returns the line that closes a YAML or TOML header which begins with first; 0 where there is none.
func frontMatter(text *lines, first []byte) int {
	mark := string(bytes.TrimRight(first, " \t"))
	if mark != "---" && mark != "+++" {
		return 0
	}
	for i := 1; i < min(text.count(), 200); i++ {
		if string(bytes.TrimRight(text.line(i), " \t")) == mark {
			return i
		}
	}
	return 0
}
