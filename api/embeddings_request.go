package api

// This file reads the request of /v1/embeddings.

import (
	"bytes"
	"encoding/json"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
)

// baseModel is the name of the base encoder in requests. "base:MIX" is the base with a mix of adapters.
const baseModel = "base"

// embeddingsBody is the request as it is sent. The first five members are OpenAI's; user is taken and not used.
type embeddingsBody struct {
	Input          json.RawMessage   `json:"input"` // a string, or a list of strings
	Model          *string           `json:"model"`
	EncodingFormat *string           `json:"encoding_format"`
	Dimensions     *int              `json:"dimensions"`
	User           *string           `json:"user"`
	InputType      *string           `json:"input_type"` // "query" or "document"
	Mixes          []json.RawMessage `json:"mixes"`      // one for each input, as text or as object
}

// embeddingsRequest is a request that can be answered.
type embeddingsRequest struct {
	rows       []embed.Row
	model      string // canonical
	dimensions int    // 0: not asked for
	base64     bool
	roleGiven  bool // input_type
}

// parseEmbeddingsRequest reads a body with at most maxInputs texts. Invalid for what can never work, Unsupported for
// token lists, NotFound for another model than the base.
func parseEmbeddingsRequest(data []byte, maxInputs int) (embeddingsRequest, error) {
	var in embeddingsBody
	if err := decodeStrict(data, &in); err != nil {
		return embeddingsRequest{}, err
	}
	texts, err := parseInput(in.Input, maxInputs)
	if err != nil {
		return embeddingsRequest{}, err
	}
	if in.Model == nil {
		return embeddingsRequest{}, fault.New(fault.Invalid, "no model").WithHint(`give "model": "base", or "base:" and a mix of adapters`)
	}
	mix, err := parseModel(*in.Model)
	if err != nil {
		return embeddingsRequest{}, err
	}
	out := embeddingsRequest{model: baseModel, roleGiven: in.InputType != nil}
	if !mix.IsBase() {
		out.model += ":" + mix.String()
	}
	role, err := parseInputType(in.InputType)
	if err != nil {
		return embeddingsRequest{}, err
	}
	if out.base64, err = parseFormat(in.EncodingFormat); err != nil {
		return embeddingsRequest{}, err
	}
	if in.Dimensions != nil {
		if out.dimensions = *in.Dimensions; out.dimensions < 1 {
			return embeddingsRequest{}, fault.New(fault.Invalid, "dimensions is %d", out.dimensions).WithHint("leave it out")
		}
	}
	mixes, err := parseMixes(in.Mixes, len(texts), mix)
	if err != nil {
		return embeddingsRequest{}, err
	}
	out.rows = make([]embed.Row, len(texts))
	for i, text := range texts {
		out.rows[i] = embed.Row{Text: text, Role: role, Mix: mix}
		if mixes != nil {
			out.rows[i].Mix = mixes[i]
		}
	}
	return out, nil
}

// parseInput reads a string or a list of strings.
func parseInput(raw json.RawMessage, limit int) ([]string, error) {
	const hint = `give "input" a string or a list of strings`
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, fault.New(fault.Invalid, "no input").WithHint(hint)
	}
	if raw[0] == '"' {
		var one string
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "input").WithHint(hint)
		}
		return []string{one}, nil
	}
	var list []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		return nil, fault.New(fault.Invalid, "input is neither a string nor a list").WithHint(hint)
	}
	if len(list) == 0 {
		return nil, fault.New(fault.Invalid, "input is an empty list").WithHint(hint)
	}
	texts := make([]string, 0, min(len(list), limit))
	for i, item := range list {
		if c := item[0]; c == '[' || c == '-' || c >= '0' && c <= '9' {
			return nil, fault.New(fault.Unsupported, "input holds token numbers, which belong to another model's vocabulary").
				WithHint("send the texts; LangChain's clients need check_embedding_ctx_length=False")
		}
		var text *string
		if err := json.Unmarshal(item, &text); err != nil || text == nil {
			return nil, fault.New(fault.Invalid, "input %d is not a string", i).WithHint(hint)
		}
		if i == limit {
			return nil, fault.New(fault.Invalid, "%d inputs are more than %d", len(list), limit).WithHint("send them in several requests")
		}
		texts = append(texts, *text)
	}
	return texts, nil
}

// parseModel reads "base" or "base:MIX".
func parseModel(name string) (adapters.Mix, error) {
	head, tail, hasMix := strings.Cut(name, ":")
	if head != baseModel {
		return adapters.Mix{}, fault.New(fault.NotFound, "model %.100q does not exist", name).
			WithHint(`the model is "base", or "base:" and a mix of adapters: "base:go+security*0.3"`)
	}
	if !hasMix {
		return adapters.Mix{}, nil
	}
	mix, err := adapters.ParseMix(tail)
	if err != nil {
		return mix, fault.Prefix(err, "model")
	}
	return mix, nil
}

// parseInputType reads the role; documents are the default, as in `loradex embed`.
func parseInputType(name *string) (embed.Role, error) {
	if name == nil {
		return embed.Document, nil
	}
	switch *name {
	case "query":
		return embed.Query, nil
	case "document":
		return embed.Document, nil
	}
	return 0, fault.New(fault.Invalid, "input_type is %.100q", *name).WithHint("use query or document")
}

// parseFormat reads encoding_format and tells whether it is base64.
func parseFormat(name *string) (bool, error) {
	if name == nil || *name == "float" {
		return false, nil
	}
	if *name == "base64" {
		return true, nil
	}
	return false, fault.New(fault.Invalid, "encoding_format is %.100q", *name).WithHint("use float or base64")
}

// parseMixes reads one mix for each of n inputs; nil where the request has none.
func parseMixes(raw []json.RawMessage, n int, ofModel adapters.Mix) ([]adapters.Mix, error) {
	if raw == nil {
		return nil, nil
	}
	if !ofModel.IsBase() {
		return nil, fault.New(fault.Invalid, "both model and mixes name adapters").WithHint(`with mixes, "model" is "base"`)
	}
	if len(raw) != n {
		return nil, fault.New(fault.Invalid, "%d mixes for %d inputs", len(raw), n).WithHint(`give one for each input; "none" is the base`)
	}
	mixes := make([]adapters.Mix, n)
	for i, item := range raw {
		if bytes.Equal(bytes.TrimSpace(item), []byte("null")) {
			return nil, fault.New(fault.Invalid, "mix %d is null", i).WithHint(`"none" is the base`)
		}
		if err := json.Unmarshal(item, &mixes[i]); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "mix %d", i)
		}
	}
	return mixes, nil
}
