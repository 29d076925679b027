package repobench

import (
	"maps"

	"loradex/indexer/mine"
	"loradex/internal/dataset"
)

// format begins dataset.json: by it a folder is known as one that Write made.
const format = "loradex private benchmark 1"

// Report says where a benchmark comes from. It is dataset.json, and the document of `eval mine --json`.
type Report struct {
	Format string `json:"format"`
	Repo   string `json:"repo"` // a name, never a path
	Rev    string `json:"rev"`
	Dirty  bool   `json:"dirty"` // the work tree differed from it

	Options reportOptions `json:"options"`
	Rules   []string      `json:"rules"`

	Documents documents      `json:"documents"`
	Queries   queries        `json:"queries"`
	Languages map[string]int `json:"languages"` // documents
	// Files are those with code; SkippedFiles the others, by reason.
	Files        int            `json:"files"`
	SkippedFiles map[string]int `json:"skipped_files"`
	// Digest is the SHA-256 of corpus.jsonl, queries.jsonl and the judgements of dev, test and train, one after another.
	Digest string `json:"digest"`
}

// reportOptions are those that the benchmark was made with.
type reportOptions struct {
	Kinds     []mine.Kind `json:"kinds"`
	Languages []string    `json:"languages,omitempty"` // none are all
	DevShare  float64     `json:"dev_share"`
	TestShare float64     `json:"test_share"`
	Seed      uint64      `json:"seed"`
}

// documents counts the corpus.
type documents struct {
	Count   int            `json:"count"`
	LeftOut map[string]int `json:"left_out"`
}

// queries counts the queries. LeftOut has the reasons of package mine, too, over all kinds.
type queries struct {
	Count   int                   `json:"count"`
	Splits  map[dataset.Split]int `json:"splits"`
	Kinds   map[mine.Kind]int     `json:"kinds"`
	LeftOut map[string]int        `json:"left_out"`
}

func newReport(pairs *mine.Pairs, o Options) Report {
	r := Report{
		Format: format, Repo: o.Name, Rev: pairs.Report.Rev, Dirty: pairs.Report.Dirty,
		Options: reportOptions{Kinds: o.Kinds, Languages: o.Languages, DevShare: o.DevShare, TestShare: o.TestShare, Seed: o.Seed},
		Rules: []string{
			"a document is a code chunk without its documentation; chunks of tests, test data, generated and vendored code are none",
			"a query is answered by the code that its authors wrote it about; code of fewer than three lines answers none",
			"documents and queries with a Jaccard coefficient of 5-shingles of tokens of at least 0.8 count as the same",
			"no query stands in a document that answers it, whatever white space and case",
			"a file lies in one split",
			"a query whose answers are in several splits, or not all in the corpus, is left out",
		},
		Documents: documents{LeftOut: map[string]int{}},
		Queries:   queries{Splits: map[dataset.Split]int{}, Kinds: map[mine.Kind]int{}, LeftOut: map[string]int{}},
		Languages: map[string]int{}, Files: pairs.Report.Files, SkippedFiles: maps.Clone(pairs.Report.Skipped),
	}
	for _, reasons := range pairs.Report.LeftOut {
		for why, n := range reasons {
			r.Queries.LeftOut[why] += n
		}
	}
	return r
}
