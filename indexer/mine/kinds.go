package mine

import (
	"context"
	"strings"

	"loradex/internal/fault"
)

// Kind says where a pair comes from. The names are part of the report's JSON, and begin the query's ID ("doc:a.go:12").
type Kind string

// The kinds, strongest first: the order in which two pairs with the same query keep theirs.
const (
	kindDoc        Kind = "doc"
	kindReadme     Kind = "readme"
	kindTest       Kind = "test"
	kindCommit     Kind = "commit"
	KindIdentifier Kind = "identifier"
)

// miner finds the pairs of one kind. It counts in r what it leaves out.
type miner func(ctx context.Context, r *run) ([]pair, error)

// kinds is the table of what can be mined.
var kinds = []struct {
	kind Kind
	mine miner
	// weak pairs train, but test nothing: their queries are made up. They are used only where no other pair is.
	weak bool
}{
	{kind: kindDoc, mine: mineDocs},
	{kind: kindReadme, mine: mineReadmes},
	{kind: kindTest, mine: mineTests},
	{kind: kindCommit, mine: mineCommits},
	{kind: KindIdentifier, mine: mineIdentifiers, weak: true},
}

// ParseKind reads the name of a kind. Invalid for others.
func ParseKind(name string) (Kind, error) {
	var known []string
	for _, k := range kinds {
		if string(k.kind) == name {
			return k.kind, nil
		}
		known = append(known, string(k.kind))
	}
	return "", fault.New(fault.Invalid, "no pairs of kind %q can be mined", name).
		WithHint("the kinds are %s", strings.Join(known, ", "))
}

func isWeak(kind Kind) bool {
	for _, k := range kinds {
		if k.kind == kind {
			return k.weak
		}
	}
	return false
}

// pair is a query and the documents that answer it, as a miner finds it.
type pair struct {
	kind     Kind
	id       string // without the kind; unique among the pairs of its kind
	query    string
	language string // of the query; "" for natural language
	docs     []int  // definitions, by their positions in corpus.docs; the first one's split is the pair's
}
