package search

// What the tests from outside this package reach of its inside.
type Ranks = ranks
type Took = took

const FoldNear = foldNear
const FoldNone = foldNone
const FoldSame = foldSame
const MergeCosines = mergeCosines
