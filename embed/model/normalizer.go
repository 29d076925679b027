package model

import (
	"encoding/json"
	"fmt"
)

// This file edits normalizer and pre-tokenizer of a tokenizer.json where other files of the folder overrule it.

// bertNormalizer is that normalizer, in the order in which the tokenizers library writes it.
type bertNormalizer struct {
	Type         string `json:"type"`
	CleanText    bool   `json:"clean_text"`
	ChineseChars bool   `json:"handle_chinese_chars"`
	StripAccents *bool  `json:"strip_accents"` // null: as lowercase
	Lowercase    bool   `json:"lowercase"`
}

// byteLevel is the pre-tokenizer, and the decoder, of byte-level BPE.
type byteLevel struct {
	Type           string `json:"type"`
	AddPrefixSpace bool   `json:"add_prefix_space"`
	TrimOffsets    bool   `json:"trim_offsets"`
	UseRegex       bool   `json:"use_regex"`
}

// addLowercase puts a Lowercase normalizer first, unless there is one: do_lower_case of sentence_bert_config.json, as
// sentence-transformers applies it.
func addLowercase(o object) (object, error) {
	type sequenceOf struct {
		Type        string            `json:"type"`
		Normalizers []json.RawMessage `json:"normalizers"`
	}
	var old sequenceOf
	raw := o.get("normalizer")
	if !isNull(raw) {
		if err := json.Unmarshal(raw, &old); err != nil {
			return nil, fmt.Errorf("normalizer: %w", err)
		}
		if old.Type != "Sequence" {
			old.Normalizers = []json.RawMessage{raw}
		}
	}
	for _, n := range old.Normalizers {
		var kind struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(n, &kind); err != nil {
			return nil, fmt.Errorf("normalizer: %w", err)
		}
		if kind.Type == "Lowercase" {
			return o, nil
		}
	}
	lower := encode(map[string]string{"type": "Lowercase"})
	return o.with("normalizer", encode(sequenceOf{"Sequence", append([]json.RawMessage{lower}, old.Normalizers...)})), nil
}

// overrule applies what tokenizer_config.json says in so many words over what tokenizer.json says, as transformers
// does when it loads a BERT or RoBERTa tokenizer. Defaults overrule nothing here: a tokenizer.json knows its own case.
func (c *tokenizerConfig) overrule(o object) (object, error) {
	if c.classIs("BertTokenizer") && (c.LowerCase != nil || c.ChineseChars != nil || c.hasStripAccents) {
		var n bertNormalizer
		raw := o.get("normalizer")
		if !isNull(raw) {
			if err := json.Unmarshal(raw, &n); err != nil {
				return nil, fmt.Errorf("normalizer: %w", err)
			}
		}
		if n.Type == "BertNormalizer" {
			n.Lowercase = or(c.LowerCase, n.Lowercase)
			n.ChineseChars = or(c.ChineseChars, n.ChineseChars)
			if c.hasStripAccents {
				n.StripAccents = c.StripAccents
			}
			o = o.with("normalizer", encode(n))
		}
	}
	if c.classIs("RobertaTokenizer") && c.AddPrefixSpace != nil {
		var p byteLevel
		raw := o.get("pre_tokenizer")
		if !isNull(raw) {
			if err := json.Unmarshal(raw, &p); err != nil {
				return nil, fmt.Errorf("pre_tokenizer: %w", err)
			}
		}
		if p.Type == "ByteLevel" {
			members, err := parseObject(raw)
			if err != nil {
				return nil, fmt.Errorf("pre_tokenizer: %w", err)
			}
			o = o.with("pre_tokenizer", members.with("add_prefix_space", encode(*c.AddPrefixSpace)).bytes())
		}
	}
	return o, nil
}
