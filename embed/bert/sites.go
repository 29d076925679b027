package bert

import (
	"fmt"
	"strings"

	"loradex/adapters"
	"loradex/embed/model"
)

// Modules lists the layers of the encoder that an adapter may change, in the order of the computation.
func Modules(m *model.Model) ([]adapters.Module, error) {
	c := m.Config
	h, f := c.HiddenSize, c.Intermediate
	mods := []adapters.Module{norm("embeddings.LayerNorm", h)}
	for i := range c.Layers {
		p := fmt.Sprintf("encoder.layer.%d.", i)
		mods = append(mods,
			linear(p+"attention.self.query", h, h), linear(p+"attention.self.key", h, h), linear(p+"attention.self.value", h, h),
			linear(p+"attention.output.dense", h, h), norm(p+"attention.output.LayerNorm", h),
			linear(p+"intermediate.dense", h, f), linear(p+"output.dense", f, h), norm(p+"output.LayerNorm", h))
	}
	for i := range mods {
		bias, _, err := m.Weight(mods[i].Path + ".bias")
		if err != nil {
			return nil, err
		}
		mods[i].Bias = bias
	}
	return mods, nil
}

func linear(path string, in, out int) adapters.Module {
	return adapters.Module{Path: path, In: in, Out: out}
}

func norm(path string, width int) adapters.Module {
	return adapters.Module{Path: path, In: width, Out: width, Norm: true}
}

// siteNames shortens module paths, most specific first.
var siteNames = strings.NewReplacer(
	"encoder.layer.", "layer.",
	"attention.self.", "attention.",
	"attention.output.dense", "attention.output",
	"attention.output.LayerNorm", "attention.norm",
	"intermediate.dense", "ffn.in",
	"output.dense", "ffn.out",
	"output.LayerNorm", "ffn.norm",
	"embeddings.LayerNorm", "embeddings.norm",
)

// Site is the short name of a module: "encoder.layer.3.attention.self.query" is the site "layer.3.attention.query".
func Site(module string) string { return siteNames.Replace(module) }
