package main

// This file shows the outcome of `eval run`.

import (
	"slices"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/page"
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

// evalDone shows what was measured, and fails where a gate did not let it pass.
func (a *app) evalDone(outcomes []evaluation.Outcome, gates []*compare.GateResult) error {
	show := a.showMixes
	if len(outcomes) == 1 {
		show = a.showReport
	}
	if err := show(outcomes, gates); err != nil {
		return err
	}
	if slices.ContainsFunc(gates, func(g *compare.GateResult) bool { return g.Failed }) {
		return errReported
	}
	return nil
}

func (a *app) showReport(outcomes []evaluation.Outcome, gates []*compare.GateResult) error {
	r := outcomes[0].Report
	if a.flags.json {
		return a.printJSON(evalDocument{r, gates})
	}
	if err := page.WriteReport(a.out, r); err != nil {
		return err
	}
	a.showGate(gates)
	return nil
}

func (a *app) showMixes(outcomes []evaluation.Outcome, gates []*compare.GateResult) error {
	saved := make([]*evaluation.Saved, len(outcomes))
	for i, o := range outcomes {
		saved[i] = o.Saved()
	}
	comparisons, err := compare.Mixes(saved)
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
