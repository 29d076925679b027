//go:build cgo && ORT

package embed_test

import (
	"strings"
	"testing"

	"loradex/embed"
	"loradex/internal/fault"
)

const arrowMix = "arrow(arrow_a,arrow_b,arrow_c)"

// TestArrowInBatch: a row that is routed is what it is alone beside rows with sums, with other methods, with more or fewer
// adapters to choose among, and with none; and so are they.
func TestArrowInBatch(t *testing.T) {
	texts, e := shortTexts(t), shared(t)
	var rows []embed.Row
	for i, name := range []string{arrowMix, "none", "arrow_a+arrow_b*0.5", "all_r8", "arrow(arrow_a,arrow_b;k=1)", "dora_r8", "hub_bn_gelu", "arrow(arrow_c)", arrowMix} {
		rows = append(rows, embed.Row{Text: texts[i], Mix: mix(t, name)})
	}
	together := encode(t, e, rows)
	for i := range rows {
		if d := maxDiff(together[i], encode(t, e, rows[i:i+1])[0]); d > 2e-6 {
			t.Errorf("%s: differs from itself alone by %.2g", rows[i].Mix, d)
		}
	}
}

// TestArrowOfOne: a router over one adapter is the adapter; one that takes both of two equal ones is, too.
func TestArrowOfOne(t *testing.T) {
	texts, e := shortTexts(t), shared(t)
	alone := encode(t, e, []embed.Row{{Text: texts[5], Mix: mix(t, "arrow_a")}})[0]
	for _, name := range []string{"arrow(arrow_a)", "arrow(arrow_a;k=3,t=0.1)"} {
		if d := maxDiff(alone, encode(t, e, []embed.Row{{Text: texts[5], Mix: mix(t, name)}})[0]); d > 1e-6 {
			t.Errorf("%s differs from the adapter by %.2g", name, d)
		}
	}
}

// TestArrowRefused: routers that cannot be, with the reason.
func TestArrowRefused(t *testing.T) {
	e := shared(t)
	for name, c := range map[string]struct {
		code  fault.Code
		words string
	}{
		"arrow(arrow_a,dora_r8)":     {fault.Unsupported, "dora_r8"},
		"arrow(arrow_a,hub_bn_gelu)": {fault.Unsupported, "hub_bn_gelu"},
		"arrow(arrow_a,bias_all)":    {fault.Unsupported, "bias_all"},
		"arrow(arrow_a,nowhere)":     {fault.NotFound, "nowhere"},
		"arrow(arrow_a;k=0)":         {fault.Invalid, "k is"},
		"arrow(arrow_a;t=0)":         {fault.Invalid, "t is"},
		"arrow(arrow_a;speed=9)":     {fault.Invalid, "speed"},
		"centroid(arrow_a,arrow_b)":  {fault.Unsupported, "centroid"},
	} {
		_, err := e.Encode(t.Context(), []embed.Row{{Text: "a", Mix: mix(t, name)}})
		if fault.CodeOf(err) != c.code || !strings.Contains(err.Error()+fault.HintOf(err), c.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestArrowSpace: documents of a router have a space of their own, by what it does: not by the names of its adapters or by
// defaults that are written.
func TestArrowSpace(t *testing.T) {
	e := shared(t)
	id := func(name string) string {
		s, err := e.Space(t.Context(), mix(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return s.ID
	}
	own := id(arrowMix)
	if same := id("arrow(arrow_c,arrow_b,arrow_a;t=1,k=2)"); same != own {
		t.Errorf("defaults that are written make another space: %s, %s", own, same)
	}
	for _, other := range []string{"none", "arrow(arrow_a,arrow_b)", "arrow(arrow_a,arrow_b,arrow_c;k=1)", "arrow(arrow_a,arrow_b,arrow_c;t=2)", "arrow_a+arrow_b+arrow_c"} {
		if id(other) == own {
			t.Errorf("%s has the space of %s", other, arrowMix)
		}
	}
}
