package page

// This file writes what `eval run` measured: a report, and several mixes compared with the first.

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/internal/dataset"
)

// tableGroups is how many groups a table for a terminal shows: the JSON documents have all.
const tableGroups = 30

// WriteReport writes a report for a terminal: what was measured, each metric with its 95 % interval, the time.
func WriteReport(w io.Writer, r *evaluation.Report) error {
	var s sheet
	s.report(r)
	return s.writeTo(w)
}

// WriteMixes writes the report of the reference, which is the first, and how the other mixes differ from it.
func WriteMixes(w io.Writer, reports []*evaluation.Report, all []compare.MixDifference) error {
	var s sheet
	s.report(reports[0])
	t := Table{
		Title: "compared with " + reports[0].Adapter + ":",
		Head:  []string{"METRIC", "MIX", "MEAN", "DIFFERENCE (95 % interval)", "P", "HOLM", "DETECTABLE", "WINS", "LOSSES"},
	}
	for i := range all {
		c := &all[i]
		t.Add(c.Metric, c.Adapter, numberText(c.B), differenceText(c.Mean, c.CI95), numberText(c.P), numberText(c.Holm),
			detectableText(&c.Difference), strconv.Itoa(c.Wins), strconv.Itoa(c.Losses))
	}
	s.table(t)
	if len(reports[0].Groups) > 0 {
		s.table(mixGroups(reports, all[0].Metric))
	}
	return s.writeTo(w)
}

func (s *sheet) report(r *evaluation.Report) {
	s.say("%s (%s): %d queries, %d documents", r.Dataset, r.Split, r.Queries, r.Corpus)
	if r.PoolSize() != r.Corpus {
		s.say(", each query among %d of them (seed %d)", r.Pool, r.PoolSeed)
	}
	s.say("\n%s\n", systemText(r))
	s.left(r)
	names := r.MetricNames()
	t := Table{Head: []string{"metric", "mean", "95% interval"}}
	for _, name := range names {
		interval := ""
		if ci, ok := r.CI95[name]; ok {
			interval = fmt.Sprintf("%.4f to %.4f", ci[0], ci[1])
		}
		t.Add(name, numberText(r.Metrics[name]), interval)
	}
	s.table(t)
	s.table(reportGroups(r, names))
	fmt.Fprintf(s, "\n%.1f s (encode %.1f s, rank %.1f s)\n", r.Seconds.Total, r.Seconds.Encode, r.Seconds.Rank)
}

// left says what was left out of the measurement, and what was not.
func (s *sheet) left(r *evaluation.Report) {
	if m := r.Missing; m.Judgements > 0 {
		s.say("%s left out, of %s and %s that are not there\n", dataset.Count(m.Judgements, "judgement", "judgements"),
			dataset.Count(m.Documents, "document", "documents"), dataset.Count(m.Queries, "query", "queries"))
	}
	if r.Unanswerable > 0 {
		s.say("%s left out without a relevant document\n", dataset.Count(r.Unanswerable, "query", "queries"))
	}
	switch {
	case r.ExcludeSelf:
		s.say("%s ranked without the document of the same id\n", dataset.Count(r.SelfQueries, "query", "queries"))
	case r.SelfQueries > 0:
		s.say("%s ranked with the document of the same id; --exclude-self leaves it out\n", dataset.Count(r.SelfQueries, "query", "queries"))
	}
}

// systemText says in a line what was measured.
func systemText(r *evaluation.Report) string {
	parts := []string{r.Model}
	if r.Model == "" {
		parts[0] = "unnamed model"
	}
	if r.Adapter == r.DocAdapter {
		parts = append(parts, "adapter "+r.Adapter)
	} else {
		parts = append(parts, "query adapter "+r.Adapter, "document adapter "+r.DocAdapter)
	}
	if s := r.Search; s != nil {
		parts = append(parts, s.Mode+" search")
		if s.Coverage < 1 && s.Mode != "lexical" {
			parts = append(parts, fmt.Sprintf("vectors of %.0f %% of the documents", 100*s.Coverage))
		}
	}
	if r.MaxTokens > 0 {
		parts = append(parts, fmt.Sprintf("at most %d tokens", r.MaxTokens))
	}
	return strings.Join(parts, ", ")
}

// reportGroups is the rows of groups by the first two metrics, and their mean.
func reportGroups(r *evaluation.Report, names []string) Table {
	if len(r.Groups) == 0 {
		return Table{}
	}
	if slices.Contains(names, "mrr@10") {
		names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "mrr" }) // says nearly the same
	}
	names = names[:min(2, len(names))]
	t := Table{Head: []string{r.GroupedBy, "queries"}}
	mean := []string{"mean of groups", strconv.Itoa(r.Queries)}
	for _, metric := range names {
		t.Head, mean = append(t.Head, metric+" (95 % interval)"), append(mean, numberText(r.Macro[metric]))
	}
	for _, g := range r.Groups[:min(tableGroups, len(r.Groups))] {
		row := []string{g.Group, strconv.Itoa(g.Queries)}
		for _, metric := range names {
			row = append(row, meanText(g.Metrics[metric], g.CI95[metric]))
		}
		t.Add(row...)
	}
	t.Add(mean...)
	t.Note = moreGroups(len(r.Groups))
	return t
}

// moreGroups says how many of n groups a table left out.
func moreGroups(n int) string {
	if n <= tableGroups {
		return ""
	}
	return fmt.Sprintf("and %d more, which --json lists", n-tableGroups)
}

// mixGroups is one metric of each group, a column for each mix.
func mixGroups(reports []*evaluation.Report, metric string) Table {
	first := reports[0]
	t := Table{Title: metric + " by " + first.GroupedBy + ":", Head: []string{first.GroupedBy, "QUERIES"}}
	mean := []string{"mean of groups", strconv.Itoa(first.Queries)}
	for _, r := range reports {
		t.Head, mean = append(t.Head, r.Adapter), append(mean, numberText(r.Macro[metric]))
	}
	for i, g := range first.Groups {
		row := []string{g.Group, strconv.Itoa(g.Queries)}
		for _, r := range reports {
			row = append(row, numberText(r.Groups[i].Metrics[metric])) // all have the same data, so the same groups
		}
		t.Add(row...)
	}
	t.Add(mean...)
	return t
}
