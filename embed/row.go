package embed

import "loradex/adapters"

// Role picks the prompt or template that the model's configuration gives a text.
type Role uint8

const (
	// Document is the role of texts that are stored and searched.
	Document Role = iota
	// Query is the role of texts that are searched with.
	Query
)

// Row is one text to encode.
type Row struct {
	Text string
	Role Role
	Mix  adapters.Mix // zero: the base encoder
}

// Space is everything that makes document vectors comparable, as far as the encoder decides it (design section 5).
// Two vectors may be compared only when their Space.ID is equal, or when a query adapter's card names the ID.
type Space struct {
	ID         string       `json:"id"` // first 16 hex digits of the SHA-256 over all other fields in canonical JSON
	Model      string       `json:"model"`
	Base       string       `json:"base"`      // digest of configuration and weights
	Tokenizer  string       `json:"tokenizer"` // digest
	Prompt     string       `json:"prompt"`    // document prompt
	Pooling    string       `json:"pooling"`
	Normalize  bool         `json:"normalize"`
	MaxTokens  int          `json:"max_tokens"`
	Windows    string       `json:"windows"` // "truncate", or "mean:256/128"
	Precision  string       `json:"precision"`
	Dimensions int          `json:"dimensions"`
	Mix        adapters.Mix `json:"mix"`               // names of adapters, for people; not part of the digest
	MixDigest  string       `json:"mix_digest"`        // adapter digests and weights
	Chunker    string       `json:"chunker,omitempty"` // set by the indexer: chunker and text template version
}
