package embed

import (
	"context"
	"slices"

	"loradex/adapters"
	"loradex/adapters/delta"
)

// mix is a resolved mix: what to do at every site that it changes. A nil *mix is the base.
type mix struct {
	sites map[string]*siteUpdate // by path
	ports map[string]portSet     // that the mix needs, by path
	bytes int                    // that the mix takes in a batch, per row
	// heap is what the mix itself holds, apart from the adapters' files, which stay open as long as it is kept.
	heap int
}

// siteUpdate is what a mix does at one site: branches of its adapters side by side, and the rest joined. With w the
// weights of the adapters and s, t, ρ, d what they do there ([delta.Update]):
type siteUpdate struct {
	groups []group
	shift  []float32 // Σ w·d, and what the branches add whatever they read
	in     []float32 // Π (1 + w·(t − 1))
	out    []float32 // Π (1 + w·(s − 1)): of all that the layer gives, its bias included
	rows   []float32 // 1 + Σ w·(ρ − 1): of W x alone, because it is a change of the weight, and changes of weights add up
	scale  []float32 // out∘rows
	gates  *gates    // of a router; nil: the branches' factors are all there is
}

// group is the branches of one activation.
type group struct {
	act   string
	rank  int // sum of the parts'
	parts []part
}

// part is one branch of one adapter with its factor: weight times scale.
type part struct {
	delta.Branch
	factor float32
	rows   []float32 // ρ, a factor of its own for each row of B; nil: 1
}

// none is what a mix does where it does nothing.
var none = &siteUpdate{}

// at is what the mix does at a site.
func (m *mix) at(path string) *siteUpdate {
	if m != nil {
		if u := m.sites[path]; u != nil {
			return u
		}
	}
	return none
}

// of is the branches of one activation.
func (u *siteUpdate) of(act string) []part {
	for i := range u.groups {
		if u.groups[i].act == act {
			return u.groups[i].parts
		}
	}
	return nil
}

// join gathers the updates of weighted adapters by site. A weight of 0 leaves an adapter out.
func (e *Encoder) join(ctx context.Context, list []adapters.Weighted, route *adapters.Arrow) (*mix, error) {
	m := &mix{sites: map[string]*siteUpdate{}, ports: map[string]portSet{}}
	for _, w := range list {
		if w.Weight == 0 {
			continue
		}
		made, err := e.prepared.of(ctx, w.Adapter)
		if err != nil {
			return nil, err
		}
		for _, s := range e.sites {
			u, ok := w.Adapter.Updates[s.Path]
			if !ok {
				continue
			}
			if m.sites[s.Path] == nil {
				m.sites[s.Path] = &siteUpdate{}
			}
			u = u.With(made[s.Path])
			m.sites[s.Path].add(u, s, w.Weight)
			if route != nil {
				if err := m.sites[s.Path].route(u, w.Adapter, *route); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(m.sites) == 0 {
		return nil, nil
	}
	for path, u := range m.sites {
		m.measure(e.byPath[path], u)
	}
	return m, nil
}

// add joins one adapter's update to the site's.
func (u *siteUpdate) add(d delta.Update, s delta.Site, weight float32) {
	for _, b := range d.Branches {
		i := slices.IndexFunc(u.groups, func(g group) bool { return g.act == b.Act })
		if i < 0 {
			i = len(u.groups)
			u.groups = append(u.groups, group{act: b.Act})
		}
		g := &u.groups[i]
		p := part{b, weight * b.Scale, d.Rows}
		g.parts, g.rank = append(g.parts, p), g.rank+b.Rank
		for o, v := range b.BBias {
			f := p.factor
			if p.rows != nil {
				f *= p.rows[o]
			}
			filled(&u.shift, s.Out, 0)[o] += f * v
		}
	}
	if d.Shift != nil {
		shift := filled(&u.shift, s.Out, 0)
		for o, v := range d.Shift {
			if d.Whole && s.Bias != nil { // the graph, or its inputs, have the base's already
				v -= s.Bias[o]
			}
			shift[o] += weight * v
		}
	}
	for i, v := range d.Inputs {
		filled(&u.in, s.In, 1)[i] *= 1 + weight*(v-1)
	}
	for o, v := range d.Outputs {
		filled(&u.out, s.Out, 1)[o] *= 1 + weight*(v-1)
	}
	for o, v := range d.Rows {
		filled(&u.rows, s.Out, 1)[o] += weight * (v - 1)
	}
}

// filled is a slice that is made of one number when it is first wanted.
func filled(p *[]float32, n int, v float32) []float32 {
	if *p == nil {
		*p = slices.Repeat([]float32{v}, n)
	}
	return *p
}

// measure finds the ports that a site needs, once all adapters are joined, and what they take.
func (m *mix) measure(s delta.Site, u *siteUpdate) {
	u.scale = u.rows
	if u.out != nil {
		u.scale = slices.Clone(u.out)
		for o, v := range u.rows {
			u.scale[o] *= v
		}
	}
	ranks := map[string]int{}
	for _, g := range u.groups {
		ranks[g.act] = g.rank
	}
	var set portSet
	for i, p := range ports {
		if p.branch && ranks[p.act] > 0 || p.needs != nil && p.needs(u) {
			set |= 1 << i
		}
	}
	set = set.settled()
	set.each(func(_ int, p *port) {
		rows, columns := p.shape(s, sizes{ranks[p.act], u.gates.count()})
		m.bytes += 4 * max(1, rows) * columns
	})
	m.ports[s.Path] = set
	for _, v := range [][]float32{u.shift, u.in, u.out, u.rows, u.scale} {
		m.heap += 4 * len(v)
	}
	m.heap += u.gates.heap() + 512 // of the structures themselves
}

// portsOf is the union of what the mixes need.
func portsOf(mixes []*mix) map[string]portSet {
	sites := map[string]portSet{}
	for _, m := range mixes {
		if m == nil {
			continue
		}
		for path, set := range m.ports {
			sites[path] = (sites[path] | set).settled()
		}
	}
	return sites
}

// packBytes is how much memory the mix takes in a batch, per row.
func (m *mix) packBytes() int {
	if m == nil {
		return 0
	}
	return m.bytes
}
