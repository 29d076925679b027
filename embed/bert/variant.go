package bert

import (
	"sort"
	"strings"
)

// Use says what adapters do at one layer.
type Use struct {
	LowRank bool // B (A x) is added; B's last column is the layer's bias, with what adapters change of it
	Scale   bool // W x is multiplied by a number per output (DoRA); with LowRank only
	Bias    bool // a bias is added to a layer that has no low-rank update; without effect on one that has
}

// Variant says which graph is built. Variants with equal keys have equal graphs.
type Variant struct {
	// PerRow gives every row of the batch its own A, B and bias. Otherwise one set serves the whole batch, and the
	// products over all tokens are single large ones.
	PerRow bool
	// Sites is what adapters do, by module path. Empty: the plain encoder.
	Sites map[string]Use
}

// Key identifies the graph within one model: a cache key, and a name for logs.
func (v Variant) Key() string {
	if len(v.Sites) == 0 {
		return "plain"
	}
	parts := make([]string, 0, len(v.Sites))
	for module, use := range v.Sites {
		s := Site(module)
		switch {
		case !use.LowRank:
			s += "(bias)"
		case use.Scale:
			s += "(scale)"
		}
		parts = append(parts, s)
	}
	sort.Strings(parts)
	kind := "batch"
	if v.PerRow {
		kind = "row"
	}
	return kind + ":" + strings.Join(parts, ",")
}

// A names the input of the first factor of a module's update.
func (v Variant) A(module string) string { return Site(module) + ".A" }

// B names the input of the second factor, [out, R+1] with the bias as its last column.
func (v Variant) B(module string) string { return Site(module) + ".B" }

// Scale names the input of the factors of W x, one per output.
func (v Variant) Scale(module string) string { return Site(module) + ".scale" }

// Bias names the input of the added bias of a module without a low-rank update.
func (v Variant) Bias(module string) string { return Site(module) + ".bias" }
