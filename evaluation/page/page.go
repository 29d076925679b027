// Package page writes what evaluation measures for people. A summary of evaluations becomes Markdown tables, a LaTeX table,
// one HTML page that needs nothing else, or JSON for programs; what one command measured, text for a terminal.
//
//	s, err := compare.Summarize(ctx, found, compare.SummaryOptions{})
//	err = page.Write(file, s, page.Markdown)
//
//	report, result, err := evaluation.Run(ctx, encoder, ds, evaluation.Options{})
//	err = page.WriteReport(os.Stdout, report)
//
// A [Table] holds plain cells; each format brings its own way of writing them.
// Ids, queries, texts and names come from outside: each format escapes them all. The HTML page loads nothing and runs no
// script, and says so to the browser by a content security policy.
package page

import (
	"io"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/internal/fault"
)

// Format is a form of a report.
type Format string

// The formats.
const (
	Markdown Format = "md"
	JSON     Format = "json"
	latex    Format = "latex"
	html     Format = "html"
)

// forms says what a file of each format ends in, and how it is written.
var forms = []struct {
	format    Format
	extension string
	write     func(io.Writer, *compare.Summary) error
}{
	{Markdown, ".md", writeMarkdown},
	{JSON, ".json", func(w io.Writer, s *compare.Summary) error { return evaluation.WriteJSON(w, s) }},
	{latex, ".tex", writeLaTeX},
	{html, ".html", writeHTML},
}

// Formats lists the formats.
func Formats() []Format {
	var out []Format
	for _, f := range forms {
		out = append(out, f.format)
	}
	return out
}

// Extension is what a file of the format ends in, with its dot; "" for an unknown one.
func (f Format) Extension() string {
	for _, known := range forms {
		if known.format == f {
			return known.extension
		}
	}
	return ""
}

// Write writes a summary in a format. Invalid for an unknown one.
func Write(w io.Writer, s *compare.Summary, format Format) error {
	for _, known := range forms {
		if known.format != format {
			continue
		}
		if err := known.write(w, s); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the report cannot be written")
		}
		return nil
	}
	return fault.New(fault.Invalid, "%q is no format of a report", string(format)).WithHint("use one of %v", Formats())
}
