package indexer

import "bytes"

// isMinified tells whether a program packed a text of [packedLanguages] for machines: its lines are far longer than anyone writes code, and there
// is hardly a blank in them. What stands in strings does not count: prompts, queries and tables of texts are long
// lines that people write. Short files may be one long line.
func isMinified(data []byte) bool {
	const (
		least   = 2048
		average = 200 // bytes of code in a line that is not blank
		blanks  = 12  // of code that people write more than a twelfth of a line is blanks
	)
	if len(data) < least {
		return false
	}
	lines, code, blank := 0, 0, 0
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		lines++
		c, b := codeOf(line)
		code, blank = code+c, blank+b
	}
	return code > average*lines && blank*blanks < code
}

// codeOf counts the bytes of a line that stand outside of strings, and the blanks among them. A quote that is not closed
// belongs to a word, or to a string of several lines.
func codeOf(line []byte) (code, blank int) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '"', '\'', '`':
			if end := closing(line[i+1:], c); end >= 0 {
				i += end + 1
			}
		case ' ', '\t':
			blank++
		}
		code++
	}
	return code, blank
}

// closing finds a quote that no backslash stands before; -1 where there is none.
func closing(line []byte, quote byte) int {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}
