// Package plural formats texts that count: a noun behind a number is singular where the number is 1.
//
//	plural.Sprintf("%d queries over %s documents", 1, "1,000") // 1 query over 1,000 documents
package plural

import (
	"fmt"
	"strings"
)

// singular has the nouns that are counted.
var singular = func() map[string]string {
	nouns := map[string]string{
		"queries": "query", "repositories": "repository", "branches": "branch", "mixes": "mix", "batches": "batch", "data sets": "data set",
	}
	for noun := range strings.FieldsSeq("adapter argument byte change chunk commit dimension document epoch example file hit input label " +
		"language layer line model pair problem ranking record request revision row run score second space step system text thread token " +
		"tree vector word") {
		nouns[noun+"s"] = noun
	}
	return nouns
}()

// Sprintf is fmt's, with nouns that agree.
func Sprintf(format string, args ...any) string {
	if agreed := Agree(format, args); agreed != format {
		return fmt.Sprintf(agreed, args...)
	}
	return fmt.Sprintf(format, args...)
}

// Agree puts nouns of a format into the singular whose number is 1. Formats that number their arguments stay as they are.
func Agree(format string, args []any) string {
	var b strings.Builder
	rest := format
	for n := 0; ; {
		before, after, ok := strings.Cut(rest, "%")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		end := strings.IndexFunc(after, func(r rune) bool { return !strings.ContainsRune("+-# 0123456789.", r) })
		if end < 0 || strings.ContainsAny(after[end:end+1], "*[") {
			return format
		}
		verb := after[end]
		b.WriteString("%" + after[:end+1])
		rest = after[end+1:]
		if verb == '%' {
			continue
		}
		if n < len(args) && (verb == 'd' || verb == 's' || verb == 'v') && fmt.Sprint(args[n]) == "1" {
			if noun := counted(rest); noun != "" {
				b.WriteString(" " + singular[noun])
				rest = rest[1+len(noun):]
			}
		}
		n++
	}
}

// counted is the noun at the beginning of a text, "" where there is none.
func counted(text string) string {
	text, ok := strings.CutPrefix(text, " ")
	if !ok {
		return ""
	}
	if strings.HasPrefix(text, "data sets") {
		return "data sets"
	}
	end := strings.IndexFunc(text, func(r rune) bool { return r < 'a' || r > 'z' })
	if end >= 0 {
		text = text[:end]
	}
	if _, ok := singular[text]; !ok {
		return ""
	}
	return text
}
