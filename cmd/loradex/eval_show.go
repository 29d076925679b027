package main

// This file keeps and shows the outcome of `eval run`.

import (
	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/page"
	"loradex/evaluation/significance"
)

// evalDocument is what `eval run --json` prints of one mix: its report.
type evalDocument struct {
	*evaluation.Report
	Gate []*compare.GateResult `json:"gate,omitempty"`
}

// evalMixesDocument is what it prints of several.
type evalMixesDocument struct {
	Reports     []*evaluation.Report    `json:"reports"`
	Comparisons []compare.MixDifference `json:"comparisons"` // each mix with the first, by metric
	Gate        []*compare.GateResult   `json:"gate,omitempty"`
}

// evalDone saves what was measured, shows it, and fails where a gate did not let it pass.
func (a *app) evalDone(f *evalFlags, outcomes []evaluation.Outcome) error {
	saved, names := make([]*evaluation.Saved, len(outcomes)), make([]string, len(outcomes))
	for i, o := range outcomes {
		saved[i], names[i] = o.Saved(), o.Report.Adapter
	}
	for i, dir := range f.outs(names) {
		if err := evaluation.Save(dir, outcomes[i].Report, outcomes[i].Result); err != nil {
			return err
		}
		a.note("report, run and the values of each query are in %s", dir)
	}
	gates, err := f.gate.results(saved)
	if err != nil {
		return err
	}
	if len(outcomes) == 1 {
		err = a.showReport(outcomes[0].Report, gates)
	} else {
		err = a.showMixes(outcomes, saved, gates)
	}
	if err == nil && failed(gates) {
		return errReported
	}
	return err
}

func (a *app) showReport(r *evaluation.Report, gates []*compare.GateResult) error {
	if a.flags.json {
		return a.printJSON(evalDocument{r, gates})
	}
	if err := page.WriteReport(a.out, r); err != nil {
		return err
	}
	a.showGate(gates)
	return nil
}

func (a *app) showMixes(outcomes []evaluation.Outcome, saved []*evaluation.Saved, gates []*compare.GateResult) error {
	comparisons, err := compare.Mixes(saved, significance.Options{})
	if err != nil {
		return err
	}
	doc := evalMixesDocument{Comparisons: comparisons, Gate: gates}
	for _, o := range outcomes {
		doc.Reports = append(doc.Reports, o.Report)
	}
	if a.flags.json {
		return a.printJSON(doc)
	}
	if err := page.WriteMixes(a.out, doc.Reports, comparisons); err != nil {
		return err
	}
	a.showGate(gates)
	return nil
}

func (a *app) showGate(gates []*compare.GateResult) {
	if len(gates) > 0 {
		a.printf("\ngate:\n")
	}
	for _, g := range gates {
		a.printf("  %s\n", g)
	}
}
