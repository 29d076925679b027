package model

import (
	"encoding/json"
	"errors"
	"fmt"

	"loradex/embed/arch"
)

// This file reads and writes post-processors: what a tokenizer puts around a text.

// piece is an entry of a template: a special token or a sequence, with its token type.
type piece struct {
	SpecialToken *pieceID `json:"SpecialToken,omitempty"`
	Sequence     *pieceID `json:"Sequence,omitempty"`
}

type pieceID struct {
	ID     string `json:"id"`
	TypeID int    `json:"type_id"`
}

// specialToken is what a template's special token stands for.
type specialToken struct {
	ID     string   `json:"id"`
	IDs    []int    `json:"ids"`
	Tokens []string `json:"tokens"`
}

// template is the post-processor TemplateProcessing.
type template struct {
	Type    string                  `json:"type"`
	Single  []piece                 `json:"single"`
	Pair    []piece                 `json:"pair"`
	Special map[string]specialToken `json:"special_tokens"`
}

func special(id string, typeID int) piece  { return piece{SpecialToken: &pieceID{id, typeID}} }
func sequence(id string, typeID int) piece { return piece{Sequence: &pieceID{id, typeID}} }

// tokenID is a special token with its id; tokenizer.json writes it as ["</s>", 2].
type tokenID struct {
	token string
	id    int
}

func (t tokenID) MarshalJSON() ([]byte, error) { return encode([]any{t.token, t.id}), nil }

func (t *tokenID) UnmarshalJSON(data []byte) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal(pair[0], &t.token), json.Unmarshal(pair[1], &t.id))
}

// bertTemplate is [CLS] A [SEP], and [CLS] A [SEP] B [SEP] for a pair.
func bertTemplate(cls, sep tokenID) template {
	return template{
		Type: "TemplateProcessing",
		Single: []piece{
			special(cls.token, 0), sequence("A", 0), special(sep.token, 0),
		},
		Pair: []piece{
			special(cls.token, 0), sequence("A", 0), special(sep.token, 0), sequence("B", 1), special(sep.token, 1),
		},
		Special: specialTokens(cls, sep),
	}
}

func specialTokens(tokens ...tokenID) map[string]specialToken {
	m := map[string]specialToken{}
	for _, t := range tokens {
		m[t.token] = specialToken{ID: t.token, IDs: []int{t.id}, Tokens: []string{t.token}}
	}
	return m
}

// robertaProcessing is <s> A </s>, and <s> A </s></s> B </s> for a pair. BertProcessing has its first two fields.
type robertaProcessing struct {
	Type           string  `json:"type"`
	Sep            tokenID `json:"sep"`
	Cls            tokenID `json:"cls"`
	TrimOffsets    bool    `json:"trim_offsets"`
	AddPrefixSpace bool    `json:"add_prefix_space"`
}

// addEncoderOnly replaces a RoBERTa post-processor by UniXcoder's input: <s> <encoder-only> </s> text </s>.
// Its own code puts these tokens there by hand; as a template they need no care from the encoder.
func addEncoderOnly(o object, prefixID int) (object, error) {
	var roberta robertaProcessing
	if err := json.Unmarshal(o.get("post_processor"), &roberta); err != nil || roberta.Type != "RobertaProcessing" {
		err = errors.Join(err, errors.New("not the post-processor of RoBERTa"))
		return nil, fmt.Errorf("token %s has no place: %w", encoderOnlyToken, err)
	}
	cls, sep, prefix := roberta.Cls, roberta.Sep, tokenID{encoderOnlyToken, prefixID}
	lead := []piece{
		special(cls.token, 0), special(prefix.token, 0), special(sep.token, 0), sequence("A", 0), special(sep.token, 0),
	}
	return o.with("post_processor", encode(template{
		Type: "TemplateProcessing", Single: lead,
		Pair:    append(lead[:len(lead):len(lead)], sequence("B", 0), special(sep.token, 0)),
		Special: specialTokens(cls, prefix, sep),
	})), nil
}

// maxNesting bounds sequences of post-processors and normalizers inside one another.
const maxNesting = 8

// countSpecial counts the tokens that a post-processor adds to a single sequence.
func countSpecial(raw json.RawMessage, depth int) (int, error) {
	if isNull(raw) {
		return 0, nil
	}
	var p struct {
		Type       string                  `json:"type"`
		Single     []piece                 `json:"single"`
		Special    map[string]specialToken `json:"special_tokens"`
		Processors []json.RawMessage       `json:"processors"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return 0, fmt.Errorf("post_processor: %w", err)
	}
	n := 0
	switch p.Type {
	case "BertProcessing", "RobertaProcessing":
		return 2, nil
	case "ByteLevel":
		return 0, nil
	case "TemplateProcessing":
		for _, piece := range p.Single {
			if piece.SpecialToken == nil {
				continue
			}
			s, ok := p.Special[piece.SpecialToken.ID]
			if !ok {
				return 0, fmt.Errorf("post_processor: special token %q is not defined", piece.SpecialToken.ID)
			}
			n += len(s.IDs)
		}
		return n, nil
	case "Sequence":
		if depth == maxNesting {
			return 0, errors.New("post_processor: nested too deeply")
		}
		for _, inner := range p.Processors {
			k, err := countSpecial(inner, depth+1)
			if err != nil {
				return 0, err
			}
			n += k
		}
		return n, nil
	}
	return 0, fmt.Errorf("post_processor: type %q is not known", p.Type)
}

// pairParts reads what a post-processor makes of a pair of sequences; nil where it has no say.
func pairParts(raw json.RawMessage, depth int) ([]PairPart, error) {
	if isNull(raw) {
		return nil, nil
	}
	var p struct {
		Type       string                  `json:"type"`
		Sep        tokenID                 `json:"sep"`
		Cls        tokenID                 `json:"cls"`
		Pair       []piece                 `json:"pair"`
		Special    map[string]specialToken `json:"special_tokens"`
		Processors []json.RawMessage       `json:"processors"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("post_processor: %w", err)
	}
	token := func(t tokenID, typeID int) PairPart { return PairPart{Special: []int32{narrow(t.id)}, Type: typeID} }
	switch p.Type {
	case "ByteLevel":
		return nil, nil
	case "BertProcessing":
		return []PairPart{token(p.Cls, 0), {Text: 1}, token(p.Sep, 0), {Text: 2, Type: 1}, token(p.Sep, 1)}, nil
	case "RobertaProcessing":
		return []PairPart{token(p.Cls, 0), {Text: 1}, token(p.Sep, 0), token(p.Sep, 0), {Text: 2}, token(p.Sep, 0)}, nil
	case "TemplateProcessing":
		return templateParts(p.Pair, p.Special)
	case "Sequence":
		if depth == maxNesting {
			return nil, errors.New("post_processor: nested too deeply")
		}
		for _, inner := range p.Processors {
			parts, err := pairParts(inner, depth+1)
			if parts != nil || err != nil {
				return parts, err
			}
		}
		return nil, nil
	}
	return nil, fmt.Errorf("post_processor: type %q is not known", p.Type)
}

// templateParts reads the template of a TemplateProcessing.
func templateParts(pieces []piece, special map[string]specialToken) ([]PairPart, error) {
	parts := []PairPart{}
	for _, piece := range pieces {
		switch {
		case piece.SpecialToken != nil:
			s, ok := special[piece.SpecialToken.ID]
			if !ok {
				return nil, fmt.Errorf("post_processor: special token %q is not defined", piece.SpecialToken.ID)
			}
			part := PairPart{Type: piece.SpecialToken.TypeID}
			for _, id := range s.IDs {
				part.Special = append(part.Special, narrow(id))
			}
			parts = append(parts, part)
		case piece.Sequence != nil && piece.Sequence.ID == "A":
			parts = append(parts, PairPart{Text: 1, Type: piece.Sequence.TypeID})
		case piece.Sequence != nil && piece.Sequence.ID == "B":
			parts = append(parts, PairPart{Text: 2, Type: piece.Sequence.TypeID})
		default:
			return nil, errors.New("post_processor: a piece of the template is neither a token nor a text")
		}
	}
	return parts, nil
}

// narrow makes an id that no vocabulary has of one that does not fit.
func narrow(id int) int32 {
	if id < 0 || id >= arch.MaxRows {
		return -1
	}
	return int32(id)
}
