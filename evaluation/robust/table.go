package robust

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"loradex/internal/fault"
)

// WriteTable writes a report for people: MRR@10 and nDCG@10 by pool and perturbation, with what changed.
func WriteTable(w io.Writer, r *Report) error {
	var b strings.Builder
	message.NewPrinter(language.English).Fprintf(&b, "%s (%s): %d queries, %d documents, %s, seed %d\n", r.Dataset, r.Split, r.Queries, r.Corpus, r.Model, r.Seed)
	for _, k := range slices.Sorted(maps.Keys(r.Texts)) {
		fmt.Fprintf(&b, "%s: ", k)
		what := "documents"
		if k.OfQueries() {
			what = "queries"
		}
		for i, outcome := range slices.Sorted(maps.Keys(r.Texts[k])) {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%d %s", r.Texts[k][outcome], strings.ReplaceAll(string(outcome), "_", " "))
		}
		fmt.Fprintf(&b, " (%s)\n", what)
	}
	for _, metric := range Metrics() {
		fmt.Fprintf(&b, "\n")
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "%s\tTEXTS\tPOOL\tMEAN\tCHANGE\t95 %% INTERVAL\tP HOLM\tAGAINST %s\t95 %% INTERVAL\tP HOLM\n", strings.ToUpper(metric), strings.ToUpper(r.Systems[0]))
		for _, c := range r.Cells {
			v := c.Metrics[metric]
			fmt.Fprintf(t, "%s\t%s\t%s\t%.4f\t%s\t%s\n", c.System, c.Perturbation, c.Pool, v.Mean, v.Change.columns(), v.VsBase.columns())
		}
		if err := t.Flush(); err != nil {
			return fault.Wrap(fault.Unavailable, err, "cannot write the table")
		}
	}
	b.WriteString("\nP HOLM: paired randomization test, corrected for the number of differences by Holm's method\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot write the table")
	}
	return nil
}

// columns are a difference, its interval and its corrected p; empty for nil.
func (c *Change) columns() string {
	if c == nil {
		return "\t\t"
	}
	return fmt.Sprintf("%+.4f\t%+.4f to %+.4f\t%.4f", c.Difference, c.CI95[0], c.CI95[1], c.PHolm)
}
