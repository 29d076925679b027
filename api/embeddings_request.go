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

// baseModel is the name of the base encoder in requests, whatever model it is. "base:MIX" is the base with a mix of adapters.
const baseModel = "base"

// embeddingsBody is the request as it is sent. The first five members are OpenAI's; user is taken and not used.
type embeddingsBody struct {
	Input          inputs            `json:"input"` // a string, a list of strings, a list of tokens, a list of such lists
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
	tokens     map[int][]int32 // of the rows whose texts are not known yet
	model      string          // canonical
	dimensions int             // 0: not asked for
	base64     bool
	roleGiven  bool // input_type
}

// parseEmbeddingsRequest reads a body with at most maxInputs texts. own tells the model's own name where another one than the
// base's is asked for. Invalid for what can never work, NotFound for another model.
func parseEmbeddingsRequest(from func(into any) error, maxInputs int, own func() (string, error)) (embeddingsRequest, error) {
	in := embeddingsBody{Input: inputs{limit: maxInputs}}
	if err := from(&in); err != nil {
		return embeddingsRequest{}, err
	}
	if len(in.Input.list) == 0 {
		return embeddingsRequest{}, fault.New(fault.Invalid, "no input").WithHint(inputHint)
	}
	if in.Model == nil {
		return embeddingsRequest{}, fault.New(fault.Invalid, "no model").WithHint(`give "model": "base", or "base:" and a mix of adapters`)
	}
	name, mix, err := parseModel(*in.Model, own)
	if err != nil {
		return embeddingsRequest{}, err
	}
	out := embeddingsRequest{model: name, tokens: map[int][]int32{}, roleGiven: in.InputType != nil}
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
	mixes, err := parseMixes(in.Mixes, len(in.Input.list), mix)
	if err != nil {
		return embeddingsRequest{}, err
	}
	out.rows = make([]embed.Row, len(in.Input.list))
	for i, one := range in.Input.list {
		out.rows[i] = embed.Row{Text: one.text, Role: role, Mix: mix}
		if one.tokens != nil {
			out.tokens[i] = one.tokens
		}
		if mixes != nil {
			out.rows[i].Mix = mixes[i]
		}
	}
	return out, nil
}

// parseModel reads a name: "base" or the model's own, alone or with ":MIX".
func parseModel(text string, own func() (string, error)) (name string, mix adapters.Mix, err error) {
	name, tail, hasMix := strings.Cut(text, ":")
	if name != baseModel {
		known, err := own()
		if err != nil {
			return "", mix, err
		}
		if name != known {
			return "", mix, fault.New(fault.NotFound, "model %.100q does not exist", text).
				WithHint(`the model is %q, or "base", alone or with a mix of adapters: "base:go+security*0.3"`, known)
		}
	}
	if hasMix {
		if mix, err = adapters.ParseMix(tail); err != nil {
			return "", mix, fault.Prefix(err, "model")
		}
	}
	return name, mix, nil
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
