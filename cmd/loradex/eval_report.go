package main

// This file defines `loradex eval report`: saved evaluations as one report.

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"loradex/evaluation/compare"
	"loradex/evaluation/experiment"
	"loradex/evaluation/page"
	"loradex/evaluation/repos"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// reportFlags are the flags of `eval report`.
type reportFlags struct {
	out, format, title, reference       string
	data, inDomain, metrics, efficiency []string
	repositories                        []string
	examples                            int
}

// reportDocument is what `eval report --json --out` prints; without --out that is the report itself.
type reportDocument struct {
	Report      string      `json:"report"` // the file
	Format      page.Format `json:"format"`
	Evaluations int         `json:"evaluations"`
}

func evalReportCommand(a *app) *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report DIR... [--format md|json|latex|html] [--out FILE|DIR]",
		Short: "Saved evaluations as one report: Markdown, LaTeX, JSON or an HTML page",
		Long: "The evaluations are those that `eval run --out` left in the folders or below them. They are grouped by data set, and each\n" +
			"system is compared with the reference, the dense base, query by query: intervals, p corrected for the number of data\n" +
			"sets, wins and losses, answers lost and gained, averages. Where it is known what an adapter was trained for, the report\n" +
			"says how much it keeps elsewhere: --in-domain says it, or else the card of an adapter of that name in the library.",
		Example: "  loradex eval report runs --format html --out report.html --data csn_go --data cosqa\n" +
			"  loradex eval report runs --in-domain my-go=csn_go --efficiency efficiency.json > report.md",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("name folders that `loradex eval run --out` made", "eval report needs at least one folder")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.report(cmd.Context(), a, args) },
	}
	fl := c.Flags()
	fl.StringVar(&f.out, "out", "", "`FILE` of the report, or an existing folder that gets a file named report (default the standard output)")
	fl.StringVar(&f.format, "format", "", "md, json, latex or html (default what --out ends in, else md)")
	fl.StringVar(&f.title, "title", "", "title of the report")
	fl.StringVar(&f.reference, "reference", "", "name of the system that others are compared with, as the report calls it (default the dense base)")
	fl.StringSliceVar(&f.metrics, "metrics", nil, "metrics to show; the first decides (default mrr@10,ndcg@10,recall@10)")
	fl.StringArrayVar(&f.inDomain, "in-domain", nil, "ADAPTER=SET,SET: the data sets that an adapter, or a model, was trained for; ADAPTER= for none of them;\nmay be given more than once")
	fl.StringArrayVar(&f.data, "data", nil, "folder of a data set, for the texts of queries and hits; may be given more than once")
	fl.IntVar(&f.examples, "examples", 3, "how many of the largest losses and gains of each system on each set are listed; 0: none")
	fl.StringArrayVar(&f.efficiency, "efficiency", nil, "`FILE` that eval efficiency --out wrote; may be given more than once")
	fl.StringArrayVar(&f.repositories, "repositories", nil, "`FILE` with what eval repos --json printed; may be given more than once")
	completeFlag(c, "format", fixed("md", "json", "latex", "html"))
	return c
}

func (f *reportFlags) report(ctx context.Context, a *app, dirs []string) error {
	format, path, err := f.target(a.json)
	if err != nil {
		return err
	}
	defer a.Progress.Done()
	o := compare.SummaryOptions{
		Title: f.title, Reference: f.reference, Metrics: f.metrics, Examples: f.examples, Language: experiment.LanguageOfSet,
		Progress: func(done, total int) { a.Progress.Set("evaluations", done, total, "") },
	}
	if f.examples == 0 {
		o.Examples = -1
	}
	if f.examples < 0 {
		return usagef("0 lists none", "--examples is %d", f.examples)
	}
	if err := o.Validate(); err != nil {
		return usage(err)
	}
	if o.Data, err = experiment.Texts(f.data); err != nil {
		return err
	}
	for _, path := range f.efficiency {
		e, err := readMeasured(path, "--efficiency", "eval efficiency --out FILE", compare.ReadCosts)
		if err != nil {
			return err
		}
		o.Efficiency = append(o.Efficiency, e)
	}
	for _, path := range f.repositories {
		r, err := readMeasured(path, "--repositories", "eval repos --json > FILE", repos.ReadReport)
		if err != nil {
			return err
		}
		o.Repositories = append(o.Repositories, r)
	}
	found, err := compare.Find(ctx, dirs, o)
	if err != nil {
		return canceled(err, "the report", "start it again")
	}
	if o.InDomain, err = domainsOf(f.inDomain); err != nil {
		return err
	}
	if len(f.inDomain) == 0 { // who tells needs no library
		if o.InDomain, err = a.Lab(false).Domains(ctx, found); err != nil {
			return err
		}
	}
	s, err := compare.Summarize(ctx, found, o)
	if err != nil {
		return canceled(err, "the report", "start it again")
	}
	a.Progress.Done()
	if len(s.Unmatched) > 0 {
		a.Note("--in-domain: no evaluation is of %s", strings.Join(s.Unmatched, ", "))
	}
	if len(s.Changed) > 0 {
		a.Note("more than one content of a model or an adapter of the same name: evaluate again, for these are not of one system: %s", strings.Join(s.Changed, ", "))
	}
	if path == "" {
		return page.Write(a.out, s, format)
	}
	if err := atomicfile.Replace(path, func(w io.Writer) error { return page.Write(w, s, format) }); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(reportDocument{Report: path, Format: format, Evaluations: len(found)})
	}
	a.Note("the report on %d evaluations is in %s", len(found), path)
	return nil
}

// target is the format and the file of a report; no file is the standard output.
func (f *reportFlags) target(json bool) (page.Format, string, error) {
	format := page.Format(f.format)
	if format == "" {
		format = page.Markdown
		if json {
			format = page.JSON
		}
		for _, known := range page.Formats() {
			if f.out != "" && filepath.Ext(f.out) == known.Extension() {
				format = known
			}
		}
	}
	if format.Extension() == "" {
		return "", "", usagef("md, json, latex or html", "--format is %q", f.format)
	}
	switch {
	case f.out == "":
		if json && format != page.JSON {
			return "", "", usagef("leave one of them out, or give --out", "--json is one JSON document on the standard output, and --format is %s", format)
		}
		return format, "", nil
	case isDir(f.out):
		return format, filepath.Join(f.out, "report"+format.Extension()), nil
	}
	return format, f.out, checkOutFolder(f.out)
}

// domainsOf reads --in-domain.
func domainsOf(told []string) (map[string][]string, error) {
	domains := map[string][]string{}
	for _, text := range told {
		name, sets, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usagef("such as my-go=csn_go,csn_java", "--in-domain %q is not ADAPTER=SET,SET", text)
		}
		for _, set := range strings.Split(sets, ",") {
			if set = strings.TrimSpace(set); set != "" {
				domains[name] = append(domains[name], set)
			}
		}
		if domains[name] == nil {
			domains[name] = []string{} // trained for none of the sets, which is not the same as unknown
		}
	}
	return domains, nil
}

// readMeasured reads a file that a flag names and a command made.
func readMeasured[T any](path, flag, command string, read func(io.Reader, string) (T, error)) (T, error) {
	var none T
	file, err := os.Open(path) //nolint:gosec // the user names it
	if errors.Is(err, fs.ErrNotExist) {
		return none, fault.Wrap(fault.NotFound, err, "%s", flag).WithHint("make it with `loradex %s`", command)
	}
	if err != nil {
		return none, fault.Wrap(fault.Unavailable, err, "%s", flag)
	}
	defer file.Close()
	return read(file, path)
}
