package compare

import (
	"loradex/evaluation"
	"loradex/internal/fault"
)

// MixDifference is one metric of a mix against the reference: A is the reference's mean, B the mix's. Holm's correction is
// over the mixes, per metric.
type MixDifference struct {
	Reference string `json:"reference"` // mix of the queries
	Adapter   string `json:"adapter"`
	MetricDifference
}

// Mixes compares all but the first evaluation with the first: metric by metric in the order of a report's table, mixes
// in their order. They must be of one data set; see sameData.
func Mixes(all []*evaluation.Saved) ([]MixDifference, error) {
	if len(all) < 2 {
		return nil, fault.New(fault.Invalid, "%d evaluations: a comparison needs two", len(all))
	}
	names := all[0].Report.MetricNames()
	out := make([]MixDifference, len(names)*(len(all)-1))
	families := Families[string]{}
	for i, s := range all[1:] {
		reference, e, err := pair(all[0], s, names)
		if err != nil {
			return nil, err
		}
		for j, name := range names {
			m, err := reference.with(e, name, nil)
			if err != nil {
				return nil, err
			}
			at := &out[j*(len(all)-1)+i]
			*at = MixDifference{all[0].Report.Adapter, s.Report.Adapter, m}
			families.Add(name, &at.Difference)
		}
	}
	return out, families.Correct()
}
