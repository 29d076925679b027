package model

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/internal/fault"
)

// This file opens models with a head for sequence classification: cross-encoders.

// maxLabels is far above the label count of any model that scores pairs of texts.
const maxLabels = 1 << 12

// actIdentity is the activation of a classifier that leaves its outputs as they are. The other one is [delta.Sigmoid].
const actIdentity = "identity"

// Classifier is an opened folder of BertForSequenceClassification, RobertaForSequenceClassification or
// XLMRobertaForSequenceClassification.
type Classifier struct {
	*Model
	// Labels are the names of the outputs, in order; at least one.
	Labels []string
	// Activation is what sentence-transformers' CrossEncoder applies to the outputs: delta.Sigmoid or actIdentity. Where
	// the folder names none, it is sigmoid for one label and identity for more.
	Activation string
	// Pair is what a pair of texts looks like.
	Pair []PairPart
}

// PairPart is a piece of the tokens that a pair of texts makes.
type PairPart struct {
	Text    int     // 1 or 2: the tokens of that text; 0: Special
	Special []int32 // special tokens
	Type    int     // token type, below Config.TypeVocab
}

// OpenClassifier is [Open] for a folder with a head for sequence classification, as transformers writes it or
// sentence-transformers' CrossEncoder. Errors beside those of Open: Invalid for an encoder without such a head, naming
// what is missing; Unsupported for a head or an activation of another kind.
func OpenClassifier(dir string) (*Classifier, error) {
	m, err := open(dir, true)
	if err != nil {
		return nil, err
	}
	c := &Classifier{Model: m}
	if err := errors.Join(c.readHead(), c.readPair()); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return c, nil
}

// headConfig is what config.json says of the head.
type headConfig struct {
	Architectures []string          `json:"architectures"`
	Labels        map[string]string `json:"id2label"`
	NumLabels     *int              `json:"num_labels"`
	CrossEncoder  struct {
		Activation string `json:"activation_fn"`
	} `json:"sentence_transformers"`
	Legacy string `json:"sbert_ce_default_activation_function"`
}

const architectureEnd = "ForSequenceClassification"

// readHead reads labels and activation, and compares the head's tensors with them.
func (c *Classifier) readHead() error {
	path := filepath.Join(c.transformer, "config.json")
	var raw headConfig
	if _, err := readJSON(path, &raw); err != nil {
		return err
	}
	if len(raw.Architectures) > 0 && !strings.HasSuffix(raw.Architectures[0], architectureEnd) {
		return fault.New(fault.Invalid, "%s: architecture %s is no cross-encoder", path, raw.Architectures[0]).
			WithHint("name a folder of BertForSequenceClassification or RobertaForSequenceClassification")
	}
	labels := len(raw.Labels)
	if labels == 0 {
		labels = or(raw.NumLabels, 2) // as transformers takes it
	}
	if labels < 1 || labels > maxLabels {
		return fault.New(fault.Invalid, "%s: a head with %d labels is not supported", path, labels)
	}
	for i := range labels {
		name, ok := raw.Labels[strconv.Itoa(i)]
		if !ok && len(raw.Labels) > 0 {
			return fault.New(fault.Invalid, "%s: id2label has no label %d", path, i)
		}
		if !ok {
			name = fmt.Sprintf("LABEL_%d", i)
		}
		c.Labels = append(c.Labels, name)
	}
	if c.Config.Table().Head[0] == "" {
		return fault.New(fault.Unsupported, "%s: cross-encoders of the family %s are not supported", path, c.Config.Family)
	}
	for _, spec := range c.headTensors() {
		if _, ok := c.weights.sources[spec.Name]; !ok {
			return fault.New(fault.Invalid, "%s: the head's tensor %q is missing", c.Dir, spec.Name).
				WithHint("this is an encoder without a trained head; name the folder of a cross-encoder")
		}
		if _, shape, err := c.Weight(spec.Name); err != nil {
			return err
		} else if !slices.Equal(shape, spec.Shape) {
			return fault.New(fault.Corrupt, "%s: tensor %q is %s, but config.json says %s", c.Dir, spec.Name, shapeText(shape), shapeText(spec.Shape))
		}
	}
	return c.readActivation(path, raw)
}

// headTensors lists the tensors of the head.
func (c *Classifier) headTensors() []arch.Tensor {
	h, n := c.Config.HiddenSize, len(c.Labels)
	head := c.Config.Table().Head
	return []arch.Tensor{
		{Name: head[0] + ".weight", Shape: []int{h, h}},
		{Name: head[0] + ".bias", Shape: []int{h}},
		{Name: head[1] + ".weight", Shape: []int{n, h}},
		{Name: head[1] + ".bias", Shape: []int{n}},
	}
}

// readActivation follows CrossEncoder: its own file first, then config.json, then the default.
func (c *Classifier) readActivation(path string, raw headConfig) error {
	own := filepath.Join(c.Dir, "config_sentence_transformers.json")
	var st struct {
		Activation string `json:"activation_fn"`
	}
	if _, err := readJSON(own, &st); err != nil {
		return err
	}
	if c.Prompts.Default != "" {
		return fault.New(fault.Unsupported, "%s: default_prompt_name %q is not supported", own, c.Prompts.Default)
	}
	name := raw.CrossEncoder.Activation
	if name == "" {
		name = raw.Legacy
	}
	if st.Activation != "" {
		name, path = st.Activation, own
	}
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "":
		c.Activation = actIdentity
		if len(c.Labels) == 1 {
			c.Activation = delta.Sigmoid
		}
	case "Sigmoid":
		c.Activation = delta.Sigmoid
	case "Identity":
		c.Activation = actIdentity
	default:
		return fault.New(fault.Unsupported, "%s: activation_fn %q is not supported", path, name).
			WithHint("supported are torch.nn.modules.activation.Sigmoid and torch.nn.modules.linear.Identity")
	}
	return nil
}

// readPair reads what the tokenizer makes of a pair. RoBERTa has one token type, whatever its tokenizer says: its
// tokenizers do not pass types on.
func (c *Classifier) readPair() error {
	path := filepath.Join(c.transformer, "tokenizer.json")
	if c.Tokenizer.EncoderOnlyPrefix {
		return fault.New(fault.Unsupported, "%s: pairs of texts with the prefix of UniXcoder are not supported", c.Dir)
	}
	parts, err := pairParts(c.tokenizer.get("post_processor"))
	if err != nil {
		return fault.Wrap(fault.Corrupt, err, "%s: is not a tokenizer that can be read", path)
	}
	if parts == nil {
		parts = []PairPart{{Text: 1}, {Text: 2, Type: 1}}
	}
	var config struct {
		Inputs []string `json:"model_input_names"`
	}
	if _, err := readJSON(filepath.Join(c.transformer, "tokenizer_config.json"), &config); err != nil {
		return err
	}
	typed := c.Config.Table().TypedPairs
	if typed && config.Inputs != nil {
		typed = slices.Contains(config.Inputs, "token_type_ids")
	}
	seen := [3]int{}
	for i := range parts {
		p := &parts[i]
		seen[p.Text]++
		if !typed {
			p.Type = 0
		}
		for _, id := range p.Special {
			if id < 0 || int(id) >= c.Config.VocabSize {
				return fault.New(fault.Corrupt, "%s: special token %d is outside the vocabulary of %d", path, id, c.Config.VocabSize)
			}
		}
		if p.Type < 0 || p.Type >= c.Config.TypeVocab {
			return fault.New(fault.Corrupt, "%s: pairs have token type %d, but the model has %d", path, p.Type, c.Config.TypeVocab)
		}
	}
	if seen[1] != 1 || seen[2] != 1 {
		return fault.New(fault.Unsupported, "%s: the template of pairs does not hold both texts once", path)
	}
	c.Pair = parts
	return nil
}
