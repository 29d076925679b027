package adapters

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// CardFile is the name of the card beside adapter_config.json.
const CardFile = "loradex.json"

// Side says which texts an adapter is for.
type Side string

const (
	// SideBoth adapts queries and documents; using it on documents makes a space of its own.
	SideBoth Side = "both"
	// SideQuery adapts queries only, against the frozen space that Card.Space names: nothing is re-indexed.
	SideQuery Side = "query"
)

// Card is what an adapter says about itself: the file loradex.json beside adapter_config.json.
type Card struct {
	Name          string             `json:"name"`
	Description   string             `json:"description,omitempty"`
	Side          Side               `json:"side"`
	Space         string             `json:"space,omitempty"`       // encoder space ID a query adapter was trained against
	BaseModel     string             `json:"base_model,omitempty"`  // base_model_name_or_path
	BaseDigest    string             `json:"base_digest,omitempty"` // digest of the base's weights
	Languages     []string           `json:"languages,omitempty"`
	Domain        string             `json:"domain,omitempty"`
	Data          string             `json:"data,omitempty"`
	Pairs         int                `json:"pairs,omitempty"`
	Metrics       map[string]float64 `json:"metrics,omitempty"`
	Command       string             `json:"command,omitempty"`
	Licence       string             `json:"licence,omitempty"`
	BaseConfirmed bool               `json:"base_confirmed,omitempty"` // set by `adapters add --base`
	Training      *Training          `json:"training,omitempty"`       // what making it took; nil for cards without it
}

const (
	maxCard      = 1 << 20 // bytes of the file
	maxCardText  = 1 << 16 // bytes of one text
	maxCardItems = 1024    // languages, metrics
)

// Validate checks a card's values: a known side, a space where the side is query, texts and lists of sane length,
// finite metrics. Errors are Invalid and name the field.
func (c Card) Validate() error {
	switch c.Side {
	case SideBoth:
	case SideQuery:
		if c.Space == "" {
			return cardError("space", "a query adapter must name the space that it was trained against")
		}
	default:
		return cardError("side", "%.40q is neither both nor query", string(c.Side))
	}
	for _, f := range []struct{ field, text string }{
		{"name", c.Name},
		{"description", c.Description},
		{"space", c.Space},
		{"base_model", c.BaseModel},
		{"base_digest", c.BaseDigest},
		{"domain", c.Domain},
		{"data", c.Data},
		{"command", c.Command},
		{"licence", c.Licence},
	} {
		if len(f.text) > maxCardText {
			return cardError(f.field, "%d bytes, more than %d", len(f.text), maxCardText)
		}
	}
	if c.Pairs < 0 {
		return cardError("pairs", "%d is negative", c.Pairs)
	}
	if len(c.Languages) > maxCardItems || len(c.Metrics) > maxCardItems {
		return cardError("languages or metrics", "more than %d entries", maxCardItems)
	}
	for _, l := range c.Languages {
		if l == "" || len(l) > maxName {
			return cardError("languages", "%.80q is not the name of a language", l)
		}
	}
	for name, v := range c.Metrics {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return cardError("metrics", "%.80q is %v", name, v)
		}
	}
	if c.Training != nil {
		return c.Training.Validate()
	}
	return nil
}

// CheckBase says whether the adapter may be used with a base model. A digest on the card must match; without one
// the last element of the model's name must match, or the card must say that the base was confirmed by hand.
// Model and digest are the base's; a digest that is unknown is empty. Errors are Conflict and name both.
func (c Card) CheckBase(model, digest string) error {
	if c.BaseDigest != "" && digest != "" {
		if c.BaseDigest == digest {
			return nil
		}
		return fault.New(fault.Conflict, "adapter %q was made for a base with digest %.16s (%s), not %.16s (%s)",
			c.Name, c.BaseDigest, orUnknown(c.BaseModel), digest, orUnknown(model))
	}
	if c.BaseConfirmed || model != "" && lastElement(c.BaseModel) == lastElement(model) {
		return nil
	}
	return fault.New(fault.Conflict, "adapter %q was made for base %s, not %s", c.Name, orUnknown(c.BaseModel), orUnknown(model)).
		WithHint("if it is the same model under another name, confirm it once with `loradex adapters add … --base`; --model names another base")
}

// readCard reads the card of an open adapter folder. Without one, the card says only what the configuration does.
func readCard(root *os.Root, dir, name, baseModel string) (Card, error) {
	card := Card{Side: SideBoth}
	f, err := root.Open(CardFile)
	switch {
	case err == nil:
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, maxCard+1))
		if err != nil {
			return card, fault.Wrap(fault.Unavailable, err, "%s/%s: cannot read", dir, CardFile)
		}
		if len(text) > maxCard {
			return card, fault.New(fault.Corrupt, "%s/%s: more than %d bytes", dir, CardFile, maxCard)
		}
		if err := json.Unmarshal(text, &card); err != nil {
			return card, fault.Wrap(fault.Corrupt, err, "%s/%s: not a card", dir, CardFile)
		}
		if err := card.Validate(); err != nil {
			return card, fault.Wrap(fault.Corrupt, err, "%s/%s", dir, CardFile)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return card, fault.Wrap(fault.Unavailable, err, "%s/%s: cannot open", dir, CardFile)
	}
	card.Name = name // the folder's name is what mixes use
	if card.BaseModel == "" {
		card.BaseModel = baseModel
	}
	return card, nil
}

// writeCard writes the card into an adapter's folder.
func writeCard(dir string, card Card) error {
	text, err := json.MarshalIndent(card, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "card")
	}
	return atomicfile.WriteBytes(filepath.Join(dir, CardFile), 0o644, append(text, '\n'))
}

func cardError(field, format string, args ...any) error {
	return fault.New(fault.Invalid, "card: field %s: %s", field, fmt.Sprintf(format, args...))
}

// lastElement is the part of a model's name or path after the last separator: hub names and local copies agree in it.
func lastElement(model string) string {
	model = strings.TrimRight(strings.ReplaceAll(model, `\`, "/"), "/")
	return model[strings.LastIndexByte(model, '/')+1:]
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return fmt.Sprintf("%q", s)
}
