package mine

import "loradex/internal/dataset"

// Report says what was mined. It marshals to JSON.
type Report struct {
	Repo  string `json:"repo"`
	Rev   string `json:"rev"` // commit hash; "" before the first commit
	Dirty bool   `json:"dirty"`
	// Files are those with code that documents may come from; Skipped are the others, by the reasons of package indexer
	// and "test", "test_data", "language" and "limit".
	Files     int                           `json:"files"`
	Skipped   map[string]int                `json:"skipped"`
	Commits   int                           `json:"commits"` // that were looked at
	Pairs     int                           `json:"pairs"`   // in all splits
	Kinds     map[Kind]int                  `json:"kinds"`
	Languages map[string]int                `json:"languages"` // of the document
	Splits    map[dataset.Split]SplitReport `json:"splits"`    // those with pairs
	// LeftOut counts what was looked at and not used, by kind and reason; see the Left constants.
	LeftOut map[Kind]map[Left]int `json:"left_out"`
}

// SplitReport describes one split.
type SplitReport struct {
	Files     int          `json:"files"` // with a document
	Queries   int          `json:"queries"`
	Documents int          `json:"documents"` // positives and, in dev and test, all others
	Positives int          `json:"positives"` // documents that a query names
	Kinds     map[Kind]int `json:"kinds"`     // queries
}

// Left is a reason to leave a candidate out. The words are part of the report's JSON.
type Left string

// The reasons.
const (
	LeftTrivial   Left = "trivial"   // the code has fewer than three lines, or is a getter or setter
	LeftShared    Left = "shared"    // several small definitions share the chunk
	LeftShort     Left = "short"     // fewer than three words
	LeftLong      Left = "long"      // more than 64 words, and no sentence to cut at
	LeftNotProse  Left = "not_prose" // code, a table, or hardly any ASCII letters
	LeftNotice    Left = "notice"    // a licence, a note to programmers, a deprecation, a link
	LeftNoise     Left = "noise"     // a commit that says nothing about code: merge, bump, release, wip
	LeftUnclear   Left = "unclear"   // the symbol is not unique, or the query has too many answers
	LeftNoTarget  Left = "no_target" // nothing of that name, or the test does not use it
	LeftLarge     Left = "large"     // the commit changed too much
	LeftLeak      Left = "leak"      // the document holds the query's words
	LeftDuplicate Left = "duplicate" // the query was there already, with the same document
	LeftOverlap   Left = "overlap"   // the query or the code is in another split
	LeftStronger  Left = "stronger"  // weak, and another pair names the document
	LeftHeldBack  Left = "held_back" // weak, and in dev or test
	LeftLimit     Left = "limit"     // over MaxPairs, MaxPerFile, or three pairs of a kind for one document
	LeftCut       Left = "cut"       // a docstring that is longer than its chunk
	LeftMissing   Left = "missing"   // the objects of a commit are not here (a partial or shallow clone)
)

func (r *Report) leave(kind Kind, why Left) {
	if r.LeftOut[kind] == nil {
		r.LeftOut[kind] = map[Left]int{}
	}
	r.LeftOut[kind][why]++
}
