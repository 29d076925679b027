package model

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"loradex/embed/arch"
	"loradex/internal/fault"
)

// This file loads a tokenizer, whatever files it comes in, as one tokenizer.json.

// tokenizer describes [Model.TokenizerJSON].
type tokenizer struct {
	Source string // the file that it was read or built from: tokenizer.json, vocab.txt, vocab.json
	// SpecialTokens is how many tokens the post-processor adds to one sequence. A window of n tokens holds n minus
	// SpecialTokens tokens of text.
	SpecialTokens int
	// EncoderOnlyPrefix is set for UniXcoder: the post-processor puts <s> <encoder-only> </s> before every text.
	EncoderOnlyPrefix bool
}

// TokenizerFor gives the tokenizer with padding off and truncation at maxTokens, special tokens included and kept, as
// the tokenizers library does it. With 0 it does not truncate: for windows over a long text, which need all of it.
func (m *Model) TokenizerFor(maxTokens int) ([]byte, error) {
	if maxTokens == 0 {
		return m.TokenizerJSON, nil
	}
	if maxTokens <= m.Tokenizer.SpecialTokens || maxTokens > m.Config.PositionLimit() {
		return nil, fault.New(fault.Invalid, "%d tokens: model %s takes %d to %d", maxTokens, m.Name,
			m.Tokenizer.SpecialTokens+1, m.Config.PositionLimit())
	}
	return m.tokenizer.with("truncation", encode(truncation{m.truncationSide, maxTokens, "LongestFirst", 0})).bytes(), nil
}

// truncation is that member of tokenizer.json.
type truncation struct {
	Direction string `json:"direction"`
	MaxLength int    `json:"max_length"`
	Strategy  string `json:"strategy"`
	Stride    int    `json:"stride"`
}

// loadedTokenizer is a tokenizer before the configuration is known.
type loadedTokenizer struct {
	info     tokenizer
	path     string
	object   object // truncation and padding are null
	modelMax int    // model_max_length of tokenizer_config.json; 0 where there is none
	side     string // which end truncation cuts
	maxID    int    // the largest id that it can give
	maxToken string
}

// loadTokenizer reads tokenizer.json, or builds it from vocab.txt, or from vocab.json and merges.txt.
func loadTokenizer(l layout) (*loadedTokenizer, error) {
	dir := l.transformer
	config, err := readTokenizerConfig(dir)
	if err != nil {
		return nil, err
	}
	t := &loadedTokenizer{modelMax: config.modelMax()}
	if t.side, err = config.side(); err != nil {
		return nil, err
	}
	var o object
	switch {
	case isFile(filepath.Join(dir, "tokenizer.json")):
		t.info.Source = "tokenizer.json"
		o, err = readTokenizerJSON(filepath.Join(dir, "tokenizer.json"), config)
	case isFile(filepath.Join(dir, "vocab.txt")):
		t.info.Source = "vocab.txt"
		o, err = buildWordPiece(filepath.Join(dir, "vocab.txt"), config)
	case isFile(filepath.Join(dir, "vocab.json")):
		t.info.Source = "vocab.json"
		o, err = buildByteLevel(filepath.Join(dir, "vocab.json"), filepath.Join(dir, "merges.txt"), config)
	default:
		return nil, fault.New(fault.NotFound, "%s: no tokenizer", dir).
			WithHint("the folder needs tokenizer.json, or vocab.txt, or vocab.json with merges.txt")
	}
	if err != nil {
		return nil, err
	}
	t.path = filepath.Join(dir, t.info.Source)
	if err := t.finish(o, l); err != nil {
		return nil, err
	}
	return t, nil
}

// finish applies what sentence-transformers and UniXcoder add, and takes stock of ids and special tokens.
func (t *loadedTokenizer) finish(o object, l layout) error {
	corrupt := func(err error) error {
		return fault.Wrap(fault.Corrupt, err, "%s: is not a tokenizer that can be read", t.path)
	}
	vocab, err := readVocabulary(o)
	if err != nil {
		return corrupt(err)
	}
	t.maxID, t.maxToken = vocab.maxID, vocab.maxToken
	// A sentence-transformers folder was trained with the tokenizer as it stands; the prefix belongs to the plain one.
	if vocab.encoderOnly >= 0 && !l.hasModules {
		if o, err = addEncoderOnly(o, vocab.encoderOnly); err != nil {
			return corrupt(err)
		}
		t.info.EncoderOnlyPrefix = true
	}
	if l.lowerCase {
		if o, err = addLowercase(o); err != nil {
			return corrupt(err)
		}
	}
	if t.info.SpecialTokens, err = countSpecial(o.get("post_processor")); err != nil {
		return corrupt(err)
	}
	t.object = o.with("truncation", json.RawMessage("null")).with("padding", json.RawMessage("null"))
	return nil
}

// check compares the ids with the word embeddings: one beyond them would fail in the middle of a batch.
func (t *loadedTokenizer) check(c arch.Config) error {
	if t.maxID < c.VocabSize {
		return nil
	}
	return fault.New(fault.Corrupt, "%s: token %q has id %d, but the model has embeddings for %d tokens",
		t.path, t.maxToken, t.maxID, c.VocabSize)
}

// vocabulary is what Open needs to know of one.
type vocabulary struct {
	maxID       int
	maxToken    string
	encoderOnly int // id of UniXcoder's prefix token, -1 where there is none
}

const encoderOnlyToken = "<encoder-only>" //nolint:gosec // a word of the vocabulary, not a credential

// addedToken is an entry of tokenizer.json's added_tokens, in the order in which the tokenizers library writes it.
type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// readVocabulary goes over the ids of a tokenizer.json.
func readVocabulary(o object) (vocabulary, error) {
	v := vocabulary{maxID: -1, encoderOnly: -1}
	see := func(token string, id int) error {
		if id < 0 {
			return fmt.Errorf("token %q has id %d", token, id)
		}
		if id > v.maxID {
			v.maxID, v.maxToken = id, token
		}
		if token == encoderOnlyToken {
			v.encoderOnly = id
		}
		return nil
	}
	var m struct {
		Vocab json.RawMessage `json:"vocab"`
	}
	if err := json.Unmarshal(o.get("model"), &m); err != nil {
		return v, fmt.Errorf("model: %w", err)
	}
	var ids map[string]int
	if json.Unmarshal(m.Vocab, &ids) == nil {
		for token, id := range ids {
			if err := see(token, id); err != nil {
				return v, err
			}
		}
	} else { // Unigram: a list of [token, score], the position is the id
		var list [][2]json.RawMessage
		if err := json.Unmarshal(m.Vocab, &list); err != nil {
			return v, fmt.Errorf("model.vocab: %w", err)
		}
		for id, entry := range list {
			var token string
			if err := json.Unmarshal(entry[0], &token); err != nil {
				return v, fmt.Errorf("model.vocab: %w", err)
			}
			if err := see(token, id); err != nil {
				return v, err
			}
		}
	}
	if v.maxID < 0 {
		return v, fmt.Errorf("the vocabulary is empty")
	}
	var added []addedToken
	if raw := o.get("added_tokens"); !isNull(raw) {
		if err := json.Unmarshal(raw, &added); err != nil {
			return v, fmt.Errorf("added_tokens: %w", err)
		}
	}
	for _, t := range added {
		if err := see(t.Content, t.ID); err != nil {
			return v, err
		}
	}
	return v, nil
}
