package main

// This file keeps and shows the outcome of `eval run`.

import (
	"fmt"
	"strconv"

	"loradex/evaluation"
	"loradex/evaluation/significance"
)

// evalDocument is what `eval run --json` prints of one mix: its report.
type evalDocument struct {
	*evaluation.Report
	Gate []*evaluation.GateResult `json:"gate,omitempty"`
}

// evalMixesDocument is what it prints of several.
type evalMixesDocument struct {
	Reports     []*evaluation.Report       `json:"reports"`
	Comparisons []evaluation.MixComparison `json:"comparisons"` // each mix with the first, by metric
	Gate        []*evaluation.GateResult   `json:"gate,omitempty"`
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
		a.Note("report, run and the values of each query are in %s", dir)
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

func (a *app) showReport(r *evaluation.Report, gates []*evaluation.GateResult) error {
	if a.flags.json {
		return a.printJSON(evalDocument{r, gates})
	}
	if err := evaluation.WriteTable(a.out, r); err != nil {
		return err
	}
	a.showGate(gates)
	return nil
}

func (a *app) showMixes(outcomes []evaluation.Outcome, saved []*evaluation.Saved, gates []*evaluation.GateResult) error {
	comparisons, err := evaluation.CompareMixes(saved, significance.Options{})
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
	if err := evaluation.WriteTable(a.out, doc.Reports[0]); err != nil {
		return err
	}
	a.printf("\ncompared with %s:\n\n", doc.Reports[0].Adapter)
	t := newTable("METRIC", "MIX", "MEAN", "DIFFERENCE (95 % interval)", "P", "HOLM", "DETECTABLE", "WINS", "LOSSES")
	for i := range comparisons {
		c := &comparisons[i]
		detectable := ""
		if c.Detectable != nil {
			detectable = fmt.Sprintf("%.4f", *c.Detectable)
		}
		t.row(c.Metric, c.Adapter, fmt.Sprintf("%.4f", c.B), fmt.Sprintf("%+.4f (%+.4f to %+.4f)", c.Difference, c.CI95[0], c.CI95[1]),
			fmt.Sprintf("%.4f", c.P), fmt.Sprintf("%.4f", c.Holm), detectable, strconv.Itoa(c.Wins), strconv.Itoa(c.Losses))
	}
	t.write(a.out)
	a.showMixGroups(doc.Reports, comparisons[0].Metric)
	a.showGate(gates)
	return nil
}

// showMixGroups shows one metric of each group, a column for each mix.
func (a *app) showMixGroups(reports []*evaluation.Report, metric string) {
	if len(reports[0].Groups) == 0 {
		return
	}
	head, mean := []string{reports[0].GroupedBy, "QUERIES"}, []string{"mean of groups", strconv.Itoa(reports[0].Queries)}
	for _, r := range reports {
		head, mean = append(head, r.Adapter), append(mean, fmt.Sprintf("%.4f", r.Macro[metric]))
	}
	t := newTable(head...)
	for i, g := range reports[0].Groups {
		row := []string{g.Group, strconv.Itoa(g.Queries)}
		for _, r := range reports {
			row = append(row, fmt.Sprintf("%.4f", r.Groups[i].Metrics[metric])) // all have the same data, so the same groups
		}
		t.row(row...)
	}
	t.row(mean...)
	a.printf("\n%s by %s:\n\n", metric, reports[0].GroupedBy)
	t.write(a.out)
}

func (a *app) showGate(gates []*evaluation.GateResult) {
	if len(gates) > 0 {
		a.printf("\ngate:\n")
	}
	for _, g := range gates {
		a.printf("  %s\n", g)
	}
}
