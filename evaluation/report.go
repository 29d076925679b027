package evaluation

// Report is the outcome of an evaluation. Its JSON is the document of `eval run --json`.
type Report struct {
	Dataset    string `json:"dataset"`
	Split      string `json:"split"`
	Model      string `json:"model"`
	Adapter    string `json:"adapter"`     // mix of the queries; "none" is the base
	DocAdapter string `json:"doc_adapter"` // mix of the documents
	MaxTokens  int    `json:"max_tokens"`  // where texts were truncated; 0 where nothing was encoded
	// Search says how an index was searched; nil where the vectors themselves were ranked, or a run file.
	Search  *Search               `json:"search,omitempty"`
	Queries int                   `json:"queries"` // with at least one relevant document
	Corpus  int                   `json:"corpus"`  // documents ranked for each query
	Metrics map[string]float64    `json:"metrics"` // means over queries, by name
	CI95    map[string][2]float64 `json:"ci95"`    // 95 % bootstrap interval of each mean: low, high
	Seconds Seconds               `json:"seconds"`
}

// Seconds says where the time went.
type Seconds struct {
	Encode float64 `json:"encode"` // texts to vectors and, where an index is searched, filling it; 0 for vectors and run files
	Rank   float64 `json:"rank"`   // ranking, metrics and intervals
	Total  float64 `json:"total"`
}

// Search is how an index was searched in an evaluation.
type Search struct {
	Mode         string            `json:"mode"`
	Fusion       string            `json:"fusion,omitempty"`        // of hybrid search
	Coverage     float64           `json:"coverage"`                // share of the documents that had a vector
	LanguageWise map[string]string `json:"language_wise,omitempty"` // mix of each language's documents
}
