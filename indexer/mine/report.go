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
	Splits    map[dataset.Split]splitReport `json:"splits"`    // those with pairs
	// LeftOut counts what was looked at and not used, by kind and reason.
	LeftOut map[Kind]map[string]int `json:"left_out"`
}

// splitReport describes one split.
type splitReport struct {
	Files     int          `json:"files"` // with a document
	Queries   int          `json:"queries"`
	Documents int          `json:"documents"` // positives and, in dev and test, all others
	Positives int          `json:"positives"` // documents that a query names
	Kinds     map[Kind]int `json:"kinds"`     // queries
}

// The reasons to leave a candidate out. The words are part of the report's JSON.
const (
	leftTrivial   = "trivial"   // the code has fewer than three lines, or is a getter or setter
	leftShared    = "shared"    // several small definitions share the chunk
	leftShort     = "short"     // fewer than three words
	leftLong      = "long"      // more than 64 words, and no sentence to cut at
	leftNotProse  = "not_prose" // code, a table, or hardly any ASCII letters
	leftNotice    = "notice"    // a licence, a note to programmers, a deprecation, a link
	leftNoise     = "noise"     // a commit that says nothing about code: merge, bump, release, wip
	leftUnclear   = "unclear"   // the symbol is not unique, or the query has too many answers
	leftNoTarget  = "no_target" // nothing of that name, or the test does not use it
	leftLarge     = "large"     // the commit changed too much
	leftLeak      = "leak"      // the document holds the query's words
	leftDuplicate = "duplicate" // the query was there already, with the same document
	leftOverlap   = "overlap"   // the query or the code is in another split
	leftStronger  = "stronger"  // weak, and another pair names the document
	leftHeldBack  = "held_back" // weak, and in dev or test
	leftLimit     = "limit"     // over the limit of pairs, of a file's, or three pairs of a kind for one document
	leftCut       = "cut"       // a docstring that is longer than its chunk
	leftMissing   = "missing"   // the objects of a commit are not here (a partial or shallow clone)
)

func (r *Report) leave(kind Kind, why string) {
	if r.LeftOut[kind] == nil {
		r.LeftOut[kind] = map[string]int{}
	}
	r.LeftOut[kind][why]++
}
