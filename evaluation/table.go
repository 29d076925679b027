package evaluation

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"loradex/evaluation/metrics"
	"loradex/internal/fault"
)

// WriteTable writes a report for people: what was measured, each metric with its 95 % interval, the time.
func WriteTable(w io.Writer, r *Report) error {
	var b strings.Builder
	number := message.NewPrinter(language.English)
	number.Fprintf(&b, "%s (%s): %d queries, %d documents", r.Dataset, r.Split, r.Queries, r.Corpus)
	if r.pool() != r.Corpus {
		number.Fprintf(&b, ", each query among %d of them (seed %d)", r.Pool, r.PoolSeed)
	}
	b.WriteByte('\n')
	b.WriteString(system(r) + "\n\n")
	names := metricNames(r)
	width := len("metric")
	for _, name := range names {
		width = max(width, len(name))
	}
	fmt.Fprintf(&b, "%-*s    mean   95%% interval\n", width, "metric")
	for _, name := range names {
		fmt.Fprintf(&b, "%-*s  %.4f", width, name, r.Metrics[name])
		if ci, ok := r.CI95[name]; ok {
			fmt.Fprintf(&b, "   %.4f to %.4f", ci[0], ci[1])
		}
		b.WriteByte('\n')
	}
	writeGroups(&b, r, names)
	fmt.Fprintf(&b, "\n%.1f s (encode %.1f s, rank %.1f s)\n", r.Seconds.Total, r.Seconds.Encode, r.Seconds.Rank)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot write the table")
	}
	return nil
}

// system says in a line what was measured.
func system(r *Report) string {
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

// metricNames orders the metrics of a report: the standard ones as design and literature list them, then the others.
func metricNames(r *Report) []string {
	var names, others []string
	for _, name := range metrics.Default() {
		if _, ok := r.Metrics[name]; ok {
			names = append(names, name)
		}
	}
	for name := range r.Metrics {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(names, others...)
}
