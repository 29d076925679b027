package embed

import (
	"slices"
	"testing"

	"loradex/adapters"
	"loradex/adapters/delta"
)

// portsNamed is a set of ports by their names.
func portsNamed(names ...string) (set portSet) {
	for _, name := range names {
		set |= portNamed(name)
	}
	return set
}

// joined is what an encoder of one layer makes of weighted adapters.
func joined(t *testing.T, c *preparedCache, list ...adapters.Weighted) *mix {
	t.Helper()
	e := &Encoder{sites: c.sites, byPath: byPath(c.sites), prepared: c}
	m, err := e.join(t.Context(), list, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// packedBy packs mixes for a graph with the given ports at one site, and returns the inputs by their ports' names.
func packedBy(mixes []*mix, s delta.Site, set portSet) map[string][]float32 {
	g := &loaded{variant: variant{perRow: true, sites: map[string]portSet{s.Path: set}}}
	set.each(func(_ int, p *port) { g.slots = append(g.slots, slot{s, p}) })
	out := map[string][]float32{}
	var memory scratch
	for i, in := range pack(&memory, g, mixes) {
		out[g.slots[i].port.name] = in.Floats
	}
	return out
}

// TestScaleOfMixes packs two weighted adapters, of which one has factors, beside the base: the inputs are the formula's.
func TestScaleOfMixes(t *testing.T) {
	reads := 0
	c := oneLayer(&reads)
	d := dora("d", []float32{-3, 0, 12}, []float32{8, 5, 26}) // s = 2, 1, 2
	plain := dora("p", []float32{1, 1, 1}, nil)
	m := joined(t, c, adapters.Weighted{Adapter: d, Weight: 0.5}, adapters.Weighted{Adapter: plain, Weight: -2})
	want := portsNamed(".A", ".B", ".scale")
	if got := portsOf([]*mix{nil, m})["q"]; got != want {
		t.Errorf("ports %s", got)
	}
	g := &loaded{variant: variant{perRow: true, sites: map[string]portSet{"q": want}}}
	want.each(func(_ int, p *port) { g.slots = append(g.slots, slot{c.sites[0], p}) })
	var s scratch
	in := pack(&s, g, []*mix{nil, m})
	if len(in) != 3 || !slices.Equal(in[2].Shape, []int64{2, 1, 3}) || !slices.Equal(in[2].Floats, []float32{1, 1, 1, 1.5, 1, 1.5}) {
		t.Errorf("scale %+v", in[2:])
	}
	// B of the mix: columns are s·weight·B of the first, weight·B of the second, the bias.
	if b := in[1].Floats[9:]; !slices.Equal(b, []float32{-3, -2, 0, 0, -2, 0, 12, -2, 0}) {
		t.Errorf("B %v", b)
	}
}

func TestServesScale(t *testing.T) {
	plain := variant{sites: map[string]portSet{"q": portsNamed(".A", ".B")}}
	scaled := variant{sites: map[string]portSet{"q": portsNamed(".A", ".B", ".scale")}}
	if plain.key() == scaled.key() {
		t.Error("two graphs have one key")
	}
	if serves(plain, scaled) || !serves(scaled, plain) {
		t.Error("a graph without the scale cannot serve a DoRA; one with it serves a LoRA with ones")
	}
}

// TestFactorsMultiply packs factors of two adapters: each becomes 1 + w·(s − 1), they multiply, and concern the bias, too.
// The layer has no branch, so that its constant part has an input of its own.
func TestFactorsMultiply(t *testing.T) {
	site := delta.Site{Path: "q", In: 2, Out: 2, Bias: []float32{10, 20}}
	c := newPreparedCache([]delta.Site{site}, nil)
	with := func(digest string, u delta.Update) *adapters.Adapter {
		u.Site, u.Out = "q", 2
		return &adapters.Adapter{Name: digest, Method: "lora", Digest: digest, Updates: map[string]delta.Update{"q": u}}
	}
	m := joined(t, c,
		adapters.Weighted{Adapter: with("a", delta.Update{Outputs: []float32{3, 1}, In: 2, Inputs: []float32{2, 2}}), Weight: 0.5},
		adapters.Weighted{Adapter: with("b", delta.Update{Outputs: []float32{1, 0}, Shift: []float32{1, 2}}), Weight: 2})
	set := portsNamed(".scale", ".shift", ".in")
	if m.ports["q"] != set {
		t.Errorf("ports %s", m.ports["q"])
	}
	in := packedBy([]*mix{m, nil}, site, set)
	for name, want := range map[string][]float32{".scale": {2, -1, 1, 1}, ".shift": {22, -16, 10, 20}, ".in": {1.5, 1.5, 1, 1}} {
		if !slices.Equal(in[name], want) {
			t.Errorf("%s: %v, want %v", name, in[name], want)
		}
	}
}

// TestBranchesOfTwoActivations packs bottlenecks at a point, two of one activation and one of another: they lie side by
// side where they share it, and what is constant rides behind the first.
func TestBranchesOfTwoActivations(t *testing.T) {
	site := delta.Site{Path: "p", Kind: delta.Point, In: 1, Out: 2}
	c := newPreparedCache([]delta.Site{site}, nil)
	bottleneck := func(act string, n float32) *adapters.Adapter {
		b := delta.Branch{Rank: 1, Act: act, A: []float32{n}, ABias: []float32{10 * n}, B: []float32{n, 2 * n}, BBias: []float32{1, 0}, Scale: 2}
		u := delta.Update{Site: "p", In: 1, Out: 2, Branches: []delta.Branch{b}}
		return &adapters.Adapter{Name: act, Method: "lora", Digest: act + string(rune(48+int(n))), Updates: map[string]delta.Update{"p": u}}
	}
	m := joined(t, c, adapters.Weighted{Adapter: bottleneck("relu", 1), Weight: 1}, adapters.Weighted{Adapter: bottleneck("relu", 2), Weight: 0.5},
		adapters.Weighted{Adapter: bottleneck("tanh", 3), Weight: 1})
	set := portsNamed(".A.relu", ".a.relu", ".B.relu", ".A.tanh", ".a.tanh", ".B.tanh")
	if m.ports["p"] != set {
		t.Errorf("ports %s", m.ports["p"])
	}
	in := packedBy([]*mix{nil, m}, site, set)
	for name, want := range map[string][]float32{
		".A.relu": {0, 0, 1, 2}, ".a.relu": {0, 0, 10, 20}, ".B.relu": {0, 0, 0, 0, 0, 0, 2, 2, 5, 4, 4, 0},
		".A.tanh": {0, 3}, ".a.tanh": {0, 30}, ".B.tanh": {0, 0, 0, 0, 6, 0, 12, 0},
	} {
		if !slices.Equal(in[name], want) {
			t.Errorf("%s: %v, want %v", name, in[name], want)
		}
	}
}
