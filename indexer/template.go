package indexer

import (
	"strings"
	"unicode"

	"loradex/internal/fault"
)

// This file makes the text that is encoded for a chunk. An encoder reads only so many tokens (256 for MiniLM), so short
// strong fields come first and the code last; and a doc comment is not given twice.

// Template names the fields of a text and their order, joined by "+": "words+doc+body". Each field is a line, or
// lines, of its own; empty ones are left out. The fields are
//
//	path       path of the file                          indexer/gitrepo/open.go
//	file       its last part without the extension        open
//	kind       what the chunk is                          method
//	symbol     its name                                   Repo.Close
//	words      the name's last part as words              close
//	signature  its declaration                            func (r *Repo) Close() error
//	doc        its doc comment, markers stripped, at most 600 bytes
//	code       the source lines as they are, doc comment included; later parts of a split definition get the
//	           signature in front
//	body       code without the comment lines before it, where a doc comment was found
//
// Use code without doc, or doc with body. Every template ends in code or body: two chunks with different code never
// share a text by accident.
type Template string

// DefaultTemplate is used where Options.Template is "". It was chosen by measurement (docs/results.md): a name in words
// is worth more to the encoder than the identifier, and a path in front costs more than it tells; words of the path
// are found by the lexical half of a search.
const DefaultTemplate Template = "words+doc+body"

// templateVersion changes whenever a field's text does.
const templateVersion = "1"

const maxDocBytes = 600

// fields is the table of what a template may name.
var fields = map[string]func(path string, c *Chunk) string{
	"path":      func(path string, _ *Chunk) string { return path },
	"file":      func(path string, _ *Chunk) string { return stem(path) },
	"kind":      func(_ string, c *Chunk) string { return c.Kind },
	"symbol":    func(_ string, c *Chunk) string { return c.Symbol },
	"words":     func(_ string, c *Chunk) string { return words(c.Symbol) },
	"signature": func(_ string, c *Chunk) string { return c.Signature },
	"doc":       func(_ string, c *Chunk) string { return shorten(c.Doc, maxDocBytes) },
	"code":      func(_ string, c *Chunk) string { return withSignature(c, c.Text) },
	"body":      func(_ string, c *Chunk) string { return withSignature(c, withoutLeadingComment(c)) },
}

// Validate says what is wrong with t.
func (t Template) Validate() error {
	names := strings.Split(string(t.orDefault()), "+")
	for _, name := range names {
		if fields[name] == nil {
			return fault.New(fault.Invalid, "text template %q: no field is called %q", t, name).
				WithHint("join some of path, file, kind, symbol, words, signature, doc with code or body by \"+\"")
		}
	}
	if last := names[len(names)-1]; last != "code" && last != "body" {
		return fault.New(fault.Invalid, "text template %q does not end in code or body", t)
	}
	return nil
}

// version identifies the texts that t makes.
func (t Template) version() string { return string(t.orDefault()) + "/" + templateVersion }

// Text returns what is encoded for a chunk. t must be valid.
func (t Template) Text(path string, c *Chunk) string {
	var b strings.Builder
	for name := range strings.SplitSeq(string(t.orDefault()), "+") {
		part := strings.Trim(fields[name](path, c), "\n")
		if strings.TrimSpace(part) == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(part)
	}
	return b.String()
}

func (t Template) orDefault() Template {
	if t == "" {
		return DefaultTemplate
	}
	return t
}

func stem(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		return name[:dot]
	}
	return name
}

// words splits the last part of a symbol at case changes, digits and punctuation: "Repo.readHTTPBody" is
// "read http body". Headings ("README > Install") are already words.
func words(symbol string) string {
	if strings.Contains(symbol, " ") {
		return ""
	}
	return strings.Join(SplitWords(symbol[strings.LastIndexAny(symbol, ".:#")+1:]), " ")
}

// SplitWords takes a name apart at case changes and punctuation, in lower case: "readHTTPBody" is read, http, body.
func SplitWords(name string) []string {
	var out []string
	runes := []rune(name)
	start := 0
	flush := func(end int) {
		if end > start {
			out = append(out, strings.ToLower(string(runes[start:end])))
		}
	}
	for i, c := range runes {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			flush(i)
			start = i + 1
		case i > start && unicode.IsUpper(c) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush(i)
			start = i
		}
	}
	flush(len(runes))
	return out
}

// shorten cuts a text of more than limit bytes at a space.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := strings.LastIndexAny(text[:limit], " \n\t")
	if cut <= 0 { // one endless word: cut at a rune's edge
		for cut = limit; cut > 0 && text[cut]&0xc0 == 0x80; cut-- {
		}
	}
	return text[:cut]
}

// withSignature puts the signature before a text that does not show it: a later part of a split definition.
func withSignature(c *Chunk, text string) string {
	first, _, _ := strings.Cut(c.Signature, "\n")
	if first = strings.TrimSpace(first); first == "" || strings.Contains(c.Text, first) {
		return text
	}
	return c.Signature + "\n" + text
}

// withoutLeadingComment drops the comment lines before the code of a chunk with a doc comment. A docstring, which
// stands inside, stays. A chunk that is nothing but comment stays whole.
func withoutLeadingComment(c *Chunk) string {
	if c.Doc == "" {
		return c.Text
	}
	rest, block := c.Text, false
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		s := strings.TrimSpace(line)
		switch {
		case block:
			block = !strings.Contains(s, "*/")
		case strings.HasPrefix(s, "/*"):
			block = !strings.Contains(s[2:], "*/")
			if !block && !strings.HasSuffix(s, "*/") {
				return rest // code behind the comment, on the same line
			}
		case s != "" && !isCommentLine(s):
			return rest
		}
		rest = after
	}
	return c.Text
}

// isCommentLine knows line comments by their marks. "#" stands for a comment only before a space or alone: "#include",
// "#[derive]" and "#!" are code.
func isCommentLine(s string) bool {
	return strings.HasPrefix(s, "//") || strings.HasPrefix(s, "--") || s == "#" || strings.HasPrefix(s, "# ") ||
		strings.HasPrefix(s, ";;")
}
