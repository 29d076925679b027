package convert

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// readFunctions reads CodeSearchNet: records with code, docstring, language and partition. The folder or file name says the
// split where the record does not.
func readFunctions(ctx context.Context, files []string, to *collector) error {
	return numbered(ctx, files, func(path string, n int, r Row) error {
		code, doc := r.text("code", "original_string", "function"), r.text("docstring")
		if code == "" && doc == "" {
			return fault.New(fault.Invalid, "a record without code and docstring is none of CodeSearchNet")
		}
		split := cmp.Or(splitIn(r.text("partition")), to.splitOf(path))
		id := strconv.Itoa(n)
		return to.pair(split, "q"+id, firstParagraph(doc), text{ID: "d" + id, Text: withoutDocstring(code, doc), Language: r.text("language")})
	})
}

// numbered counts the records of all files.
func numbered(ctx context.Context, files []string, f func(path string, n int, r Row) error) error {
	n := 0
	for _, path := range files {
		err := eachRow(ctx, path, func(r Row) error {
			n++
			return f(path, n, r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// firstParagraph is what CodeSearchNet's queries are: the docstring up to the first empty line, on one line.
func firstParagraph(doc string) string {
	doc = strings.TrimSpace(strings.ReplaceAll(doc, "\r\n", "\n"))
	first, _, _ := strings.Cut(doc, "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

// withoutDocstring cuts the docstring out of a function, together with its quotes: with it, the answer would hold the
// question. It stands inside the code in Python only.
func withoutDocstring(code, doc string) string {
	doc = strings.TrimSpace(doc)
	if doc == "" {
		return code
	}
	for _, quotes := range []string{`"""`, "'''", `"`, "'"} {
		from := 0
		for {
			at := strings.Index(code[from:], quotes)
			if at < 0 {
				break
			}
			at += from
			inner := code[at+len(quotes):]
			bare := strings.TrimLeft(inner, " \t\r\n")
			if rest, ok := strings.CutPrefix(bare, doc); ok {
				if after, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t\r\n"), quotes); ok {
					return withoutPrefix(code[:at]) + strings.TrimLeft(after, " \t\r\n;")
				}
			}
			from = at + len(quotes)
		}
	}
	return strings.Replace(code, doc, "", 1)
}

// withoutPrefix cuts the letters of a string literal's kind off the code before its quotes: r"""…""".
func withoutPrefix(code string) string {
	bare := strings.TrimRight(code, "rRuUbB")
	if before := bare[max(0, len(bare)-1):]; len(code)-len(bare) > 2 || before == "_" || before != "" && (isLetter(before[0]) || before[0] >= '0' && before[0] <= '9') {
		return code // the end of a name
	}
	return bare
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// readAdvTest reads CodeXGLUE's AdvTest: records with code or function, docstring_tokens, idx.
func readAdvTest(ctx context.Context, files []string, to *collector) error {
	return numbered(ctx, files, func(path string, n int, r Row) error {
		code := r.text("code", "function")
		if _, there := r["docstring_tokens"]; !there || code == "" {
			return fault.New(fault.Invalid, "a record without docstring_tokens and code is none of AdvTest")
		}
		doc := r.text("docstring")
		id := strconv.Itoa(n)
		return to.pair(to.splitOf(path), "q"+id, r.text("docstring_tokens"),
			text{ID: "d" + id, Text: withoutDocstring(code, doc), Language: "python"})
	})
}

// readWebQuery reads CodeXGLUE's WebQueryTest and CoSQA: records with doc (or query), code, label and idx. The same question
// may stand in several records, and so may a code; label 1 says that it answers.
func readWebQuery(ctx context.Context, files []string, to *collector) error {
	queries := map[string]string{} // ID by text
	return numbered(ctx, files, func(path string, n int, r Row) error {
		// In CoSQA doc is the question, too: docstring_tokens are the code's own.
		question, code := strings.TrimSpace(r.text("query", "doc")), r.text("code")
		label, known := r.number("label")
		if question == "" || strings.TrimSpace(code) == "" || !known {
			to.passed++
			return nil
		}
		id := r.text("retrieval_idx")
		if id = strings.Join(strings.Fields(id), "-"); id == "" {
			id = strconv.Itoa(n)
		}
		doc, err := to.repeated(text{ID: "d" + id, Text: code, Language: "python"})
		if err != nil {
			return err
		}
		query, there := queries[question]
		if !there {
			query = "q" + strconv.Itoa(n)
			queries[question] = query
			if _, err := to.query(text{ID: query, Text: question}); err != nil {
				return err
			}
		}
		to.judge(to.splitOf(path), query, doc, label)
		return nil
	})
}

// repeated adds a document that may come again under its ID.
func (c *collector) repeated(d text) (string, error) {
	if id, there := c.alias[d.ID]; there && c.byText[strings.TrimSpace(d.Text)] == id {
		return id, nil
	}
	return c.document(d)
}
