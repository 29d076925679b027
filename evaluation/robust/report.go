package robust

import (
	"io"
	"os"
	"path/filepath"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/perturb"
	"loradex/internal/atomicfile"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Report is what was measured. Its JSON is the document of `eval robust --json`.
type Report struct {
	Dataset string   `json:"dataset"`
	Split   string   `json:"split"`
	Model   string   `json:"model"`
	Queries int      `json:"queries"`
	Corpus  int      `json:"corpus"`
	Seed    uint64   `json:"seed"`
	Systems []string `json:"systems"`
	// Texts says, for each perturbation, what became of the texts that it is for, by outcome.
	Texts map[perturb.Kind]map[perturb.Outcome]int `json:"texts"`
	Cells []cell                                   `json:"cells"` // by system, then perturbation, then pool

	conditions []condition
	queries    []dataset.Text
}

// cell is one system on one kind of texts and one size of pools.
type cell struct {
	System       string           `json:"system"`
	Perturbation string           `json:"perturbation"` // "none" are the texts as they are
	Pool         string           `json:"pool"`         // number of documents, or "all"
	Metrics      map[string]value `json:"metrics"`

	values map[string][]float64 // by query
}

// value is a metric's mean over all queries.
type value struct {
	Mean float64    `json:"mean"`
	CI95 [2]float64 `json:"ci95"` // bootstrap, low and high
	// Change is what the perturbation did: against the same system and pool with the texts as they are. nil there.
	Change *compare.Difference `json:"change,omitempty"`
	// VsBase is this system against the first one, on the same texts and pool. nil for the first. Holm's correction is over all
	// changes, or all differences to the first system, of the metric in the report.
	VsBase *compare.Difference `json:"vs_base,omitempty"`
}

// Cell returns a cell; nil where there is none.
func (r *Report) Cell(system, perturbation, pool string) *cell {
	for i := range r.Cells {
		if c := &r.Cells[i]; c.System == system && c.Perturbation == perturbation && c.Pool == pool {
			return c
		}
	}
	return nil
}

// The files that Save leaves in a folder; those of changed texts are in the folder texts, one for each perturbation.
const (
	reportFile   = "report.json"
	PerQueryFile = "values.jsonl" // not called as in other evaluations: `eval report` takes those only
)

// perQuery is a line of PerQueryFile.
type perQuery struct {
	System       string             `json:"system"`
	Perturbation string             `json:"perturbation"`
	Pool         string             `json:"pool"`
	Query        string             `json:"query"`
	Metrics      map[string]float64 `json:"metrics"`
}

// Save writes the changed texts, the values of each query and the report into dir, which is made where it is missing.
// Each file is replaced whole or not at all; the report comes last.
func Save(dir string, r *Report) error {
	if err := os.MkdirAll(filepath.Join(dir, "texts"), 0o750); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot make %s", dir)
	}
	for _, c := range r.conditions {
		if len(c.texts) == 0 {
			continue
		}
		err := atomicfile.Replace(filepath.Join(dir, "texts", string(c.kind)+".jsonl"), func(w io.Writer) error {
			return dataset.EncodeLines(w, func(yield func(map[string]string) bool) {
				for _, t := range c.texts {
					if !yield(map[string]string{"_id": t.ID, "text": t.Text}) {
						return
					}
				}
			})
		})
		if err != nil {
			return err
		}
	}
	err := atomicfile.Replace(filepath.Join(dir, PerQueryFile), func(w io.Writer) error { return dataset.EncodeLines(w, r.perQuery) })
	if err != nil {
		return err
	}
	return atomicfile.Replace(filepath.Join(dir, reportFile), func(w io.Writer) error { return evaluation.WriteJSON(w, r) })
}

// perQuery are the lines of PerQueryFile.
func (r *Report) perQuery(yield func(perQuery) bool) {
	for _, c := range r.Cells {
		for q, text := range r.queries {
			line := perQuery{System: c.System, Perturbation: c.Perturbation, Pool: c.Pool, Query: text.ID, Metrics: map[string]float64{}}
			for name, values := range c.values {
				line.Metrics[name] = values[q]
			}
			if !yield(line) {
				return
			}
		}
	}
}
