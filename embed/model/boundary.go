package model

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file finds places at which a text may be cut before it is tokenized: such that the tokens of the first part are the
// first tokens of the whole. It knows the tokenizers that make each word's tokens by that word alone, and cuts between words.

// boundaries says where words end for sure.
type boundaries struct {
	spaces string // white space before which a word ends; "" cuts nothing
	words  bool   // white space is nothing but what separates words
	after  string // punctuation that is a word of its own
	// ideographs is set where each of them is a word of its own.
	ideographs bool
	// longest is the length beyond which a word is one unknown token, however it goes on; 0 is none.
	longest int
}

const (
	asciiSpaces = " \t\n\r"
	// punctuation is what BERT makes words of. Those that special tokens are written with are taken out.
	punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)

// step is a part of a tokenizer.json that may hold others.
type step struct {
	Type          string `json:"type"`
	PreTokenizers []step `json:"pretokenizers"`
	Normalizers   []step `json:"normalizers"`
	UseRegex      *bool  `json:"use_regex"`
	Split         *bool  `json:"split"`
	Chinese       bool   `json:"handle_chinese_chars"`
	Content       string `json:"content"`
	Pattern       struct {
		Regex string `json:"Regex"`
	} `json:"pattern"`
}

// boundariesOf reads them off a tokenizer. One that is not known cuts nothing.
func boundariesOf(o object) boundaries {
	var normalizer, pre step
	var added []addedToken
	var m struct {
		Type    string  `json:"type"`
		Dropout float64 `json:"dropout"`
		Longest int     `json:"max_input_chars_per_word"`
	}
	for key, into := range map[string]any{"normalizer": &normalizer, "pre_tokenizer": &pre, "added_tokens": &added, "model": &m} {
		if raw := o.get(key); !isNull(raw) && json.Unmarshal(raw, into) != nil {
			return boundaries{}
		}
	}
	if m.Dropout != 0 || !slices.Contains([]string{"WordPiece", "BPE", "Unigram", "WordLevel"}, m.Type) || !normalizer.local() {
		return boundaries{}
	}
	b := boundaries{spaces: pre.splitsAt()}
	plain, special := true, ""
	for _, t := range added {
		if strings.ContainsFunc(t.Content, unicode.IsSpace) {
			return boundaries{}
		}
		plain = plain && isASCII(t.Content) && strings.ContainsAny(t.Content, punctuation)
		special += t.Content
	}
	if pre.Type == "BertPreTokenizer" && normalizer.Type == "BertNormalizer" && m.Type == "WordPiece" && plain {
		b.words, b.ideographs, b.longest = true, normalizer.Chinese, m.Longest
		b.after = strings.Map(func(r rune) rune {
			if strings.ContainsRune(special, r) {
				return -1
			}
			return r
		}, punctuation)
	}
	return b
}

// local tells whether a normalizer changes a word by what stands in that word alone.
func (s step) local() bool {
	switch s.Type {
	case "", "BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Strip", "Nmt", "Precompiled":
		return true
	case "Replace":
		return s.Pattern.Regex == " {2,}" && s.Content == " "
	case "Sequence":
		return !slices.ContainsFunc(s.Normalizers, func(n step) bool { return !n.local() })
	}
	return false
}

// splitsAt lists the white space at which a pre-tokenizer splits for sure.
func (s step) splitsAt() string {
	switch s.Type {
	case "BertPreTokenizer", "Whitespace", "WhitespaceSplit":
		return asciiSpaces
	case "ByteLevel":
		if or(s.UseRegex, true) {
			return asciiSpaces
		}
	case "Metaspace":
		if or(s.Split, true) {
			return " "
		}
	case "Sequence":
		spaces := ""
		for _, one := range s.PreTokenizers {
			at := one.splitsAt()
			if at == "" && one.Type != "Punctuation" && one.Type != "Digits" {
				return ""
			}
			if at != "" && (spaces == "" || len(at) < len(spaces)) {
				spaces = at
			}
		}
		return spaces
	}
	return ""
}

// Head returns the shortest beginning of a text that has at least n bytes and whose tokens, special ones behind them aside,
// are the first tokens of the whole text. It is the whole text where that cannot be told.
func (m *Model) Head(text string, n int) string {
	return m.bounds.head(text, n)
}

func (b boundaries) head(text string, n int) string {
	if n >= len(text) || b.spaces == "" {
		return text
	}
	n = max(n, 1)
	run := 0 // letters and digits before i
	for i := max(0, n-b.longest-1); i < len(text); i++ {
		if i >= n && (b.ends(text, i) || b.longest > 0 && run > b.longest) {
			return text[:i]
		}
		if isAlnum(text[i]) {
			run++
		} else {
			run = 0
		}
	}
	return text
}

// ends tells whether a word ends before the byte at i.
func (b boundaries) ends(text string, i int) bool {
	c := text[i]
	switch {
	case c < utf8.RuneSelf && strings.IndexByte(b.after, text[i-1]) >= 0:
		return true
	case strings.IndexByte(b.spaces, c) >= 0:
	case b.ideographs && c >= 0xE4 && c <= 0xE9:
		if r, _ := utf8.DecodeRuneInString(text[i:]); r < 0x4E00 || r > 0x9FFF {
			return false
		}
	default:
		return false
	}
	// What is visible is a word's end; marks that join with what follows are not.
	r, _ := utf8.DecodeLastRuneInString(text[:i])
	return r != utf8.RuneError && r < 0x11000 && r != 0x0D4E && unicode.IsGraphic(r) && !unicode.IsSpace(r)
}

// Squeeze makes a run of white space one character where that does not change a token: in texts of megabytes there may be nothing
// else.
func (m *Model) Squeeze(text string) string {
	if !m.bounds.words {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if i == 0 || !isSpace(text[i]) || !isSpace(text[i-1]) {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

func isSpace(c byte) bool { return strings.IndexByte(asciiSpaces, c) >= 0 }

// KeepsEnd tells whether a text that is too long loses its beginning.
func (m *Model) KeepsEnd() bool { return m.truncationSide == "Left" }

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
