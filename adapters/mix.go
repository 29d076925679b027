package adapters

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// Limits of a mix. They bound what a request can make the encoder do.
const (
	MaxTerms     = 16   // adapters in one mix
	MaxWeight    = 1000 // magnitude of one weight
	MaxRouteOf   = 32   // adapters that a router chooses among; more would not fit the text
	MaxMixLength = 4096 // bytes of its text
	maxOptions   = 16
)

// Term is one weighted adapter of a mix.
type Term struct {
	ID     string  `json:"id"`
	Weight float32 `json:"weight"`
}

// Mix is what one row is encoded with. The zero Mix is the base encoder. Comparable through [Mix.String],
// which is canonical: ParseMix(m.String()) gives m again.
//
// A parsed mix is in canonical order: terms with positive weights by name, then those with negative weights by
// name; a router's names sorted. A name occurs once: `go+go` is refused, not summed, as it is a slip more often
// than a wish, and `go*2` says it. A weight of 0 is refused for the same reason.
type Mix struct {
	Terms []Term
	Route *Route // nil unless a router picks the terms
}

// Route is a router's spelling; a build that lacks the router refuses it by name, after parsing.
type Route struct {
	Name    string // "auto", "arrow", "centroid", "gate", "select", "blend"
	Of      []string
	Options map[string]string
}

// routers are the words of the grammar; "auto" alone takes no names.
var routers = []string{"auto", "arrow", "centroid", "gate", "select", "blend"}

// IsBase says whether the mix is the plain base encoder.
func (m Mix) IsBase() bool { return len(m.Terms) == 0 && m.Route == nil }

// Resolvable returns nil for a mix that names its adapters, and Unsupported, naming the router, for one that
// leaves the choice to a router: this build has none.
func (m Mix) Resolvable() error {
	if m.Route == nil {
		return nil
	}
	return fault.New(fault.Unsupported, "router %q is not part of this build", m.Route.Name).
		WithHint("name the adapters instead, as in go+security*0.3")
}

// Validate checks a mix that was built by hand against the rules that ParseMix enforces.
func (m Mix) Validate() error {
	if m.Route != nil {
		if len(m.Terms) > 0 {
			return fault.New(fault.Invalid, "a mix has terms or a router, not both")
		}
		return m.Route.validate()
	}
	if len(m.Terms) > MaxTerms {
		return fault.New(fault.Invalid, "mix has %d adapters, more than %d", len(m.Terms), MaxTerms)
	}
	seen := make(map[string]bool, len(m.Terms))
	for _, t := range m.Terms {
		if err := ValidName(t.ID); err != nil {
			return err
		}
		if seen[t.ID] {
			return fault.New(fault.Invalid, "adapter %q occurs twice in the mix", t.ID).WithHint("write its total weight once: %s*2", t.ID)
		}
		seen[t.ID] = true
		switch w := float64(t.Weight); {
		case math.IsNaN(w) || math.Abs(w) > MaxWeight:
			return fault.New(fault.Invalid, "weight of adapter %q is %v, beyond ±%d", t.ID, t.Weight, MaxWeight)
		case w == 0:
			return fault.New(fault.Invalid, "weight of adapter %q is 0, so it would do nothing", t.ID).WithHint("leave the adapter out")
		}
	}
	return nil
}

func (r *Route) validate() error {
	if !slices.Contains(routers, r.Name) {
		return fault.New(fault.Invalid, "router %.64q is unknown; known: %s", r.Name, strings.Join(routers, ", "))
	}
	if r.Name == "auto" {
		if len(r.Of) > 0 || len(r.Options) > 0 {
			return fault.New(fault.Invalid, "router auto takes neither names nor options")
		}
		return nil
	}
	if len(r.Of) == 0 || len(r.Of) > MaxRouteOf || len(r.Options) > maxOptions {
		return fault.New(fault.Invalid, "router %s needs 1 to %d adapters and at most %d options", r.Name, MaxRouteOf, maxOptions)
	}
	seen := make(map[string]bool, len(r.Of))
	for _, name := range r.Of {
		if err := ValidName(name); err != nil {
			return err
		}
		if seen[name] {
			return fault.New(fault.Invalid, "adapter %q occurs twice in router %s", name, r.Name)
		}
		seen[name] = true
	}
	for key, value := range r.Options {
		if !isWord(key, 32, false) || !isWord(value, 64, true) {
			return fault.New(fault.Invalid, "router %s: option %.64q = %.64q is not a plain word or number", r.Name, key, value)
		}
	}
	return nil
}

// isWord says whether s is 1 to limit letters, digits and underscores, and with loose also . + and -.
func isWord(s string, limit int, loose bool) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for _, c := range []byte(s) {
		plain := c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !plain && (!loose || c != '.' && c != '+' && c != '-') {
			return false
		}
	}
	return true
}

// canonical returns the mix in canonical order, without changing m.
func (m Mix) canonical() Mix {
	if m.Route != nil {
		r := *m.Route
		r.Of = slices.Sorted(slices.Values(r.Of))
		if len(r.Options) == 0 {
			r.Options = nil
		}
		return Mix{Route: &r}
	}
	if len(m.Terms) == 0 {
		return Mix{}
	}
	terms := slices.Clone(m.Terms)
	slices.SortFunc(terms, func(a, b Term) int {
		if neg := (a.Weight < 0); neg != (b.Weight < 0) {
			if neg {
				return 1
			}
			return -1
		}
		return cmp.Or(strings.Compare(a.ID, b.ID), cmp.Compare(a.Weight, b.Weight))
	})
	return Mix{Terms: terms}
}

// String is the canonical text: "none", "go+security*0.3", "go - tests*0.5", "arrow(go,python;k=2)". Equal mixes
// have equal texts, whatever the order of their terms. Weights are the shortest decimals that give the same float32.
func (m Mix) String() string {
	if m.IsBase() {
		return "none"
	}
	c := m.canonical()
	if c.Route != nil {
		return c.Route.text()
	}
	var b strings.Builder
	for i, t := range c.Terms {
		w := t.Weight
		switch {
		case i > 0 && w < 0:
			b.WriteString(" - ")
			w = -w
		case i > 0:
			b.WriteByte('+')
		}
		b.WriteString(t.ID)
		if w != 1 {
			b.WriteByte('*')
			b.WriteString(strconv.FormatFloat(float64(w), 'f', -1, 32))
		}
	}
	return b.String()
}

func (r *Route) text() string {
	if r.Name == "auto" {
		return r.Name
	}
	var b strings.Builder
	b.WriteString(r.Name + "(" + strings.Join(r.Of, ","))
	sep := ";"
	for _, key := range sortedKeys(r.Options) {
		b.WriteString(sep + key + "=" + r.Options[key])
		sep = ","
	}
	return b.String() + ")"
}
