package robust

import (
	"context"

	"loradex/evaluation/perturb"
	"loradex/internal/dataset"
)

// condition is what one perturbation makes of a data set.
type condition struct {
	kind   perturb.Kind
	texts  []dataset.Text // that differ from the originals
	places []int          // of those, among the documents or the queries
}

// perturb makes all conditions, and counts outcomes.
func (r *Report) perturb(ctx context.Context, ds *dataset.Dataset, o Options) error {
	for _, k := range o.Perturb {
		c, counts := condition{kind: k}, map[perturb.Outcome]int{}
		from := ds.Docs
		if k.OfQueries() {
			from = ds.Queries
		}
		for i, t := range from {
			if i%256 == 0 {
				if err := ctx.Err(); err != nil {
					return err
				}
				o.Progress(string(k), i, len(from))
			}
			after, err := perturb.Apply(ctx, k, t.Language, t.Text, o.Text)
			if err != nil {
				return err
			}
			counts[after.Outcome]++
			if after.Text != t.Text {
				t.Text = after.Text
				c.texts, c.places = append(c.texts, t), append(c.places, i)
			}
		}
		r.Texts[k] = counts
		r.conditions = append(r.conditions, c)
	}
	return nil
}
