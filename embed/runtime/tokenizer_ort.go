//go:build cgo && ORT

package runtime

import (
	"strings"

	"github.com/daulet/tokenizers"

	"loradex/internal/fault"
)

// Tokenizer turns text into token IDs. It is safe for concurrent use.
type Tokenizer struct{ t *tokenizers.Tokenizer }

// NewTokenizer loads a tokenizer from the content of a tokenizer.json.
func NewTokenizer(json []byte) (*Tokenizer, error) {
	t, err := tokenizers.FromBytes(json)
	if err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "tokenizer.json cannot be used")
	}
	return &Tokenizer{t}, nil
}

// IDs appends the token IDs of text, special tokens included, to dst. NUL bytes are left out: the library takes C
// strings. BERT's normaliser drops them anyway; byte-level tokenizers would give them a token.
func (t *Tokenizer) IDs(dst []int32, text string) ([]int32, error) {
	return t.encode(dst, text, true)
}

// BareIDs is [Tokenizer.IDs] without special tokens, for texts that become a part of something.
func (t *Tokenizer) BareIDs(dst []int32, text string) ([]int32, error) {
	return t.encode(dst, text, false)
}

func (t *Tokenizer) encode(dst []int32, text string, special bool) ([]int32, error) {
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "")
	}
	enc, err := t.t.EncodeWithOptionsErr(strings.ToValidUTF8(text, "\uFFFD"), special)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the tokenizer failed")
	}
	for _, id := range enc.IDs {
		dst = append(dst, int32(id)) //nolint:gosec // vocabularies are far below 2³¹
	}
	return dst, nil
}

// Text is what tokens say, special ones included.
func (t *Tokenizer) Text(ids []int32) (string, error) {
	wide := make([]uint32, len(ids))
	for i, id := range ids {
		wide[i] = uint32(id) //nolint:gosec // checked against Size
	}
	text, err := t.t.DecodeErr(wide, false)
	if err != nil {
		return "", fault.Wrap(fault.Internal, err, "the tokenizer failed")
	}
	return text, nil
}

// Size is the number of tokens, special ones included.
func (t *Tokenizer) Size() int { return int(t.t.VocabSize()) }

// Close releases the tokenizer.
func (t *Tokenizer) Close() error { return t.t.Close() }
