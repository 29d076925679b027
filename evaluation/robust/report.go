package robust

import (
	"encoding/json"
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
	Cells []Cell                                   `json:"cells"` // by system, then perturbation, then pool

	changed map[perturb.Kind][]dataset.Text // what is not as it was
}

// Cell is one system on one kind of texts and one size of pools.
type Cell struct {
	System       string           `json:"system"`
	Perturbation string           `json:"perturbation"` // "none" are the texts as they are
	Pool         string           `json:"pool"`         // number of documents, or "all"
	Metrics      map[string]Value `json:"metrics"`

	values map[string][]float64 // by query
	ids    []string
}

// Value is a metric's mean over all queries.
type Value struct {
	Mean float64    `json:"mean"`
	CI95 [2]float64 `json:"ci95"` // bootstrap, low and high
	// Change is what the perturbation did: against the same system and pool with the texts as they are. nil there.
	Change *compare.Difference `json:"change,omitempty"`
	// VsBase is this system against the first one, on the same texts and pool. nil for the first. Holm's correction is over all
	// changes, or all differences to the first system, of the metric in the report.
	VsBase *compare.Difference `json:"vs_base,omitempty"`
}

func newReport(ds *dataset.Dataset, o Options) *Report {
	return &Report{
		Dataset: ds.Name, Split: string(ds.Split), Queries: len(ds.Queries), Corpus: len(ds.Docs), Seed: o.Seed,
		Texts: map[perturb.Kind]map[perturb.Outcome]int{}, changed: map[perturb.Kind][]dataset.Text{},
	}
}

// Cell returns a cell; nil where there is none.
func (r *Report) Cell(system, perturbation, pool string) *Cell {
	for i := range r.Cells {
		if c := &r.Cells[i]; c.System == system && c.Perturbation == perturbation && c.Pool == pool {
			return c
		}
	}
	return nil
}

// The files that Save leaves in a folder; those of changed texts are in the folder texts, one for each perturbation.
const (
	ReportFile   = "report.json"
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
	for kind, texts := range r.changed {
		err := atomicfile.Replace(filepath.Join(dir, "texts", string(kind)+".jsonl"), func(w io.Writer) error {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			for _, t := range texts {
				if err := enc.Encode(map[string]string{"_id": t.ID, "text": t.Text}); err != nil {
					return fault.Wrap(fault.Unavailable, err, "encode a text")
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := atomicfile.Replace(filepath.Join(dir, PerQueryFile), r.writeQueries); err != nil {
		return err
	}
	return atomicfile.Replace(filepath.Join(dir, ReportFile), func(w io.Writer) error { return evaluation.WriteJSON(w, r) })
}

func (r *Report) writeQueries(w io.Writer) error {
	enc := json.NewEncoder(w)
	for i := range r.Cells {
		c := &r.Cells[i]
		for q, id := range c.ids {
			line := perQuery{System: c.System, Perturbation: c.Perturbation, Pool: c.Pool, Query: id, Metrics: map[string]float64{}}
			for name, values := range c.values {
				line.Metrics[name] = values[q]
			}
			if err := enc.Encode(line); err != nil {
				return fault.Wrap(fault.Unavailable, err, "encode the values of a query")
			}
		}
	}
	return nil
}
