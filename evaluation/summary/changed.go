package summary

import "slices"

// changed names the systems whose evaluations used more than one content of their model, or of an adapter: the same names
// before and after a training, for example. A digest that is not known says nothing.
func (b *builder) changed(evaluations []*Evaluation) []string {
	type part struct {
		system int
		of     string
	}
	seen := map[part]string{}
	differs := map[int]bool{}
	for _, e := range evaluations {
		system, d := b.place[keyOf(e)], e.Report.Digests
		for of, digest := range map[string]string{"model": d.Model, "adapter": d.Adapter, "documents' adapter": d.DocAdapter} {
			known := seen[part{system, of}]
			if digest != "" && known != "" && digest != known {
				differs[system] = true
			}
			if digest != "" {
				seen[part{system, of}] = digest
			}
		}
	}
	var names []string
	for i, s := range b.s.Systems {
		if differs[i] {
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
