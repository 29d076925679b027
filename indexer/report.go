package indexer

import "loradex/adapters"

// Report is what a run did. It marshals to the `index --json` contract. After an error it says what was done until then.
type Report struct {
	Repo     string        `json:"repo"`
	Rev      string        `json:"rev"`
	Dirty    bool          `json:"dirty"`
	Files    fileCounts    `json:"files"`
	Chunks   chunkCounts   `json:"chunks"`
	Spaces   []SpaceReport `json:"spaces"`   // every space of the index, [] where there is none
	Coverage float64       `json:"coverage"` // share of the chunks with a vector, in the least full space of the run (without one: in the default space), each chunk in that of its language where the index is language-wise; 1 for an empty index
	Seconds  seconds       `json:"seconds"`
}

// fileCounts counts files. Seen = Indexed + Unchanged + all of Skipped.
type fileCounts struct {
	Seen      int            `json:"seen"`
	Indexed   int            `json:"indexed"`   // stored in this run
	Unchanged int            `json:"unchanged"` // stored before, and still the same
	Removed   int            `json:"removed"`   // taken out of the index: gone, or now passed over
	Skipped   map[string]int `json:"skipped"`   // passed over, by [Reason]
}

// chunkCounts counts chunks, and texts, which several chunks may share.
type chunkCounts struct {
	Total   int `json:"total"`   // chunks in the index
	Encoded int `json:"encoded"` // texts encoded in this run, over all spaces
	Cached  int `json:"cached"`  // chunks that had their vector already, over all spaces
	Removed int `json:"removed"` // chunks of files that were removed or replaced
}

// SpaceReport is a space of the index.
type SpaceReport struct {
	ID      string       `json:"id"`
	Adapter adapters.Mix `json:"adapter"`
	Model   string       `json:"model"`
	Vectors int          `json:"vectors"` // chunks that have a vector; of the languages, where some are named
	// Languages are those whose chunks belong to the space, in a language-wise index.
	Languages []string `json:"languages,omitempty"`
}

// seconds are wall-clock times. Cutting and storing overlap, so the parts may add up to more than Total.
type seconds struct {
	Scan   float64 `json:"scan"`
	Chunk  float64 `json:"chunk"` // reading, classifying and cutting
	Encode float64 `json:"encode"`
	Store  float64 `json:"store"` // inside the store
	Total  float64 `json:"total"`
}
