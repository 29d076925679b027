package bert

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/embed/model"
	"loradex/internal/fault"
)

func small(t *testing.T) *model.Model {
	t.Helper()
	m, err := model.Open(filepath.Join("..", "model", "testdata", "models", "bert-fp16"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func TestSite(t *testing.T) {
	for module, want := range map[string]string{
		"encoder.layer.3.attention.self.query":       "layer.3.attention.query",
		"encoder.layer.0.attention.output.dense":     "layer.0.attention.output",
		"encoder.layer.0.attention.output.LayerNorm": "layer.0.attention.norm",
		"encoder.layer.11.intermediate.dense":        "layer.11.ffn.in",
		"encoder.layer.11.output.dense":              "layer.11.ffn.out",
		"encoder.layer.1.output.LayerNorm":           "layer.1.ffn.norm",
		"embeddings.LayerNorm":                       "embeddings.norm",
	} {
		if got := Site(module); got != want {
			t.Errorf("%s: %s, want %s", module, got, want)
		}
	}
}

// TestEverySiteHasItsInputs adapts every layer and looks for the inputs that the graph then has.
func TestEverySiteHasItsInputs(t *testing.T) {
	m := small(t)
	mods, err := Modules(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, perRow := range []bool{false, true} {
		v := Variant{PerRow: perRow, Sites: map[string]Use{}}
		want := []string{InputIDs, InputMask}
		var order []string
		for _, mod := range mods {
			v.Sites[mod.Path] = Use{LowRank: !mod.Norm, Bias: true}
			order = append(order, mod.Path)
			if !mod.Norm {
				want = append(want, v.A(mod.Path), v.B(mod.Path)) // the bias rides in B
			} else {
				want = append(want, v.Bias(mod.Path))
			}
		}
		g, err := Build(m, v)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(g.Inputs, want) || !slices.Equal(g.Modules, order) {
			t.Errorf("per row %v: inputs %v, want %v", perRow, g.Inputs, want)
		}
	}
	if g, err := Build(m, Variant{}); err != nil || len(g.Inputs) != 2 || len(g.Modules) != 0 {
		t.Errorf("plain: %v %v", g, err)
	}
}

func TestBuildRefuses(t *testing.T) {
	m := small(t)
	for name, c := range map[string]struct {
		sites map[string]Use
		code  fault.Code
	}{
		"unknown layer":        {map[string]Use{"encoder.layer.99.output.dense": {LowRank: true}}, fault.Invalid},
		"low rank on the norm": {map[string]Use{"embeddings.LayerNorm": {LowRank: true}}, fault.Unsupported},
	} {
		if _, err := Build(m, Variant{Sites: c.sites}); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestVariantKey(t *testing.T) {
	a := Variant{Sites: map[string]Use{"encoder.layer.0.attention.self.query": {LowRank: true}, "encoder.layer.1.attention.self.query": {Bias: true}}}
	b := a
	b.PerRow = true
	if a.Key() == b.Key() || (Variant{}).Key() != "plain" || !strings.Contains(a.Key(), "layer.1.attention.query(bias)") {
		t.Errorf("keys %q and %q", a.Key(), b.Key())
	}
}
