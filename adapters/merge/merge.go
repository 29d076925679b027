package merge

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mathext/prng"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// Options say how adapters become one.
type Options struct {
	Method string // a name of [Methods]; the default is cat
	// Density is the share of each adapter's numbers that the methods which prune keep, above 0 and at most 1.
	Density float64
	// MajoritySign says how the sign of a number is elected, where a method does: "total", the default, by the sum of the
	// adapters' numbers, or "frequency", by how many there are of each sign.
	MajoritySign string
	Seed         uint64 // of what dare prunes, as torch.manual_seed: equal seeds keep equal numbers
	Rank         int    // of svd; 0 is the largest of the adapters' ranks
}

// Validate refuses values that are out of range, and those that the method does not read. Errors are Invalid.
func (o Options) Validate() error {
	m, err := methodNamed(o.Method)
	if err != nil {
		return err
	}
	refuse := func(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }
	switch {
	case m.prunes && !(o.Density > 0 && o.Density <= 1):
		return refuse("method %s needs a density above 0 and at most 1, the share of numbers that it keeps; it is %v", m.name, o.Density)
	case !m.prunes && o.Density != 0:
		return refuse("method %s keeps all numbers: it takes no density", m.name)
	case m.elects && !slices.Contains([]string{"", "total", "frequency"}, o.MajoritySign):
		return refuse("majority sign is %.40q, not total or frequency", o.MajoritySign)
	case !m.elects && o.MajoritySign != "":
		return refuse("method %s elects no sign: it takes no majority sign", m.name)
	case m.cuts && (o.Rank < 0 || o.Rank > maxRank):
		return refuse("rank %d is not between 1 and %d", o.Rank, maxRank)
	case !m.cuts && o.Rank != 0:
		return refuse("method %s takes no rank: svd does", m.name)
	}
	return nil
}

const maxRank = 1 << 16

// part is what one adapter has at a site: weight·scale·B(A x).
type part struct {
	delta.Branch
	factor float64 // weight·scale
}

// run is one merge.
type run struct {
	Options
	random *prng.MT19937
}

// Adapters merges LoRAs for a base with these sites. The result shares no memory with them, has the scale 1 (α = r) everywhere, and a
// card that names what it was made of. Trained biases are summed as in a mix, whatever the method: b + Σ weight·(b_k − b).
//
// Errors: Invalid for the options; Unsupported for an adapter that is no LoRA; Conflict for adapters that do not fit the
// base or each other.
func Adapters(list []adapters.Weighted, sites []delta.Site, o Options) (*adapters.Adapter, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	for _, w := range list {
		if w.Adapter.Method != "lora" {
			return nil, fault.New(fault.Unsupported, "adapter %q is of method %s: only LoRAs are merged, whose changes of a weight add up", w.Adapter.Name, w.Adapter.Method).
				WithHint("mixes take every method: %s", spell(list))
		}
		if math.IsNaN(float64(w.Weight)) || math.IsInf(float64(w.Weight), 0) {
			return nil, fault.New(fault.Invalid, "the weight of adapter %q is %v", w.Adapter.Name, w.Weight)
		}
		if err := w.Adapter.Check(sites); err != nil {
			return nil, err
		}
	}
	card, err := cardOf(list, o)
	if err != nil {
		return nil, err
	}
	r := &run{Options: o, random: prng.NewMT19937()}
	r.random.Seed(o.Seed)
	if r.Rank == 0 {
		for _, w := range list {
			r.Rank = max(r.Rank, w.Adapter.Rank())
		}
	}
	m, err := methodNamed(o.Method)
	if err != nil {
		return nil, err
	}
	out := &adapters.Adapter{Name: card.Name, Method: "lora", Card: card, Updates: map[string]delta.Update{}}
	for _, s := range sites { // their order is that of PEFT's modules, which what is random depends on
		u, there, err := r.site(m, list, s)
		if err != nil {
			return nil, err
		}
		if there {
			out.Updates[s.Path] = u
		}
	}
	return out, nil
}

// site merges what the adapters do at one site.
func (r *run) site(m method, list []adapters.Weighted, s delta.Site) (u delta.Update, there bool, err error) {
	u = delta.Update{Site: s.Path, In: s.In, Out: s.Out}
	var parts []part
	for _, w := range list {
		own, ok := w.Adapter.Updates[s.Path]
		if !ok {
			continue
		}
		there = true
		for _, b := range own.Branches {
			parts = append(parts, part{b, float64(w.Weight) * float64(b.Scale)})
		}
		if own.Shift == nil {
			continue
		}
		if len(s.Bias) != s.Out || !own.Whole {
			return u, false, fault.New(fault.Conflict, "adapter %q: layer %s has no bias that one could take the place of", w.Adapter.Name, s.Path)
		}
		if u.Shift == nil {
			u.Shift, u.Whole = slices.Clone(s.Bias), true
		}
		for i, v := range own.Shift {
			u.Shift[i] += w.Weight * (v - s.Bias[i])
		}
	}
	if len(parts) == 0 {
		return u, there, nil
	}
	b, err := m.join(r, parts, s)
	if err != nil {
		return u, false, err
	}
	b.Scale = 1
	u.Branches = []delta.Branch{b}
	return u, true, nil
}

// cardOf describes the result. Adapters for queries alone stay such where all are, and were trained against one space.
func cardOf(list []adapters.Weighted, o Options) (adapters.Card, error) {
	if len(list) == 0 {
		return adapters.Card{}, fault.New(fault.Invalid, "there are no adapters to merge")
	}
	c := list[0].Adapter.Card
	card := adapters.Card{
		Side: c.Side, Space: c.Space, BaseModel: c.BaseModel, BaseDigest: c.BaseDigest, BaseConfirmed: c.BaseConfirmed, Licence: c.Licence,
		Description: "merged by " + cmp.Or(o.Method, "cat") + ": " + spell(list),
	}
	for _, w := range list {
		c := w.Adapter.Card
		switch {
		case c.Side != card.Side || c.Space != card.Space:
			return card, fault.New(fault.Conflict, "adapter %q is for %s (space %q) and %q for %s (space %q): one adapter cannot be both",
				list[0].Adapter.Name, card.Side, card.Space, w.Adapter.Name, c.Side, c.Space)
		case c.BaseDigest != card.BaseDigest:
			return card, fault.New(fault.Conflict, "adapters %q and %q were made for different bases (digests %.16s and %.16s)",
				list[0].Adapter.Name, w.Adapter.Name, card.BaseDigest, c.BaseDigest)
		case c.Licence != card.Licence:
			card.Licence = strings.Trim(card.Licence+"; "+c.Licence, "; ")
		}
		for _, l := range c.Languages {
			if !slices.Contains(card.Languages, l) {
				card.Languages = append(card.Languages, l)
			}
		}
	}
	return card, nil
}

// spell is the sum of adapters as a mix is written, in the given order.
func spell(list []adapters.Weighted) string {
	terms := make([]adapters.Term, len(list))
	for i, w := range list {
		terms[i] = adapters.Term{ID: w.Adapter.Name, Weight: w.Weight}
	}
	m, err := adapters.Sum(terms...)
	if err != nil { // names of folders need not be names of mixes
		var names []string
		for _, w := range list {
			names = append(names, w.Adapter.Name)
		}
		return strings.Join(names, ", ")
	}
	return m.String()
}
