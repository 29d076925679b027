package chunk

import (
	"bytes"
	"regexp"
)

// This file hides from a parser what its grammar does not know, by patterns. Texts, offsets and lines stay what they are.

// masking changes the groups of a pattern wherever it is found.
type masking struct {
	pattern *regexp.Regexp
	change  func(text []byte)
}

// masked returns a source with all changes, or the source itself where there are none.
func masked(src []byte, all []masking) []byte {
	var out []byte
	for _, m := range all {
		for _, at := range m.pattern.FindAllSubmatchIndex(src, -1) {
			if out == nil {
				out = bytes.Clone(src)
			}
			for i := 2; i < len(at); i += 2 {
				if at[i] >= 0 && at[i] < at[i+1] {
					m.change(out[at[i]:at[i+1]])
				}
			}
		}
	}
	if out == nil {
		return src
	}
	return out
}

// blankOut puts blanks in the place of a text.
func blankOut(text []byte) {
	for i := range text {
		text[i] = ' '
	}
}
