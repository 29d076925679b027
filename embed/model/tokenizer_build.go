package model

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"loradex/internal/fault"
)

// This file builds the tokenizer.json that transformers 5 builds in memory from a vocab.txt, or from a vocab.json with
// merges.txt.

// maxVocabFile bounds vocabulary files; the largest published ones have 5 MB.
const maxVocabFile = 64 << 20

// readTokenizerJSON reads a tokenizer.json and what tokenizer_config.json overrules in it.
func readTokenizerJSON(path string, c *tokenizerConfig) (object, error) {
	data, _, err := readFile(path, maxTextFile)
	if err != nil {
		return nil, err
	}
	o, err := parseObject(data)
	if err == nil && isNull(o.get("model")) {
		err = fmt.Errorf("it has no model")
	}
	if err == nil {
		o, err = c.overrule(o)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s: is not a tokenizer that can be read", path)
	}
	return o, nil
}

// refuseClass refuses to build the tokenizer of another class from its vocabulary: it would split texts differently.
func (c *tokenizerConfig) refuseClass(source, class string) error {
	if c.classIs(class) {
		return nil
	}
	return fault.New(fault.Unsupported, "%s: tokenizer_class %q cannot be built from %s", c.path, c.Class, source).
		WithHint("save the model's fast tokenizer with transformers, so that the folder has a tokenizer.json")
}

// buildWordPiece builds BertTokenizer's tokenizer: one token a line, the line number is the id.
func buildWordPiece(path string, c *tokenizerConfig) (object, error) {
	if err := c.refuseClass("vocab.txt", "BertTokenizer"); err != nil {
		return nil, err
	}
	data, _, err := readFile(path, maxVocabFile)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, fault.New(fault.Corrupt, "%s: is not UTF-8", path)
	}
	vocab := map[string]int{}
	for i, line := range lines(string(data)) {
		vocab[strings.TrimRightFunc(line, unicode.IsSpace)] = i // a token that is there twice has its last id
	}
	names := map[string]string{
		"unk_token": c.token("unk_token", "[UNK]"), "sep_token": c.token("sep_token", "[SEP]"),
		"pad_token": c.token("pad_token", "[PAD]"), "cls_token": c.token("cls_token", "[CLS]"),
		"mask_token": c.token("mask_token", "[MASK]"),
	}
	if err := needTokens(path, vocab, names["unk_token"], names["cls_token"], names["sep_token"]); err != nil {
		return nil, err
	}
	cls, sep := names["cls_token"], names["sep_token"]
	return object{
		{"version", encode("1.0")},
		{"truncation", encode(nil)},
		{"padding", encode(nil)},
		{"added_tokens", encode(c.addedTokens(vocab, names))},
		{"normalizer", encode(bertNormalizer{
			Type: "BertNormalizer", CleanText: true, ChineseChars: or(c.ChineseChars, true),
			StripAccents: c.StripAccents, Lowercase: or(c.LowerCase, true),
		})},
		{"pre_tokenizer", encode(map[string]string{"type": "BertPreTokenizer"})},
		{"post_processor", encode(bertTemplate(tokenID{cls, vocab[cls]}, tokenID{sep, vocab[sep]}))},
		{"decoder", encode(struct {
			Type    string `json:"type"`
			Prefix  string `json:"prefix"`
			Cleanup bool   `json:"cleanup"`
		}{"WordPiece", "##", true})},
		{"model", encode(struct {
			Type     string          `json:"type"`
			Unk      string          `json:"unk_token"`
			Prefix   string          `json:"continuing_subword_prefix"`
			MaxChars int             `json:"max_input_chars_per_word"`
			Vocab    json.RawMessage `json:"vocab"`
		}{"WordPiece", names["unk_token"], "##", 100, vocabJSON(vocab)})},
	}, nil
}

// buildByteLevel builds RobertaTokenizer's tokenizer.
func buildByteLevel(vocabPath, mergesPath string, c *tokenizerConfig) (object, error) {
	if err := c.refuseClass(filepath.Base(vocabPath), "RobertaTokenizer"); err != nil {
		return nil, err
	}
	var vocab map[string]int
	if _, err := readJSON(vocabPath, &vocab); err != nil {
		return nil, err
	}
	merges, err := readMerges(mergesPath, vocab)
	if err != nil {
		return nil, err
	}
	names := map[string]string{
		"bos_token": c.token("bos_token", "<s>"), "eos_token": c.token("eos_token", "</s>"),
		"unk_token": c.token("unk_token", "<unk>"), "sep_token": c.token("sep_token", "</s>"),
		"pad_token": c.token("pad_token", "<pad>"), "cls_token": c.token("cls_token", "<s>"),
		"mask_token": c.token("mask_token", "<mask>"),
	}
	cls, sep := names["cls_token"], names["sep_token"]
	if err := needTokens(vocabPath, vocab, cls, sep); err != nil {
		return nil, err
	}
	prefixSpace, trim := or(c.AddPrefixSpace, false), or(c.TrimOffsets, true)
	return object{
		{"version", encode("1.0")},
		{"truncation", encode(nil)},
		{"padding", encode(nil)},
		{"added_tokens", encode(c.addedTokens(vocab, names))},
		{"normalizer", encode(nil)},
		{"pre_tokenizer", encode(byteLevel{"ByteLevel", prefixSpace, true, true})},
		{"post_processor", encode(robertaProcessing{
			Type: "RobertaProcessing", Sep: tokenID{sep, vocab[sep]}, Cls: tokenID{cls, vocab[cls]},
			TrimOffsets: trim, AddPrefixSpace: prefixSpace,
		})},
		{"decoder", encode(byteLevel{"ByteLevel", true, true, true})},
		{"model", encode(struct {
			Type         string          `json:"type"`
			Dropout      *float64        `json:"dropout"`
			Unk          *string         `json:"unk_token"` // none: a byte without a token is dropped, as in transformers
			Prefix       string          `json:"continuing_subword_prefix"`
			Suffix       string          `json:"end_of_word_suffix"`
			FuseUnk      bool            `json:"fuse_unk"`
			ByteFallback bool            `json:"byte_fallback"`
			IgnoreMerges bool            `json:"ignore_merges"`
			Vocab        json.RawMessage `json:"vocab"`
			Merges       [][2]string     `json:"merges"`
		}{Type: "BPE", Vocab: vocabJSON(vocab), Merges: merges})},
	}, nil
}

// readMerges reads merges.txt: two tokens a line, best merge first. Every part and every result must be a token: the
// tokenizers library refuses the file otherwise, without naming the line.
func readMerges(path string, vocab map[string]int) ([][2]string, error) {
	data, found, err := readFile(path, maxVocabFile)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.NotFound, "%s: no such file; vocab.json needs it", path)
	}
	if !utf8.Valid(data) {
		return nil, fault.New(fault.Corrupt, "%s: is not UTF-8", path)
	}
	merges := [][2]string{}
	for i, line := range lines(string(data)) {
		if strings.HasPrefix(line, "#version") {
			continue
		}
		left, right, ok := strings.Cut(line, " ")
		if !ok || strings.Contains(right, " ") {
			return nil, fault.New(fault.Corrupt, "%s:%d: want two tokens, have %q", path, i+1, line)
		}
		for _, token := range []string{left, right, left + right} {
			if _, ok := vocab[token]; !ok {
				return nil, fault.New(fault.Corrupt, "%s:%d: %q is not in vocab.json", path, i+1, token)
			}
		}
		merges = append(merges, [2]string{left, right})
	}
	return merges, nil
}

// addedTokens lists the tokens that are cut out of a text before it is split: those of the configuration, then the
// special ones. A token outside the vocabulary gets the next free id, as the tokenizers library gives it.
func (c *tokenizerConfig) addedTokens(vocab map[string]int, names map[string]string) []addedToken {
	tokens := slices.Clone(c.added)
	for _, name := range namedTokens {
		t, ok := c.named[name]
		if !ok {
			if names[name] == "" { // a class without that token
				continue
			}
			t = configuredToken{Content: names[name]}
		}
		tokens = append(tokens, t)
	}
	tokens = append(append(tokens, c.extra...), c.lateExtra...)
	isNamed := map[string]bool{}
	for _, content := range names {
		isNamed[content] = true
	}
	out, seen, next := []addedToken{}, map[string]bool{}, len(vocab)
	for _, t := range tokens {
		if t.Content == "" || seen[t.Content] {
			continue
		}
		seen[t.Content] = true
		id, ok := vocab[t.Content]
		if !ok {
			id, next = next, next+1
		}
		out = append(out, addedToken{
			ID: id, Content: t.Content, SingleWord: t.SingleWord, LStrip: t.LStrip, RStrip: t.RStrip,
			Normalized: or(t.Normalized, !t.Special && !isNamed[t.Content]),
			Special:    t.Special || isNamed[t.Content],
		})
	}
	slices.SortFunc(out, func(a, b addedToken) int { return a.ID - b.ID })
	return out
}

// needTokens refuses a vocabulary that lacks a token which the tokenizer cannot do without.
func needTokens(path string, vocab map[string]int, tokens ...string) error {
	for _, token := range tokens {
		if _, ok := vocab[token]; !ok {
			return fault.New(fault.Corrupt, "%s: token %q is missing", path, token)
		}
	}
	return nil
}

// vocabJSON writes a vocabulary by rising id.
func vocabJSON(vocab map[string]int) json.RawMessage {
	tokens := make([]string, 0, len(vocab))
	for token := range vocab {
		tokens = append(tokens, token)
	}
	slices.SortFunc(tokens, func(a, b string) int {
		if d := vocab[a] - vocab[b]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var out strings.Builder
	out.WriteByte('{')
	for i, token := range tokens {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%s:%d", encode(token), vocab[token])
	}
	out.WriteByte('}')
	return json.RawMessage(out.String())
}

// lines splits a text at \n and \r\n. What follows the last one is a line only if it is not empty.
func lines(text string) []string {
	out := strings.Split(text, "\n")
	if out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	for i := range out {
		out[i] = strings.TrimSuffix(out[i], "\r")
	}
	return out
}
