package mine

import (
	"context"
	"fmt"
)

// mineDocs pairs the first paragraph of doc comments and docstrings with the code that they describe.
func mineDocs(_ context.Context, r *run) ([]pair, error) {
	var out []pair
	for i := range r.corpus.docs {
		d := &r.corpus.docs[i]
		if d.chunk.Doc == "" || !d.definition {
			if d.chunk.Doc != "" && d.why != "" {
				r.report.leave(kindDoc, d.why)
			}
			continue
		}
		query, why := docQuery(d.chunk.Doc, d.chunk.Symbol)
		if why != "" {
			r.report.leave(kindDoc, why)
			continue
		}
		out = append(out, pair{
			kind: kindDoc, id: fmt.Sprintf("%s:%d", d.path, d.chunk.StartLine), query: query, docs: []int{i},
		})
	}
	return out, nil
}

// docQuery makes a query of a documentation text, or says why it is none.
func docQuery(doc, symbol string) (query string, why string) {
	paragraph := withoutAsides(plain(firstParagraph(doc)))
	if paragraph == "" {
		return "", leftNotProse
	}
	// Before sentences are cut off: "Deprecated: …" counts wherever it stands.
	if notice.MatchString(paragraph) {
		return "", leftNotice
	}
	query = bounded(withoutName(paragraph, symbol))
	if query == "" {
		return "", leftLong
	}
	return query, judge(query)
}
