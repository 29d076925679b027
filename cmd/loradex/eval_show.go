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

// showEvaluation shows what was measured, and fails where a gate did not let it pass.
func (p *printer) showEvaluation(outcomes []evaluation.Outcome, gates []*compare.GateResult) error {
	reports, saved := make([]*evaluation.Report, len(outcomes)), make([]*evaluation.Saved, len(outcomes))
	for i, o := range outcomes {
		reports[i], saved[i] = o.Report, o.Saved()
	}
	var doc any = evalDocument{reports[0], gates}
	write := func() error { return page.WriteReport(p.out, reports[0]) }
	if len(outcomes) > 1 {
		comparisons, err := compare.Mixes(saved)
		if err != nil {
			return err
		}
		doc = evalMixesDocument{reports, comparisons, gates}
		write = func() error { return page.WriteMixes(p.out, reports, comparisons) }
	}
	if p.json {
		write = func() error { return p.printJSON(doc) }
	}
	if err := write(); err != nil {
		return err
	}
	if !p.json && len(gates) > 0 {
		p.printf("\ngate:\n")
		for _, g := range gates {
			p.printf("  %s\n", g)
		}
	}
	if slices.ContainsFunc(gates, func(g *compare.GateResult) bool { return g.Failed }) {
		return errReported
	}
	return nil
}
