package model

import (
	"cmp"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"loradex/embed/arch"
	"loradex/internal/fault"
)

// tokenizerConfig is tokenizer_config.json, with special_tokens_map.json and added_tokens.json of older folders.
type tokenizerConfig struct {
	Class          string          `json:"tokenizer_class"`
	ModelMax       json.RawMessage `json:"model_max_length"` // 1e30 where transformers knows none
	LowerCase      *bool           `json:"do_lower_case"`
	ChineseChars   *bool           `json:"tokenize_chinese_chars"`
	StripAccents   *bool           `json:"strip_accents"`
	AddPrefixSpace *bool           `json:"add_prefix_space"`
	TrimOffsets    *bool           `json:"trim_offsets"`
	TruncationSide string          `json:"truncation_side"`

	path            string
	hasStripAccents bool                       // strip_accents null is a setting too: as lowercase
	named           map[string]configuredToken // by attribute: "cls_token" …
	extra           []configuredToken          // additional special tokens
	lateExtra       []configuredToken          // the same, from special_tokens_map.json under their old key
	added           []configuredToken          // added tokens with an id, by id
}

// configuredToken is an added token of a configuration file: a string, or an object with flags.
type configuredToken struct {
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized *bool  `json:"normalized"` // default: not special
	Special    bool   `json:"special"`
}

func (t *configuredToken) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*t = configuredToken{Special: true}
		return json.Unmarshal(data, &t.Content)
	}
	type plain configuredToken // without this method
	return json.Unmarshal(data, (*plain)(t))
}

// namedTokens are the attributes of transformers' tokenizers, in the order in which it adds their tokens.
var namedTokens = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

// readTokenizerConfig reads the three files; each may be absent.
func readTokenizerConfig(dir string) (*tokenizerConfig, error) {
	c := &tokenizerConfig{path: filepath.Join(dir, "tokenizer_config.json"), named: map[string]configuredToken{}}
	var raw map[string]json.RawMessage
	found, err := readJSON(c.path, &raw)
	if err != nil {
		return nil, err
	}
	if found {
		if _, err := readJSON(c.path, c); err != nil {
			return nil, err
		}
	}
	_, c.hasStripAccents = raw["strip_accents"]
	if err := c.readSpecial(c.path, raw, false); err != nil {
		return nil, err
	}
	// From transformers 4.34 on, added_tokens_decoder replaces the two older files.
	if decoder := raw["added_tokens_decoder"]; !isNull(decoder) {
		return c, c.readDecoder(decoder)
	}
	var legacy map[string]json.RawMessage
	path := filepath.Join(dir, "special_tokens_map.json")
	if _, err := readJSON(path, &legacy); err != nil {
		return nil, err
	}
	if err := c.readSpecial(path, legacy, true); err != nil {
		return nil, err
	}
	return c, c.readAddedTokens(filepath.Join(dir, "added_tokens.json"))
}

// readSpecial takes the special tokens of a file. In special_tokens_map.json all of them are special.
func (c *tokenizerConfig) readSpecial(path string, raw map[string]json.RawMessage, allSpecial bool) error {
	for _, name := range namedTokens {
		value := raw[name]
		if isNull(value) {
			continue
		}
		var t configuredToken
		if err := json.Unmarshal(value, &t); err != nil || t.Content == "" {
			return fault.New(fault.Invalid, "%s: %s is %.80s", path, name, value)
		}
		t.Special = t.Special || allSpecial
		c.named[name] = t
	}
	for _, key := range []string{"extra_special_tokens", "additional_special_tokens"} {
		value := raw[key]
		if isNull(value) || string(value) == "{}" {
			continue
		}
		var list []configuredToken
		if err := json.Unmarshal(value, &list); err != nil {
			return fault.Wrap(fault.Unsupported, err, "%s: %s is no list of tokens", path, key)
		}
		for i := range list {
			list[i].Special = list[i].Special || allSpecial
		}
		if allSpecial && key == "additional_special_tokens" {
			// transformers 5 renames the key before it reads this file, so that these tokens do not make one of
			// added_tokens.json special.
			c.lateExtra = list
		} else {
			c.extra = list
		}
		break
	}
	return nil
}

// readDecoder takes added_tokens_decoder: {"50264": {"content": "<mask>", "lstrip": true, …}}.
func (c *tokenizerConfig) readDecoder(raw json.RawMessage) error {
	var decoder map[string]configuredToken
	if err := json.Unmarshal(raw, &decoder); err != nil {
		return fault.Wrap(fault.Invalid, err, "%s: added_tokens_decoder", c.path)
	}
	byID := make(map[int]configuredToken, len(decoder))
	for key, t := range decoder {
		id, err := strconv.Atoi(key)
		if err != nil {
			return fault.New(fault.Invalid, "%s: added_tokens_decoder: %q is no token id", c.path, key)
		}
		byID[id] = t
	}
	c.setAdded(byID)
	return nil
}

// readAddedTokens takes added_tokens.json: {"<mask0>": 51416}.
func (c *tokenizerConfig) readAddedTokens(path string) error {
	var ids map[string]int
	if _, err := readJSON(path, &ids); err != nil {
		return err
	}
	special := map[string]bool{}
	for _, t := range c.named {
		special[t.Content] = true
	}
	for _, t := range c.extra {
		special[t.Content] = true
	}
	byID := make(map[int]configuredToken, len(ids))
	for content, id := range ids {
		byID[id] = configuredToken{Content: content, Special: special[content]}
	}
	c.setAdded(byID)
	return nil
}

// setAdded keeps the added tokens by rising id. They also give their flags to the special tokens of their content.
func (c *tokenizerConfig) setAdded(byID map[int]configuredToken) {
	ids := make([]int, 0, len(byID))
	for id := range byID {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		c.added = append(c.added, byID[id])
		for name, t := range c.named {
			if t.Content == byID[id].Content {
				c.named[name] = byID[id]
			}
		}
	}
}

// token is the content of a named token, or the class's own default.
func (c *tokenizerConfig) token(name, def string) string {
	if t, ok := c.named[name]; ok {
		return t.Content
	}
	return def
}

// twins are tokenizers that are others under a name of their own.
var twins = map[string]string{"DistilBertTokenizer": "BertTokenizer"}

// classIs tells whether the tokenizer is of that class, slow or fast, or of none: then the model's type decides.
func (c *tokenizerConfig) classIs(class string) bool {
	name := strings.TrimSuffix(c.Class, "Fast")
	return name == "" || cmp.Or(twins[name], name) == class
}

// modelMax is model_max_length; 0 where it is absent or the huge number that stands for none.
func (c *tokenizerConfig) modelMax() int {
	var n float64
	if isNull(c.ModelMax) || json.Unmarshal(c.ModelMax, &n) != nil || n < 1 || n > arch.MaxRows {
		return 0
	}
	return int(n)
}

// side is the end that truncation cuts, as tokenizer.json spells it.
func (c *tokenizerConfig) side() (string, error) {
	switch c.TruncationSide {
	case "", "right":
		return "Right", nil
	case "left":
		return "Left", nil
	}
	return "", fault.New(fault.Invalid, "%s: truncation_side is %q", c.path, c.TruncationSide)
}
