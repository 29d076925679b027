package model

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"loradex/adapters/folder"
	"loradex/embed/arch"
	"loradex/internal/fault"
)

// readConfig reads config.json of the folder. allowDecoder admits is_decoder, for UniXcoder: its own code masks in
// both directions whatever the flag says.
func readConfig(dir string, allowDecoder bool) (arch.Config, error) {
	path := filepath.Join(dir, "config.json")
	raw := map[string]json.RawMessage{}
	found, err := readJSON(path, &raw)
	if err != nil {
		return arch.Config{}, err
	}
	if !found {
		return arch.Config{}, noModel(dir)
	}
	return resolveConfig(path, raw, allowDecoder)
}

// noModel is the error for a folder without a config.json. Where models lie inside, as the checkpoints of a training do, it names the
// newest.
func noModel(dir string) error {
	err := fault.New(fault.NotFound, "%s: no such file; the folder holds no model", filepath.Join(dir, "config.json"))
	var weights []string
	for _, kind := range weightFiles {
		weights = append(weights, kind.name)
	}
	if inside := folder.Inside(dir, "config.json", weights...); inside != "" {
		return err.WithHint("the newest model in it is %s: name that folder", inside)
	}
	return err.WithHint("name a folder with config.json, weights and a tokenizer, or run `loradex model pull`")
}

// plainEncoder is what config.json must not say of an encoder of any family.
type plainEncoder struct {
	PositionType     *string                    `json:"position_embedding_type"`
	IsDecoder        bool                       `json:"is_decoder"`
	IsEncoderDecoder bool                       `json:"is_encoder_decoder"`
	CrossAttention   bool                       `json:"add_cross_attention"`
	Quantization     json.RawMessage            `json:"quantization_config"`
	AutoMap          map[string]json.RawMessage `json:"auto_map"`
}

// resolveConfig has the family read its sizes, and refuses what no encoder here computes.
func resolveConfig(path string, raw map[string]json.RawMessage, allowDecoder bool) (arch.Config, error) {
	var p plainEncoder
	text, err := json.Marshal(raw)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return arch.Config{}, fault.Wrap(fault.Corrupt, err, "%s: is not the JSON that is expected", path)
	}
	c, err := arch.ReadConfig(path, raw)
	if err != nil {
		return arch.Config{}, err
	}
	refused := ""
	switch pos := or(p.PositionType, "absolute"); {
	case pos != "absolute":
		refused = fmt.Sprintf("position_embedding_type %q", pos)
	case p.IsDecoder && !allowDecoder:
		refused = "is_decoder true"
	case p.IsEncoderDecoder:
		refused = "is_encoder_decoder true"
	case p.CrossAttention:
		refused = "add_cross_attention true"
	case len(p.Quantization) > 0 && string(p.Quantization) != "null" && !isInt8(p.Quantization):
		refused = "quantization_config"
	case p.AutoMap["AutoModel"] != nil:
		refused = "auto_map (a model with code of its own)"
	}
	if refused != "" {
		return arch.Config{}, fault.New(fault.Unsupported, "%s: %s is not supported", path, refused)
	}
	return c, nil
}

// or is *p, or def where p is nil.
func or[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

// shapeText writes a shape as [2 3].
func shapeText(shape []int) string { return strings.ReplaceAll(fmt.Sprint(shape), " ", ", ") }
