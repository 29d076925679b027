package evaluation

import (
	"cmp"
	"slices"

	"loradex/adapters"
	"loradex/evaluation/metrics"
)

// Report is the outcome of an evaluation. Its JSON is the document of `eval run --json`.
type Report struct {
	Dataset    string `json:"dataset"`
	Split      string `json:"split"`
	Model      string `json:"model"`
	Adapter    string `json:"adapter"`     // mix of the queries; "none" is the base
	DocAdapter string `json:"doc_adapter"` // mix of the documents
	MaxTokens  int    `json:"max_tokens"`  // where texts were truncated; 0 where nothing was encoded
	// System is the address of the endpoint that encoded the texts, or FromRunFile; "" for the encoder of this program.
	System string `json:"system,omitempty"`
	// InputType says that the endpoint was told what is a query and what a document.
	InputType  bool   `json:"input_type,omitempty"`
	Template   string `json:"template"`   // text template of the documents; "" is title and text
	Truncation string `json:"truncation"` // how texts that are too long are cut; "" where nothing was encoded
	Depth      int    `json:"depth"`      // hits kept for each query: a document beyond counts as not found
	// Pool is how many documents each query was ranked among: all of the corpus, unless pools were drawn with PoolSeed.
	Pool     int    `json:"pool"`
	PoolSeed uint64 `json:"pool_seed,omitempty"`
	TieBreak string `json:"tie_break"` // order of equal scores
	// Search says how an index was searched; nil where the vectors themselves were ranked, or a run file.
	Search  *Search `json:"search,omitempty"`
	Queries int     `json:"queries"` // with at least one relevant document
	Corpus  int     `json:"corpus"`  // documents of the data set
	// Unanswerable is how many queries of the split have no relevant document that is there; they are in no mean. Missing is what
	// judgements name and the files do not hold: such judgements are left out.
	Unanswerable int     `json:"unanswerable"`
	Missing      Missing `json:"missing"`
	// ExcludeSelf says that a query which is a document of the same id was ranked without it; SelfQueries is how many are such.
	ExcludeSelf bool                  `json:"exclude_self"`
	SelfQueries int                   `json:"self_queries"`
	Metrics     map[string]float64    `json:"metrics"` // means over queries, by name
	CI95        map[string][2]float64 `json:"ci95"`    // 95 % bootstrap interval of each mean: low, high
	// GroupedBy is what Groups are: "group" where queries name theirs, else "language", of their relevant documents. Groups is
	// empty where there are fewer than two. Macro is the mean of the groups, each counting the same.
	GroupedBy string             `json:"grouped_by,omitempty"`
	Groups    []group            `json:"groups,omitempty"`
	Macro     map[string]float64 `json:"macro,omitempty"`
	Digests   Digests            `json:"digests"`
	Seconds   Seconds            `json:"seconds"`
}

// Digests say what was measured, whatever it is called: the first 16 hex digits of SHA-256 sums. "" is the base for an
// adapter, and not known for anything else.
type Digests struct {
	Model      string `json:"model"`       // weights, tokenizer, prompts and pooling of the base
	Adapter    string `json:"adapter"`     // content and weights of the queries' adapters
	DocAdapter string `json:"doc_adapter"` // of the documents'
	Data       string `json:"data"`        // corpus, queries and the split's judgements, byte by byte
	Code       string `json:"code"`        // version and revision of the program; no sum
}

// Missing counts the judgements that name what is not there, and the documents and queries that they name.
type Missing struct {
	Judgements int `json:"judgements"`
	Documents  int `json:"documents"`
	Queries    int `json:"queries"`
}

// FromRunFile is a report's System where a run file was measured.
const FromRunFile = "run file"

// The orders of equal scores.
const (
	tieLargerID   = "score, then larger id" // trec_eval's
	TieAsSearched = "score, then the order of the search"
)

// Seconds says where the time went.
type Seconds struct {
	Encode float64 `json:"encode"` // texts to vectors and, where an index is searched, filling it; 0 for vectors and run files
	Rank   float64 `json:"rank"`   // ranking, metrics and intervals
	Total  float64 `json:"total"`
}

// Search is how an index was searched in an evaluation.
type Search struct {
	Mode         string                  `json:"mode"`
	Fusion       string                  `json:"fusion,omitempty"`        // of hybrid search
	Coverage     float64                 `json:"coverage"`                // share of the documents that had a vector
	LanguageWise map[string]adapters.Mix `json:"language_wise,omitempty"` // mix of each language's documents
	// Settings are those that are not the usual ones, by name: weights, merge, depth of fusion, exact and so on.
	Settings map[string]string `json:"settings,omitempty"`
}

// MetricNames orders the metrics of the report: the standard ones as design and literature list them, then the others.
func (r *Report) MetricNames() []string {
	var names, others []string
	for _, name := range metrics.Default() {
		if _, ok := r.Metrics[name]; ok {
			names = append(names, name)
		}
	}
	for name := range r.Metrics {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(names, others...)
}

// PoolSize is Pool also of a report that was written before there were pools.
func (r *Report) PoolSize() int { return cmp.Or(r.Pool, r.Corpus) }
