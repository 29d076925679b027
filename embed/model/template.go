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

// postProcessor is any of them, with the members that count here.
type postProcessor struct {
	Type       string                  `json:"type"`
	Sep        tokenID                 `json:"sep"`
	Cls        tokenID                 `json:"cls"`
	Single     []piece                 `json:"single"`
	Pair       []piece                 `json:"pair"`
	Special    map[string]specialToken `json:"special_tokens"`
	Processors []json.RawMessage       `json:"processors"`
}

// postProcessors takes a post-processor apart: those that a sequence is made of, in order; none for null.
func postProcessors(raw json.RawMessage, depth int) ([]postProcessor, error) {
	if isNull(raw) {
		return nil, nil
	}
	var p postProcessor
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("post_processor: %w", err)
	}
	switch p.Type {
	case "BertProcessing", "RobertaProcessing", "ByteLevel", "TemplateProcessing":
		return []postProcessor{p}, nil
	case "Sequence":
		if depth == maxNesting {
			return nil, errors.New("post_processor: nested too deeply")
		}
		var all []postProcessor
		for _, inner := range p.Processors {
			list, err := postProcessors(inner, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("post_processor: type %q is not known", p.Type)
}

// tokens are those that a special token of the template stands for.
func (p *postProcessor) tokens(id string) ([]int32, error) {
	s, ok := p.Special[id]
	if !ok {
		return nil, fmt.Errorf("post_processor: special token %q is not defined", id)
	}
	var ids []int32
	for _, id := range s.IDs {
		ids = append(ids, narrow(id))
	}
	return ids, nil
}

// countSpecial counts the tokens that a post-processor adds to a single sequence.
func countSpecial(raw json.RawMessage) (int, error) {
	list, err := postProcessors(raw, 0)
	n := 0
	for _, p := range list {
		if p.Type == "BertProcessing" || p.Type == "RobertaProcessing" {
			n += 2
		}
		for _, piece := range p.Single {
			if piece.SpecialToken == nil {
				continue
			}
			ids, err := p.tokens(piece.SpecialToken.ID)
			if err != nil {
				return 0, err
			}
			n += len(ids)
		}
	}
	return n, err
}

// pairParts reads what a post-processor makes of a pair of sequences; nil where it has no say.
func pairParts(raw json.RawMessage) ([]PairPart, error) {
	list, err := postProcessors(raw, 0)
	for _, p := range list {
		cls, sep := PairPart{Special: []int32{narrow(p.Cls.id)}}, PairPart{Special: []int32{narrow(p.Sep.id)}}
		switch p.Type {
		case "BertProcessing":
			return []PairPart{cls, {Text: 1}, sep, {Text: 2, Type: 1}, {Special: sep.Special, Type: 1}}, nil
		case "RobertaProcessing":
			return []PairPart{cls, {Text: 1}, sep, sep, {Text: 2}, sep}, nil
		case "TemplateProcessing":
			return p.pair()
		}
	}
	return nil, err
}

// pair reads the template of a TemplateProcessing.
func (p *postProcessor) pair() ([]PairPart, error) {
	parts := []PairPart{}
	for _, piece := range p.Pair {
		switch t, s := piece.SpecialToken, piece.Sequence; {
		case t != nil:
			ids, err := p.tokens(t.ID)
			if err != nil {
				return nil, err
			}
			parts = append(parts, PairPart{Special: ids, Type: t.TypeID})
		case s != nil && s.ID == "A":
			parts = append(parts, PairPart{Text: 1, Type: s.TypeID})
		case s != nil && s.ID == "B":
			parts = append(parts, PairPart{Text: 2, Type: s.TypeID})
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
