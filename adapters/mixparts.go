package adapters

// This file checks the parts of a mix and writes them as its canonical text.

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// parts is a mix taken apart: terms or a router.
type parts struct {
	terms []Term
	route *Route
}

// mix checks the parts and brings them into canonical order.
func (p parts) mix() (Mix, error) {
	if err := p.validate(); err != nil {
		return Mix{}, err
	}
	if p.route != nil {
		return Mix{p.route.text()}, nil
	}
	return Mix{sumText(p.terms)}, nil
}

func (p parts) validate() error {
	if p.route != nil {
		return p.route.validate()
	}
	if len(p.terms) > maxTerms {
		return fault.New(fault.Invalid, "mix has %d adapters, more than %d", len(p.terms), maxTerms)
	}
	seen := make(map[string]bool, len(p.terms))
	for _, t := range p.terms {
		if err := ValidName(t.ID); err != nil {
			return err
		}
		if seen[t.ID] {
			return fault.New(fault.Invalid, "adapter %q occurs twice in the mix", t.ID).WithHint("write its total weight once: %s*2", t.ID)
		}
		seen[t.ID] = true
		switch w := float64(t.Weight); {
		case math.IsNaN(w) || math.Abs(w) > maxWeight:
			return fault.New(fault.Invalid, "weight of adapter %q is %v, beyond ±%d", t.ID, t.Weight, maxWeight)
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
	if len(r.Of) == 0 || len(r.Of) > maxRouteOf || len(r.Options) > maxOptions {
		return fault.New(fault.Invalid, "router %s needs 1 to %d adapters and at most %d options", r.Name, maxRouteOf, maxOptions)
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

// sumText is the canonical text of a sum; "" for none.
func sumText(terms []Term) string {
	terms = slices.Clone(terms)
	slices.SortFunc(terms, func(a, b Term) int {
		if neg := (a.Weight < 0); neg != (b.Weight < 0) {
			if neg {
				return 1
			}
			return -1
		}
		return cmp.Or(strings.Compare(a.ID, b.ID), cmp.Compare(a.Weight, b.Weight))
	})
	var b strings.Builder
	for i, t := range terms {
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
	b.WriteString(r.Name + "(" + strings.Join(slices.Sorted(slices.Values(r.Of)), ","))
	sep := ";"
	for _, key := range sortedKeys(r.Options) {
		b.WriteString(sep + key + "=" + r.Options[key])
		sep = ","
	}
	return b.String() + ")"
}
