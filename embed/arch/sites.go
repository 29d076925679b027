package arch

import (
	"fmt"

	"loradex/adapters/delta"
	"loradex/embed/model"
)

// Sites lists the places of the encoder that an adapter may change: its layers, in the order of the computation, then its
// points.
func Sites(m *model.Model) ([]delta.Site, error) {
	c := m.Config
	h, f := c.HiddenSize, c.Intermediate
	layers := []delta.Site{norm("embeddings.LayerNorm", h, -1)}
	points := []delta.Site{point("embeddings", delta.State, h, -1)}
	for i := range c.Layers {
		p := fmt.Sprintf("encoder.layer.%d.", i)
		layers = append(layers,
			linear(p+"attention.self.query", h, h, i), linear(p+"attention.self.key", h, h, i), linear(p+"attention.self.value", h, h, i),
			linear(p+"attention.output.dense", h, h, i), norm(p+"attention.output.LayerNorm", h, i),
			linear(p+"intermediate.dense", h, f, i), linear(p+"output.dense", f, h, i), norm(p+"output.LayerNorm", h, i))
		for _, sublayer := range []string{p + "attention", p + "ffn"} {
			for _, name := range []string{delta.Output, delta.Parallel, delta.Normed, delta.State} {
				points = append(points, point(sublayer, name, h, i))
			}
		}
	}
	for i := range layers {
		bias, _, err := m.Weight(layers[i].Path + ".bias")
		if err != nil {
			return nil, err
		}
		layers[i].Bias = bias
	}
	return append(layers, points...), nil
}

func linear(path string, in, out, block int) delta.Site {
	return delta.Site{Path: path, In: in, Out: out, Block: block}
}

func norm(path string, width, block int) delta.Site {
	return delta.Site{Path: path, Kind: delta.Norm, In: width, Out: width, Block: block}
}

func point(sublayer, name string, width, block int) delta.Site {
	return delta.Site{Path: delta.At(sublayer, name), Kind: delta.Point, In: width, Out: width, Block: block}
}
