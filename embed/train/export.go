package train

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/adapters/safetensors"
	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Adapter is the present state as an adapter with the given card. Unsupported where all weights were trained.
func (t *Trainer) Adapter(card adapters.Card) (*adapters.Adapter, error) {
	if t.opts.Full {
		return nil, fault.New(fault.Unsupported, "all weights were trained: the result is a model, not an adapter")
	}
	a := &adapters.Adapter{Name: card.Name, Method: t.method.adapter, RSLoRA: t.method.root, Card: card, Updates: map[string]delta.Update{}}
	for _, path := range t.order {
		a.Updates[path] = t.method.update(t.opts, t.sites[path], func(part string) []float32 {
			return slices.Clone(t.byName[path+"."+part].Data)
		})
	}
	return a, nil
}

// Encode gives the vectors of texts in the present state, without the limits of training on their length. They are those of
// the run's precision; where all weights were trained they are of float32, which is what the saved model will give.
func (t *Trainer) Encode(ctx context.Context, role embed.Role, texts []dataset.Text) ([][]float32, error) {
	return t.encodeTexts(ctx, role, texts, t.opts.Full)
}

// SaveModel writes a copy of the base model's folder in which the weights are the trained ones. The folder must not exist.
// Unsupported where an adapter was trained. What was written before an error stays: write to a place of its own.
func (t *Trainer) SaveModel(dir string) error {
	if !t.opts.Full {
		return fault.New(fault.Unsupported, "an adapter was trained: the result is no model")
	}
	if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // as other folders of the user
		return fault.Wrap(fault.Unavailable, err, "%s cannot be made", dir)
	}
	weights, err := t.m.CopyFrame(dir)
	if err != nil {
		return err
	}
	var tensors []safetensors.Tensor
	for _, l := range t.list {
		if l.Name != logScale {
			tensors = append(tensors, safetensors.FromFloat32(l.Name, l.Shape, l.Data))
		}
	}
	return safetensors.Write(filepath.Join(weights, "model.safetensors"), tensors, map[string]string{"format": "pt"})
}
