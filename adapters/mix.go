package adapters

import "loradex/internal/fault"

// Limits of a mix. They bound what a request can make the encoder do.
const (
	maxTerms     = 16   // adapters in one mix
	maxWeight    = 1000 // magnitude of one weight
	maxRouteOf   = 32   // adapters that a router chooses among; more would not fit the text
	maxMixLength = 4096 // bytes of its text
	maxOptions   = 16
)

// Term is one weighted adapter of a mix.
type Term struct {
	ID     string  `json:"id"`
	Weight float32 `json:"weight"`
}

// BaseMix is the text of the mix without adapters: the plain base encoder.
const BaseMix = "none"

// Mix is what one row is encoded with: its canonical text, so that mixes are compared with == and are keys of maps. The zero
// Mix is the base encoder. One that is not zero was checked when it was made: by [ParseMix], by [Sum] or from JSON.
//
// Canonical are terms with positive weights by name, then those with negative weights by name; a router's names sorted;
// weights as the shortest decimals that give the same float32. A name occurs once: `go+go` is refused, not summed, as it is
// a slip more often than a wish, and `go*2` says it. A weight of 0 is refused for the same reason.
type Mix struct{ text string } // "" for the base

// Route is a router's spelling; a build that lacks the router refuses it by name, after parsing.
type Route struct {
	Name    string // "auto", "arrow", "centroid", "gate", "select", "blend"
	Of      []string
	Options map[string]string
}

// routers are the words of the grammar; "auto" alone takes no names.
var routers = []string{"auto", "arrow", "centroid", "gate", "select", "blend"}

// Sum returns the mix of some weighted adapters; the base for none. Invalid where a name or a weight is, or a name twice.
func Sum(terms ...Term) (Mix, error) { return parts{terms: terms}.mix() }

// IsBase says whether the mix is the plain base encoder.
func (m Mix) IsBase() bool { return m == Mix{} }

// Terms returns the weighted adapters in canonical order; nil for the base and for a router.
func (m Mix) Terms() []Term { return m.parts().terms }

// Route returns the router that picks the terms; nil where the mix names them.
func (m Mix) Route() *Route { return m.parts().route }

// String is the canonical text: "none", "go+security*0.3", "go - tests*0.5", "arrow(go,python;k=2)".
func (m Mix) String() string {
	if m.IsBase() {
		return BaseMix
	}
	return m.text
}

// parts reads the text again: one or two microseconds, where an adapter is looked up in the file system.
func (m Mix) parts() parts {
	if m.IsBase() {
		return parts{}
	}
	p, _ := (&mixParser{text: m.text}).mix() // the text was made by parts.mix
	return p
}

// Names returns the adapters that the mix names: those of its terms, or those that a router chooses among.
func (m Mix) Names() []string {
	p := m.parts()
	if p.route != nil {
		return p.route.Of
	}
	names := make([]string, len(p.terms))
	for i, t := range p.terms {
		names[i] = t.ID
	}
	return names
}

// Resolvable returns nil for a mix that names its adapters, and for a router of this build; Unsupported, naming the router, for
// any other, and Invalid for options that the router does not have.
func (m Mix) Resolvable() error {
	r := m.Route()
	switch {
	case r == nil:
		return nil
	case r.Name == "arrow":
		_, err := r.Arrow()
		return err
	}
	return fault.New(fault.Unsupported, "router %q is not part of this build", r.Name).
		WithHint("use arrow(…), or name the adapters, as in go+security*0.3")
}
