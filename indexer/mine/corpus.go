package mine

import (
	"fmt"
	"slices"
	"strings"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/internal/dataset"
)

// corpus is what a repository holds, cut and told apart.
type corpus struct {
	docs  []document
	tests []document // test functions: queries of Code2Code, never documents
	prose []indexer.File
	// The definitions that may be positives or not, by symbol ("Encoder.Encode"), by last name ("Encode"), and by path
	// and symbol. Later parts of split definitions are not among them.
	bySymbol, byName, byPlace map[string][]int
}

// document is a code chunk as a query may be answered by it.
type document struct {
	path, language string
	split          dataset.Split
	chunk          indexer.Chunk // Text is without the documentation; Doc is kept apart
	definition     bool          // may be a positive
	why            string        // if it is a definition but may not be a positive
	parts          []int         // later parts of this definition
	id             string
	text           string // what is encoded
	key, maskedKey string // of the code; and of the code without the definition's name
}

// definitionKinds are what a query may ask for. Constants and variables say too little.
var definitionKinds = []string{chunk.KindFunction, chunk.KindMethod, chunk.KindType, chunk.KindInterface, chunk.KindEnum}

// maxParts bounds the later parts of a definition that are positives beside its head.
const maxParts = 3

// newCorpus tells the files apart. Files are in the order of their paths.
func newCorpus(files []indexer.File, opts Options, report *Report) *corpus {
	c := &corpus{bySymbol: map[string][]int{}, byName: map[string][]int{}, byPlace: map[string][]int{}}
	for _, f := range files {
		switch {
		case f.Language == "markdown":
			c.prose = append(c.prose, f)
		case !slices.Contains(codeLanguages(), f.Language) || len(opts.Languages) > 0 && !slices.Contains(opts.Languages, f.Language):
			report.Skipped["language"]++
		case isTestData(f.Path):
			report.Skipped["test_data"]++
		case isTestPath(f.Path):
			report.Skipped["test"]++
			c.addFile(f, opts, true)
		default:
			report.Files++
			c.addFile(f, opts, false)
		}
	}
	opts.assignSplits(c.docs)
	return c
}

// codeLanguages are the languages that are cut by structure, without Markdown.
func codeLanguages() []string {
	return slices.DeleteFunc(chunk.Languages(), func(l string) bool { return l == "markdown" })
}

func (c *corpus) addFile(f indexer.File, opts Options, test bool) {
	style := styleOf(f.Language)
	headAt := -1
	for _, b := range undocumented(f.Chunks, style) {
		if strings.TrimSpace(b.Text) == "" {
			continue
		}
		d, ch := document{path: f.Path, language: f.Language, chunk: b.Chunk}, b.Chunk
		later := ch.Signature != ""
		d.describe(later, !b.cut, style)
		if test || isInlineTest(f.Language, &ch) {
			if d.definition && d.why == "" {
				d.render(opts.Template)
				c.tests = append(c.tests, d)
			}
			continue
		}
		if later && headAt >= 0 && c.docs[headAt].chunk.Symbol == ch.Symbol && c.docs[headAt].path == f.Path {
			if !isFunction(ch.Kind) {
				continue // fields between the methods of a type: neither an answer nor a wrong one
			}
			if head := &c.docs[headAt]; len(head.parts) < maxParts {
				head.parts = append(head.parts, len(c.docs))
			} else {
				continue
			}
		}
		d.render(opts.Template)
		c.docs = append(c.docs, d)
		if !later {
			headAt = len(c.docs) - 1
			c.index(headAt)
		}
	}
}

// bareChunk is a chunk whose Text has lost its documentation.
type bareChunk struct {
	indexer.Chunk
	cut bool // the documentation does not end; its rest was dropped
}

// undocumented takes the documentation out of the structured chunks of a file. Where a docstring stands in the next part
// of a definition, or goes on there, the code behind its end joins the head: a head without code answers no query.
func undocumented(chunks []indexer.Chunk, style commentStyle) []bareChunk {
	var out []bareChunk
	doc, open := "", "" // of the present definition: its documentation, and what ends a docstring that is not closed
	for _, c := range chunks {
		if c.Kind == chunk.KindWindow || c.Kind == chunk.KindSection {
			continue
		}
		later := c.Signature != "" && len(out) > 0 && c.Symbol == out[len(out)-1].Symbol
		if !later {
			doc, open = c.Doc, ""
		}
		var text string
		var found bool
		if open != "" {
			if _, text, found = strings.Cut(c.Text, open); !found {
				continue
			}
			text, open = strings.Trim(text, "\n"), ""
		} else {
			text, open = withoutDoc(c.Text, doc, style)
			found = later && style.quotes && text != c.Text
		}
		if found {
			head := &out[len(out)-1]
			head.Text += "\n" + text
			head.EndLine, head.cut = c.EndLine, open != ""
			continue
		}
		c.Text = text
		out = append(out, bareChunk{Chunk: c, cut: open != ""})
	}
	return out
}

// describe decides whether a chunk is a definition that queries may be about.
func (d *document) describe(later, whole bool, style commentStyle) {
	ch := &d.chunk
	if !slices.Contains(definitionKinds, ch.Kind) || ch.Symbol == "" {
		return
	}
	if first, members, several := strings.Cut(ch.Symbol, ", "); several {
		// The head of a type takes tiny members in, and is still that type. Its doc is theirs from the second line on.
		own := !slices.ContainsFunc(strings.Split(members, ", "), func(s string) bool { return !strings.HasPrefix(s, first+".") && s != "…" })
		if !own || isFunction(ch.Kind) {
			d.why = leftShared
			return
		}
		ch.Symbol = first
		ch.Doc = firstSentence(ch.Doc)
	}
	switch {
	case later:
		return
	case !whole:
		d.why = leftCut
	case isTrivial(ch, style):
		d.why = leftTrivial
	default:
		d.definition = true
	}
}

// render makes the texts of a document. Its symbol must be settled.
func (d *document) render(template indexer.Template) {
	bare := d.chunk
	bare.Doc = ""
	d.id = fmt.Sprintf("%s:%d-%d", d.path, bare.StartLine, bare.EndLine)
	d.text = template.Text(d.path, &bare)
	d.key = codeKey(bare.Signature + bare.Text)
	d.maskedKey = d.key
	if masked, ok := mask(bare.Signature+" "+bare.Text, lastName(bare.Symbol)); ok {
		d.maskedKey = codeKey(masked)
	}
}

// masked is the text of a document that does not show the definition's name.
func (d *document) masked(template indexer.Template) string {
	c := d.chunk
	name := lastName(c.Symbol)
	c.Text, _ = mask(c.Text, name)
	c.Signature, _ = mask(c.Signature, name)
	c.Doc, c.Symbol = "", ""
	return template.Text("", &c) // a path often holds the name, too
}

func (c *corpus) index(at int) {
	d := &c.docs[at]
	if d.chunk.Symbol == "" || !d.definition && d.why == "" {
		return
	}
	for symbol := range strings.SplitSeq(d.chunk.Symbol, ", ") {
		c.bySymbol[symbol] = append(c.bySymbol[symbol], at)
		c.byName[lastName(symbol)] = append(c.byName[lastName(symbol)], at)
		place := d.path + "\x00" + symbol
		c.byPlace[place] = append(c.byPlace[place], at)
	}
}

func isFunction(kind string) bool { return kind == chunk.KindFunction || kind == chunk.KindMethod }

func firstSentence(doc string) string {
	doc, _, _ = strings.Cut(doc, "\n")
	if at := sentence.FindStringIndex(doc); at != nil {
		return strings.TrimSpace(doc[:at[1]])
	}
	return doc
}
