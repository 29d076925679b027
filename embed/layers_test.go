package embed

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/model"
	"loradex/internal/fault"
)

func small(t *testing.T) (*model.Model, []delta.Site) {
	t.Helper()
	m, err := model.Open(filepath.Join("model", "testdata", "models", "bert-fp16"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	sites, err := arch.Sites(&m.Model)
	if err != nil {
		t.Fatal(err)
	}
	return m, sites
}

// TestEverySiteHasItsInputs adapts every site with every port that it can have, and looks for the inputs that the graph then
// has: all of them, each once.
func TestEverySiteHasItsInputs(t *testing.T) {
	m, sites := small(t)
	for _, perRow := range []bool{false, true} {
		v := variant{perRow: perRow, sites: map[string]portSet{}}
		want := []string{inputIDs, inputMask}
		for _, s := range sites {
			set := branches | portScale | portIn
			switch s.Kind {
			case delta.Norm:
				set = portShift
			case delta.Point:
				set &^= portIn
			}
			v.sites[s.Path] = set
			set.each(func(_ int, p *port) { want = append(want, s.Path+p.name) })
		}
		g, err := build(m, byPath(sites), v)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range g.model.Inputs {
			got = append(got, v.Name)
		}
		var slots []string
		for _, s := range g.slots {
			slots = append(slots, s.site.Path+s.port.name)
		}
		if !slices.Equal(got[2:], slots) {
			t.Errorf("per row %v: inputs %v, slots %v", perRow, got, slots)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("per row %v: inputs %v, want %v", perRow, got, want)
		}
	}
	if g, err := build(m, byPath(sites), variant{}); err != nil || len(g.model.Inputs) != 2 || len(g.slots) != 0 {
		t.Errorf("plain: %v %v", g, err)
	}
}

func TestBuildRefuses(t *testing.T) {
	m, sites := small(t)
	lowRank := portsNamed(".A", ".B")
	for name, c := range map[string]struct {
		sites map[string]portSet
		code  fault.Code
	}{
		"unknown layer":        {map[string]portSet{"encoder.layer.99.output.dense": lowRank}, fault.Invalid},
		"low rank on the norm": {map[string]portSet{"embeddings.LayerNorm": lowRank}, fault.Unsupported},
	} {
		if _, err := build(m, byPath(sites), variant{sites: c.sites}); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestVariantKey(t *testing.T) {
	a := variant{sites: map[string]portSet{"encoder.layer.0.attention.self.query": portsNamed(".A", ".B"), "encoder.layer.1.attention.self.query": portShift}}
	b := a
	b.perRow = true
	if a.key() == b.key() || (variant{}).key() != "plain" || !strings.Contains(a.key(), "layer.1.attention.self.query(shift)") {
		t.Errorf("keys %q and %q", a.key(), b.key())
	}
}
