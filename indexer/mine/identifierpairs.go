package mine

import (
	"context"
	"fmt"
	"strings"

	"loradex/indexer"
	"loradex/indexer/chunk"
)

// mineIdentifiers pairs the names of functions, as words, with their bodies without the name. Such a query is weak: it
// says what the author called the thing, not what anyone would ask for. It is worth having where nothing else is said.
func mineIdentifiers(_ context.Context, r *run) ([]pair, error) {
	var out []pair
	for i := range r.corpus.docs {
		d := &r.corpus.docs[i]
		if d.chunk.Kind != chunk.KindFunction && d.chunk.Kind != chunk.KindMethod || d.chunk.Signature != "" {
			continue
		}
		why := d.why
		words := indexer.SplitWords(lastName(d.chunk.Symbol))
		query := strings.Join(words, " ")
		if why == "" {
			why = judge(query)
		}
		if _, ok := mask("", lastName(d.chunk.Symbol)); why == "" && !ok {
			why = leftNotProse // an operator, or a name with punctuation, which cannot be hidden
		}
		if why != "" {
			r.report.leave(KindIdentifier, why)
			continue
		}
		out = append(out, pair{
			kind: KindIdentifier, id: fmt.Sprintf("%s:%d", d.path, d.chunk.StartLine), query: query, docs: []int{i},
		})
	}
	return out, nil
}
