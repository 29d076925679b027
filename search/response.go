package search

import (
	"loradex/adapters"
	"loradex/indexer"
	"loradex/indexer/chunk"
)

// Response is an answer. Its JSON is what `search --json` prints.
type Response struct {
	Query string      `json:"query"`           // as asked: the text, or the code
	Mode  Mode        `json:"mode"`            // that was used
	Model string      `json:"model,omitempty"` // whose vectors answer; "" without vector search
	Hits  []Hit       `json:"hits"`            // best first
	Files []FoundFile `json:"files,omitempty"` // in place of hits, where files were asked for
	// Coverage is the share of the index's chunks that have a vector in the spaces that answer, whatever the filter; 0
	// without vector search. Of a language-wise index each chunk counts in its language's space alone; of several whole
	// spaces that are searched side by side the fullest counts, so that the share is never less than said.
	Coverage float64  `json:"coverage"`
	Took     took     `json:"took_ms"`
	Explain  *Explain `json:"explain,omitempty"`
	// Freshness says how much of the work tree was compared with the index; nil where there is none to compare, and as indexed.
	Freshness *Freshness `json:"freshness,omitempty"`
	// Cursor continues the answer where there is more: as Request.Cursor it gives the next hits.
	Cursor string `json:"cursor,omitempty"`
	Tokens *int   `json:"tokens,omitempty"` // of the hits' paths and texts, about, where a budget of them was given

	fitting Fitting
}

// Freshness is how far the files of an answer's work trees were compared with what the index holds of them. Those of the hits
// always are.
type Freshness struct {
	Checked   int `json:"checked"`   // files that are as the index has them, or were brought up to date
	Of        int `json:"of"`        // files that the index holds
	Refreshed int `json:"refreshed"` // files that were edited, deleted or made since, and were brought up to date by words
	// Rules are ignore files and attributes that changed since. They hold for files that changed and for hits; which other files
	// they let in, the next run of index finds.
	Rules []string `json:"rules,omitempty"`
	// Missing are repositories whose files could not be looked for, or not all of them: deleted, moved, or damaged.
	Missing []string `json:"missing,omitempty"`
}

// FoundFile is a file with a hit.
type FoundFile struct {
	Path   string  `json:"path"`
	Repo   string  `json:"repo,omitempty"` // in an index of several trees, as Branch
	Branch string  `json:"branch,omitempty"`
	Line   int     `json:"line"`  // of its best hit
	Score  float64 `json:"score"` // of its best hit
	Stale  bool    `json:"stale,omitempty"`
}

// ListFiles puts files in place of the hits, of which each is the best of its file. Who asks a [Searcher] for files does it last,
// when the hits have been compared with what is on disk.
func (r *Response) ListFiles() {
	for i := range r.Hits {
		h := &r.Hits[i]
		r.Files = append(r.Files, FoundFile{h.Path, h.Repo, h.Branch, h.Line(), h.Score, h.Stale})
	}
	r.Hits = []Hit{}
}

// Hit is a chunk that was found.
type Hit struct {
	Path      string `json:"path"`
	StartLine int    `json:"start_line"`
	EndLine   int    `json:"end_line"`
	Language  string `json:"language"`
	Symbol    string `json:"symbol"`
	// Symbols are the definitions in the lines, each with its own place, and the one that they are a part of; empty for none.
	Symbols []indexer.Symbol `json:"symbols"`
	Kind    string           `json:"kind"`
	Commit  string           `json:"commit"` // of the index's state; "" before the first commit
	Dirty   bool             `json:"dirty"`  // the indexed work tree differed from that commit
	Score   float64          `json:"score"`  // hits are sorted by it
	// Probability is how likely the hit's file is one that answers the question; nil where that was never fitted.
	Probability *float64 `json:"probability,omitempty"`
	Scores      Scores   `json:"scores"`
	Space       string   `json:"space"`   // whose vectors gave the dense score; "" where there is none
	Adapter     string   `json:"adapter"` // the mix that the query was encoded with for it; "none" is the base
	Text        string   `json:"text"`
	// Lines are the numbers of the lines of Text, where so many of them were asked for.
	Lines []int `json:"lines,omitempty"`
	// Context are lines of the file around those of Text, where they were asked for.
	Context []MatchedLine `json:"context,omitempty"`
	Copies  []Copy        `json:"copies,omitempty"` // places of the same code that were left out
	Ranks   *ranks        `json:"ranks,omitempty"`  // with Explain
	// Repo and Branch say where the hit is, in an index of several trees; no branch is the work tree or a revision.
	Repo   string `json:"repo,omitempty"`
	Branch string `json:"branch,omitempty"`
	// Introduced is the commit that brought the code, where it was asked for.
	Introduced *Introduced `json:"introduced,omitempty"`
	Parts      *parts      `json:"parts,omitempty"` // with Explain
	// Stale says that the file was changed since, and could not be brought up to date: text and lines are those of before.
	Stale bool `json:"stale,omitempty"`
	// Matches are the lines that an expression of the request matches, the first 100 of them.
	Matches []MatchedLine `json:"matches,omitempty"`

	id    ID
	signs *Signs
	tier  int           // where the query is a name
	whole string        // where Text is lines of it
	tree  *indexer.Tree // of several
}

// Line is where the definition begins that the hit is about, behind its comments: of the first symbol that is no module.
// Where none begins in its lines, it is the first of them.
func (h *Hit) Line() int {
	for _, modules := range []bool{false, true} {
		for _, s := range h.Symbols {
			if h.StartLine <= s.StartLine && s.StartLine <= h.EndLine && (s.Kind == chunk.KindModule) == modules {
				return s.StartLine
			}
		}
	}
	return h.StartLine
}

// Scores are the three scores of a hit; null where one is not known.
type Scores struct {
	Dense   *float64 `json:"dense"`   // cosine
	Lexical *float64 `json:"lexical"` // BM25
	Fused   *float64 `json:"fused"`   // what fusion makes of them
	// Rerank is the reranker's, where there is one: the first hits are ordered by it.
	Rerank *float64 `json:"rerank,omitempty"`
}

// parts are what the score of a hit is the sum of.
type parts struct {
	Vectors float64 `json:"vectors"`
	Words   float64 `json:"words"`
	Boost   float64 `json:"boost"` // what signals add, all together
	// Signals are those that moved the hit, by their names in docs/ranking.md.
	Signals map[string]float64 `json:"signals,omitempty"`
	// Guessed tells that the chunk has no vector yet, and its part was guessed from its words.
	Guessed bool `json:"guessed,omitempty"`
}

// add adds what a signal is worth.
func (p *parts) add(signal string, worth float64) {
	if p.Signals == nil {
		p.Signals = map[string]float64{}
	}
	p.Signals[signal] += worth
	p.Boost += worth
}

// ranks are the places of a hit in the rankings that were fused, from 1; 0 where it is in none.
type ranks struct {
	Dense   int `json:"dense"`            // in the ranking of its space
	Merged  int `json:"merged,omitempty"` // in that of all spaces, where rankings of several were merged
	Lexical int `json:"lexical"`
}

// took is where the time went, in milliseconds.
type took struct {
	Encode  float64 `json:"encode"`
	Dense   float64 `json:"dense"`
	Lexical float64 `json:"lexical"`
	Rerank  float64 `json:"rerank,omitempty"`
	Total   float64 `json:"total"`
}

// Explain says how an answer came about.
type Explain struct {
	Reason   string        `json:"reason,omitempty"` // why another mode was used than the one asked for
	Spaces   []spaceSearch `json:"spaces"`
	Depth    int           `json:"depth"`
	RRFK     int           `json:"rrf_k"`
	Stages   stages        `json:"stages"`
	Exact    bool          `json:"exact"`
	Merge    Merge         `json:"merge,omitempty"`          // how rankings of a language-wise index's spaces became one
	Unfitted string        `json:"no_probability,omitempty"` // why hits have no probability
	Folded   int           `json:"folded"`                   // hits left out because a better one overlaps them, or is the same
}

// stages are the settings of ranking that were used.
type stages struct {
	Fusion        Fusion  `json:"fusion,omitempty"` // of hybrid search
	LexicalWeight float64 `json:"lexical_weight,omitempty"`
	PathBoost     float64 `json:"path_boost"`
	FileBoost     float64 `json:"file_boost"`
	Unasked       float64 `json:"unasked"`
	NearBoost     float64 `json:"near_boost,omitempty"` // where a place was named
	Diversity     float64 `json:"diversity"`            // penalty for each better hit of the same file
	Fold          Fold    `json:"fold"`
	Reranked      int     `json:"reranked"`       // hits that a reranker ordered
	Uncovered     int     `json:"uncovered"`      // hits without a vector, whose part was guessed
	Name          string  `json:"name,omitempty"` // that the query is: what defines it comes first, then what contains it
}

// spaceSearch is the search of one space.
type spaceSearch struct {
	Space   string       `json:"space"`
	Mix     adapters.Mix `json:"mix"`     // that its documents were encoded with
	Adapter adapters.Mix `json:"adapter"` // that the query was encoded with
	// Languages are those whose chunks were searched, in a language-wise index; without them all were.
	Languages []string `json:"languages,omitempty"`
	Vectors   int      `json:"vectors"`
	Hits      int      `json:"hits"`
	// Mean and Deviation are those of the hits' cosines, where rankings of several spaces were merged.
	Mean      float64 `json:"mean,omitempty"`
	Deviation float64 `json:"deviation,omitempty"`
}

// Introduced is the commit that brought the code of a hit to its file.
type Introduced struct {
	Commit  string `json:"commit"`
	Author  string `json:"author"`
	Time    string `json:"time"` // RFC 3339
	Subject string `json:"subject"`
	// Bounded says that the search for it ended early: the code is at least as old as this commit.
	Bounded bool `json:"bounded,omitempty"`
}
