//go:build cgo

package chunk

import (
	"slices"
	"strings"
	"sync"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// seeds returns where nodes of the grammar's seed kinds begin, in order. It is a query, which runs in C: going over all nodes
// from here takes longer than parsing.
func seeds(g *grammar, language *sitter.Language, parsed *sitter.Tree) []int {
	query := seedQueries[g.name](language)
	if query == nil {
		return nil
	}
	cursor := sitter.NewQueryCursor()
	defer cursor.Close()
	var all []int
	for matches := cursor.Matches(query, parsed.RootNode(), nil); ; {
		m := matches.Next()
		if m == nil {
			break
		}
		for i := range m.Captures {
			all = append(all, int(m.Captures[i].Node.StartByte())) //nolint:gosec // inside the source
		}
	}
	slices.Sort(all)
	return all
}

// seedQueries are the compiled queries of the languages, made with the first source. They never change and are never freed.
var seedQueries = func() map[string]func(*sitter.Language) *sitter.Query {
	all := map[string]func(*sitter.Language) *sitter.Query{}
	for _, g := range grammars() {
		var once sync.Once
		var query *sitter.Query
		all[g.name] = func(language *sitter.Language) *sitter.Query {
			once.Do(func() {
				if len(g.seeds) > 0 {
					query, _ = sitter.NewQuery(language, "[("+strings.Join(g.seeds, ") (")+")] @seed")
				}
			})
			return query
		}
	}
	return all
}()
