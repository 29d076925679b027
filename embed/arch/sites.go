package arch

import "loradex/adapters/delta"

// Sites lists the places of the encoder that an adapter may change: its layers, in the order of the computation, then its
// points.
func Sites(m *Model) ([]delta.Site, error) {
	sites, f := m.Config.layers(), m.Config.Table()
	for i := range sites {
		if m.Config.bare(sites[i]) {
			continue
		}
		bias, _, err := m.Weight(sites[i].Path + ".bias")
		if err != nil {
			return nil, err
		}
		sites[i].Bias = bias
	}
	sites = append(sites, m.point(embeddings, delta.State, -1))
	for i := range m.Config.Layers {
		for _, sublayer := range []string{attention, feedForward} {
			for _, name := range []string{delta.Output, delta.Parallel, delta.Normed, delta.State} {
				sites = append(sites, m.point(f.block(i)+"."+sublayer, name, i))
			}
		}
	}
	return sites, nil
}

// What points stand behind: the embeddings, and the halves of a block, by their names behind its path.
const (
	embeddings  = "embeddings"
	attention   = "attention"
	feedForward = "ffn"
)

func (m *Model) point(sublayer, name string, block int) delta.Site {
	h := m.Config.HiddenSize
	return delta.Site{Path: delta.At(sublayer, name), Kind: delta.Point, In: h, Out: h, Block: block}
}
