package mine

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// mineReadmes pairs the prose of Markdown files with the definition that it names in backticks. Prose that names several
// definitions is taken sentence by sentence.
func mineReadmes(_ context.Context, r *run) ([]pair, error) {
	var out []pair
	for _, f := range r.corpus.prose {
		if isTestData(f.Path) {
			continue
		}
		for n, b := range proseBlocks(f.Chunks) {
			texts := []string{b.text}
			if len(r.corpus.named(b.text)) > 1 || len(strings.Fields(b.text)) > maxWords {
				texts = sentences(b.text)
			}
			for m, text := range texts {
				found := r.corpus.named(text)
				if len(found) == 0 {
					continue // most prose is about nothing in particular
				}
				query, why := "", leftUnclear
				if len(found) == 1 {
					at := found[0].at
					if query, why = readmeQuery(text, found[0].mark), r.corpus.docs[at].why; why == "" {
						why = judge(query)
					}
					if why == "" && len(strings.Fields(query)) < minProseWords {
						why = leftShort
					}
				}
				if why != "" {
					r.report.leave(kindReadme, why)
					continue
				}
				out = append(out, pair{
					kind: kindReadme, id: fmt.Sprintf("%s:%d.%d.%d", f.Path, b.line, n, m), query: query,
					docs: []int{found[0].at},
				})
			}
		}
	}
	return out, nil
}

// minProseWords is how much must be left of prose without the name: "New helper function" fits any.
const minProseWords = 6

// mention is a definition that a text names.
type mention struct {
	mark string // as it stands in the text, with the backticks
	at   int
}

var (
	ticked   = regexp.MustCompile("`([^`\n]{1,120})`")
	callTail = regexp.MustCompile(`\([^()]*\)$`)
	dotted   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
	joints   = strings.NewReplacer("::", ".", "#", ".", "->", ".")
)

// named lists the definitions that a text names in backticks, each once. A name that fits several counts for none.
func (c *corpus) named(text string) []mention {
	var out []mention
	seen := map[int]bool{}
	for _, m := range ticked.FindAllStringSubmatch(text, -1) {
		if at, ok := c.resolve(m[1]); ok && !seen[at] {
			seen[at] = true
			out = append(out, mention{mark: m[0], at: at})
		}
	}
	return out
}

// resolve finds the one definition of a name. A lone lower-case word is no name: it may be a command or a file.
func (c *corpus) resolve(name string) (at int, ok bool) {
	name = strings.TrimLeft(strings.TrimSpace(name), "&*@")
	called := callTail.MatchString(name)
	name = joints.Replace(callTail.ReplaceAllString(name, ""))
	if !dotted.MatchString(name) || len(name) < minTested {
		return 0, false
	}
	shaped := called || strings.ContainsAny(name, "._") || strings.ContainsFunc(name, unicode.IsUpper)
	if !shaped {
		return 0, false
	}
	for before, rest, more := "", name, true; more; before, rest, more = strings.Cut(rest, ".") {
		if found := c.bySymbol[rest]; len(found) > 0 {
			return found[0], len(found) == 1 && isFrom(before, c.docs[found[0]].path)
		}
	}
	found := c.byName[lastName(name)]
	if len(found) != 1 {
		return 0, false
	}
	// "x.Close" may be anyone's Close: an owner that is not ours says so.
	if owner := ownerOf(name); owner != "" && compact(owner) != compact(ownerOf(c.docs[found[0]].chunk.Symbol)) {
		return 0, false
	}
	return found[0], true
}

// isFrom tells whether a qualifier may be the package of a file: "http.Get" is not the Get of any other folder. Files at
// the top are in a package of any name.
func isFrom(qualifier, file string) bool {
	folders, stem := pathParts(file)
	return qualifier == "" || len(folders) == 0 || compact(qualifier) == compact(stem) ||
		slices.ContainsFunc(folders, func(f string) bool { return compact(f) == compact(qualifier) })
}

var (
	leading = regexp.MustCompile(`^\x00\s*(?:[-–—:,=]+>?\s*|(?:is|are)\s+)?`)
	noun    = regexp.MustCompile(`\x00 (function|method|type|struct|class|interface|trait|enum|helper|module|option|command|object)\b`)
	article = regexp.MustCompile(`(?i)\b(the|an|a|our|this|each|every|new)\s+\x00`)
)

// readmeQuery makes a query of prose that names a definition: without the name, which anyone who knew it would not
// have to ask for.
func readmeQuery(text, mark string) string {
	text = withoutAsides(plain(strings.ReplaceAll(text, mark, "\x00")))
	text = leading.ReplaceAllString(text, "")
	text = noun.ReplaceAllString(text, "$1")
	text = article.ReplaceAllString(text, "\x00")
	text = strings.ReplaceAll(text, "\x00", "it")
	return strings.TrimSpace(text)
}
