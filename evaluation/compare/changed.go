package compare

import "slices"

// changed names the systems whose evaluations used more than one content of their model, or of an adapter: the same names
// before and after a training, for example. A digest that is not known says nothing.
func (b *builder) changed() (names []string) {
	for i, s := range b.s.Systems {
		var known [3]string
		differs := false
		for _, row := range b.table {
			if row[i] == nil {
				continue
			}
			d := row[i].Report.Digests
			for part, digest := range [3]string{d.Model, d.Adapter, d.DocAdapter} {
				if digest != "" {
					differs = differs || known[part] != "" && known[part] != digest
					known[part] = digest
				}
			}
		}
		if differs {
			names = append(names, s.Name)
		}
	}
	return names
}

// versionsOf lists the versions of the program that made evaluations.
func versionsOf(evaluations []*Evaluation) []string {
	var out []string
	for _, e := range evaluations {
		if v := e.Report.Digests.Code; v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}
