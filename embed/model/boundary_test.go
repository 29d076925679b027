package model

import (
	"strings"
	"testing"
)

func TestHead(t *testing.T) {
	const (
		added   = `"added_tokens":[{"content":"[CLS]"},{"content":"[UNK]"}],`
		bert    = `{` + added + `"normalizer":{"type":"BertNormalizer","handle_chinese_chars":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"model":{"type":"WordPiece","max_input_chars_per_word":4}}`
		bytes   = `{"normalizer":null,"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","dropout":null}}`
		unigram = `{"normalizer":{"type":"Sequence","normalizers":[{"type":"Precompiled"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]},` +
			`"pre_tokenizer":{"type":"Metaspace"},"model":{"type":"Unigram"}}`
		digits = `{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel"}]},"model":{"type":"BPE"}}`
	)
	for _, tt := range []struct {
		name, tokenizer, text string
		n                     int
		want                  string
	}{
		{"before a space", bert, "one two  three", 5, "one two"},
		{"at the place itself", bert, "one two", 3, "one"},
		{"short enough", bert, "one", 3, "one"},
		{"a line's end", bert, "a\nb", 1, "a"},
		{"punctuation is a word", bert, "ab,cd", 1, "ab,"},
		{"unless a special token has it", bert, "a[b] c", 1, "a[b]"},
		{"not before what joins", bert, "ab=\u0338 c", 2, "ab=\u0338"},
		{"ideographs are words", bert, "中国人", 3, "中"},
		{"kana are not", bert, "ある日", 3, "ある"},
		{"a word of any length is unknown", bert, "ab " + strings.Repeat("x", 50), 3, "ab xxxxx"},
		{"Cyrillic", bert, "да нет", 1, "да"},
		{"byte level", bytes, "one,two three", 2, "one,two"},
		{"byte level knows no ideographs", bytes, "中国人", 3, "中国人"},
		{"spaces alone", bytes, "     x y", 2, "     x"},
		{"unigram", unigram, "one\ntwo three", 1, "one\ntwo"},
		{"digits", digits, "one two", 1, "one"},
		{"an added token with a space", `{"added_tokens":[{"content":"a b"}],"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE"}}`, "a b", 1, "a b"},
		{"no words", `{"pre_tokenizer":{"type":"Metaspace","split":false},"model":{"type":"Unigram"}}`, "a b", 1, "a b"},
		{"an expression of its own", `{"pre_tokenizer":{"type":"ByteLevel","use_regex":false},"model":{"type":"BPE"}}`, "a b", 1, "a b"},
		{"a foreign step", `{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split"},{"type":"ByteLevel"}]},"model":{"type":"BPE"}}`, "a b", 1, "a b"},
		{"a foreign normalizer", `{"normalizer":{"type":"Replace","pattern":{"String":" "},"content":"x"},"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE"}}`, "a b", 1, "a b"},
		{"chance", `{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","dropout":0.1}}`, "a b", 1, "a b"},
		{"a foreign model", `{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"Other"}}`, "a b", 1, "a b"},
		{"no pre-tokenizer", `{"model":{"type":"BPE"}}`, "a b", 1, "a b"},
	} {
		o, err := parseObject([]byte(tt.tokenizer))
		if err != nil {
			t.Fatal(err)
		}
		if got := boundariesOf(o).head(tt.text, tt.n); got != tt.want {
			t.Errorf("%s: %q from %d on is %q, want %q", tt.name, tt.text, tt.n, got, tt.want)
		}
	}
}
