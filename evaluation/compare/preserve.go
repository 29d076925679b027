package compare

import (
	"slices"
	"strings"
)

// preserve computes the score of every system whose domain is known.
func (b *builder) preserve() {
	for i, system := range b.s.Systems {
		if i == 0 {
			continue
		}
		domain, known := b.domain(system)
		if !known {
			if len(system.adapters()) > 0 || system.Model != b.s.Systems[0].Model && !system.isLexical() {
				b.s.Unknown = append(b.s.Unknown, system.Name)
			}
			continue
		}
		p := Preservation{System: system.Name}
		for at, set := range b.s.Sets {
			c, reference := b.table[at][i], b.table[at][0]
			if c == nil || reference == nil {
				continue
			}
			// A joined set is called a+b: who was trained on a has seen a part of it.
			if slices.ContainsFunc(append(strings.Split(set.Name, "+"), set.Name), func(name string) bool { return slices.Contains(domain, name) }) {
				p.InDomain = append(p.InDomain, set.Label())
				continue
			}
			m := c.result.Metric(b.o.Metrics[0])
			was := reference.Report.Metrics[b.o.Metrics[0]]
			if was == 0 {
				p.Omitted = append(p.Omitted, set.Label())
				continue
			}
			p.Sets = append(p.Sets, preserved{
				Set: set.Name, Split: set.Split, Reference: was, System: m.Mean, Kept: min(1, m.Mean/was), Difference: m.Difference,
			})
		}
		if len(p.Sets) == 0 {
			continue // nothing outside of its domain was measured
		}
		for _, kept := range p.Sets {
			p.Score += kept.Kept / float64(len(p.Sets))
		}
		b.s.Preservation = append(b.s.Preservation, p)
	}
}

// domain lists the sets that a system was trained for. It is known where it is given for the system, for its model or for
// each of its adapters.
func (b *builder) domain(s system) (sets []string, known bool) {
	if sets, ok := b.o.InDomain[s.Name]; ok {
		return sets, true
	}
	ids := s.adapters()
	if len(ids) == 0 {
		sets, known = b.o.InDomain[s.Model]
		return sets, known
	}
	for _, id := range ids {
		of, ok := b.o.InDomain[id]
		if !ok {
			return nil, false
		}
		sets = append(sets, of...)
	}
	return sets, true
}

// unmatched names what the domains say and no evaluation is of.
func (b *builder) unmatched() []string {
	systems, sets, out := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, system := range b.s.Systems {
		systems[system.Name], systems[system.Model] = true, true
		for _, id := range system.adapters() {
			systems[id] = true
		}
	}
	for _, set := range b.s.Sets {
		for _, name := range append(strings.Split(set.Name, "+"), set.Name) {
			sets[name] = true
		}
	}
	for system, domain := range b.o.InDomain {
		if !systems[system] {
			out["the system "+system] = true
		}
		for _, set := range domain {
			if !sets[set] {
				out["the data set "+set] = true
			}
		}
	}
	return sortedKeys(out)
}
