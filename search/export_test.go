package search

// What the tests from outside this package reach of its inside.
type (
	Ranks = ranks
	Took  = took
)

const (
	FoldNear     = foldNear
	FoldNone     = foldNone
	FoldSame     = foldSame
	MergeCosines = mergeCosines
)
