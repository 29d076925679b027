package mine

import (
	"regexp"
	"strings"

	"loradex/indexer"
)

// block is a paragraph or a list item of a Markdown file, on one line.
type block struct {
	line int // where it begins, from 1
	text string
}

// maxBlock bounds a paragraph, in bytes: a query has 64 words at most.
const maxBlock = 4 << 10

var (
	codeFence = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})")
	heading   = regexp.MustCompile(`^ {0,3}(#{1,6}(\s|$)|[=-]{2,}\s*$)`)
	item      = regexp.MustCompile(`^\s*([-*+]|\d{1,3}[.)])\s+(\[[ xX]\]\s+)?`)
	// MyST writes reStructuredText's roles as {func}`name`; those that only number an issue go as a whole.
	numberRole = regexp.MustCompile("[,;]?\\s*\\(?\\{\\w+\\}`#?\\d+`\\)?")
	role       = regexp.MustCompile("\\{[\\w:]+\\}`")
	reference  = regexp.MustCompile(`^ {0,3}\[[^\]]+\]:\s`)
)

// proseBlocks returns the paragraphs and list items of a file, given as chunks that cover it in order. Code, headings,
// tables, HTML and link definitions are left out.
func proseBlocks(chunks []indexer.Chunk) []block {
	var out []block
	open, fence, last := false, "", 0 // open: the next line may go on with the last block
	for _, c := range chunks {
		if c.StartLine > last+1 {
			open = false
		}
		number := c.StartLine
		for line := range strings.SplitSeq(c.Text, "\n") {
			at := number
			number++
			if m := codeFence.FindStringSubmatch(line); m != nil {
				switch {
				case fence == "":
					fence = m[1]
				case strings.HasPrefix(m[1], fence):
					fence = ""
				}
				open = false
				continue
			}
			s := strings.TrimSpace(line)
			indented := strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "    ")
			begins := item.FindString(line)
			switch {
			case fence != "":
			case s == "", heading.MatchString(line), reference.MatchString(line), s[0] == '|', s[0] == '<', s[0] == '>':
				open = false
			case begins != "":
				out = append(out, block{line: at, text: strings.TrimSpace(line[len(begins):])})
				open = true
			case open && len(out[len(out)-1].text) > maxBlock: // the rest is not read: nobody asks that much
			case open:
				out[len(out)-1].text += " " + s
			case !indented:
				out = append(out, block{line: at, text: s})
				open = true
			}
		}
		last = c.EndLine
	}
	for i := range out {
		out[i].text = role.ReplaceAllString(numberRole.ReplaceAllString(out[i].text, ""), "`")
	}
	return out
}
