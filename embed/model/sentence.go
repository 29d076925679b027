package model

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"loradex/embed/arch"
	"loradex/internal/fault"
)

// This file reads the layer that sentence-transformers adds around a transformers model: modules.json, the pooling
// module, prompts and the sentence length.

// prompts are the texts put before a text, by name, as config_sentence_transformers.json gives them. Nothing is
// invented: a model that expects "query: " but ships no prompts (the original E5 folders) gets none.
type prompts struct {
	ByName  map[string]string `json:"prompts,omitempty"`
	Default string            `json:"default,omitempty"` // name of the prompt for roles without one of their own
}

// Query is the prompt of the query role: the one named "query", else the default one, else "".
func (p prompts) Query() string { return p.first("query") }

// Document is the prompt of the document role: "document", "passage" or "corpus", else the default one, else "". (In
// sentence-transformers 6.2 encode_document finds an empty "document" in every model and never gets to the others; here
// the folder's own words count.)
func (p prompts) Document() string { return p.first("document", "passage", "corpus") }

func (p prompts) first(names ...string) string {
	for _, name := range names {
		if text, ok := p.ByName[name]; ok {
			return text
		}
	}
	return p.ByName[p.Default] // "" for no default: no prompt is stored under an empty name
}

// layout is what modules.json says, with the defaults for a folder without one.
type layout struct {
	transformer string // folder of config.json, weights and tokenizer
	hasModules  bool
	pooling     arch.Pooling
	normalize   bool
	maxSeq      int // 0: not given
	lowerCase   bool
	prompts     prompts
}

// readLayout reads the sentence-transformers files of dir. A folder without modules.json is a plain transformers
// model: it gets mean pooling, as sentence-transformers gives it, and normalisation, which it does not: vectors are
// compared by cosine everywhere in Loradex, so that only the scale differs. A classifier is a Transformer alone.
func readLayout(dir string, classifier bool) (layout, error) {
	l := layout{transformer: dir, pooling: arch.Pooling{Mode: arch.PoolMean, IncludePrompt: true}, normalize: true}
	path := filepath.Join(dir, "modules.json")
	var modules []struct {
		Path string `json:"path"`
		Type string `json:"type"`
	}
	found, err := readJSON(path, &modules)
	if err != nil {
		return l, err
	}
	if found {
		l.hasModules, l.normalize = true, false
		seen := make([]string, len(modules))
		for i, m := range modules {
			sub, err := subfolder(dir, m.Path, path)
			if err != nil {
				return l, err
			}
			kind := m.Type[strings.LastIndexByte(m.Type, '.')+1:]
			seen[i] = kind
			switch kind {
			case "Transformer":
				l.transformer = sub
			case "Pooling":
				l.pooling, err = readPooling(filepath.Join(sub, "config.json"))
			case "Normalize":
				l.normalize = true
			default:
				err = fault.New(fault.Unsupported, "%s: module %q is not supported", path, m.Type).
					WithHint("supported are Transformer, Pooling and Normalize")
			}
			if err != nil {
				return l, err
			}
		}
		order := strings.Join(seen, " ")
		if classifier {
			if order != "Transformer" {
				return l, fault.New(fault.Invalid, "%s: the modules are %q, those of an encoder; a cross-encoder is a Transformer alone", path, order).
					WithHint("name the folder of a cross-encoder")
			}
		} else if order != "Transformer Pooling" && order != "Transformer Pooling Normalize" {
			return l, fault.New(fault.Unsupported, "%s: the modules are %q; want Transformer, Pooling and perhaps Normalize",
				path, order)
		}
	}
	if err := l.readSentenceConfig(dir); err != nil {
		return l, err
	}
	return l, l.readPrompts(dir)
}

// sentenceFiles hold the sentence length, the first that is there.
func sentenceFiles() []string {
	return []string{"sentence_bert_config.json", "sentence_roberta_config.json", "sentence_xlm-roberta_config.json"}
}

// readSentenceConfig reads the sentence length and lower-casing. Old folders name the file after the architecture.
func (l *layout) readSentenceConfig(dir string) error {
	for _, name := range sentenceFiles() {
		var raw struct {
			MaxSeq    *float64 `json:"max_seq_length"`
			LowerCase bool     `json:"do_lower_case"`
		}
		path := filepath.Join(l.transformer, name)
		found, err := readJSON(path, &raw)
		if err != nil {
			return err
		}
		if !found && l.transformer != dir {
			path = filepath.Join(dir, name)
			if found, err = readJSON(path, &raw); err != nil {
				return err
			}
		}
		if !found {
			continue
		}
		l.lowerCase = raw.LowerCase
		if raw.MaxSeq != nil {
			if *raw.MaxSeq < 1 || *raw.MaxSeq > arch.MaxRows {
				return fault.New(fault.Invalid, "%s: max_seq_length is %g", path, *raw.MaxSeq)
			}
			l.maxSeq = int(*raw.MaxSeq)
		}
		return nil
	}
	return nil
}

// readPrompts reads config_sentence_transformers.json.
func (l *layout) readPrompts(dir string) error {
	path := filepath.Join(dir, "config_sentence_transformers.json")
	var raw struct {
		Prompts map[string]*string `json:"prompts"`
		Default *string            `json:"default_prompt_name"`
	}
	if _, err := readJSON(path, &raw); err != nil {
		return err
	}
	l.prompts.ByName = make(map[string]string, len(raw.Prompts))
	for name, text := range raw.Prompts {
		if name != "" && text != nil {
			l.prompts.ByName[name] = *text
		}
	}
	if l.prompts.Default = or(raw.Default, ""); l.prompts.Default == "" {
		return nil
	}
	switch l.prompts.Default {
	case "query", "document": // sentence-transformers knows these names always, with an empty text
		return nil
	}
	if _, ok := l.prompts.ByName[l.prompts.Default]; !ok {
		return fault.New(fault.Invalid, "%s: default_prompt_name %q is not among the prompts", path, l.prompts.Default)
	}
	return nil
}

// poolingFlags maps the flags of config.json to modes, in the order in which sentence-transformers concatenates.
var poolingFlags = []struct{ key, mode string }{
	{"pooling_mode_cls_token", arch.PoolCLS},
	{"pooling_mode_max_tokens", arch.PoolMax},
	{"pooling_mode_mean_tokens", arch.PoolMean},
	{"pooling_mode_mean_sqrt_len_tokens", arch.PoolMeanSqrtLen},
	{"pooling_mode_weightedmean_tokens", arch.PoolWeightedMean},
	{"pooling_mode_lasttoken", arch.PoolLastToken},
}

// readPooling reads a pooling module's config.json, in the old spelling (one flag a mode) or the new (pooling_mode).
func readPooling(path string) (arch.Pooling, error) {
	p := arch.Pooling{Mode: arch.PoolMean, IncludePrompt: true}
	raw := map[string]json.RawMessage{}
	found, err := readJSON(path, &raw)
	if err != nil {
		return p, err
	}
	if !found {
		return p, fault.New(fault.NotFound, "%s: no such file, but modules.json names it", path)
	}
	bad := func(key string) error {
		return fault.New(fault.Invalid, "%s: %s is %s", path, key, raw[key])
	}
	var modes []string
	if value, ok := raw["pooling_mode"]; ok {
		var one string
		if json.Unmarshal(value, &one) == nil {
			modes = []string{one}
		} else if json.Unmarshal(value, &modes) != nil {
			return p, bad("pooling_mode")
		}
		for i, mode := range modes {
			if mode == "mean_sqrt_len_tokens" {
				modes[i] = arch.PoolMeanSqrtLen
			}
		}
	} else {
		for _, f := range poolingFlags {
			var on bool
			if value, ok := raw[f.key]; ok && json.Unmarshal(value, &on) != nil {
				return p, bad(f.key)
			}
			if on {
				modes = append(modes, f.mode)
			}
		}
	}
	if value, ok := raw["include_prompt"]; ok && json.Unmarshal(value, &p.IncludePrompt) != nil {
		return p, bad("include_prompt")
	}
	switch len(modes) {
	case 0: // sentence-transformers: no flag set is mean
	case 1:
		p.Mode = modes[0]
	default:
		return p, fault.New(fault.Unsupported, "%s: a concatenation of pooling modes (%s) is not supported",
			path, strings.Join(modes, ", "))
	}
	for _, f := range poolingFlags {
		if f.mode == p.Mode {
			return p, nil
		}
	}
	return p, fault.New(fault.Unsupported, "%s: pooling mode %s is not supported", path, fmt.Sprintf("%q", p.Mode))
}
