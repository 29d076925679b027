package page

import (
	stdembed "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"loradex/evaluation/compare"
)

// The template holds the style sheet, too: the page is one file.
//
//go:embed page.html
var files stdembed.FS

// view is what the template shows. Positions within charts are percentages of their width, so that a chart fits a phone
// and a wide screen, and its points and letters keep their size.
type view struct {
	*compare.Summary
	Glance    *Table
	Named     bool // the chart says each system's name: there are more systems than colors
	Metric    string
	Intro     []string
	Legend    []legend
	Chart     []chartSet
	Groups    []chartSet // by language or group, on the same scale
	Ticks     []tick
	Ranks     []rankSet
	RankNames [5]string
	Examples  []exampleSet
	Speeds    []*scatter
	Tables    []Table
}

// legend is a system with its color.
type legend struct {
	Class string
	Name  string
}

// palette is how many colors there are; more systems than these share some, and are told apart by their order.
const palette = 8

func class(system int) string { return "s" + strconv.Itoa(system%palette) }

// chart is what the template of charts shows.
type chart struct {
	Sets  []chartSet
	Ticks []tick
	Named bool
}

func newChart(sets []chartSet, ticks []tick, named bool) chart { return chart{sets, ticks, named} }

func writeHTML(w io.Writer, s *compare.Summary) error {
	t, err := template.New("page.html").Funcs(template.FuncMap{"classOf": classOf, "chart": newChart}).ParseFS(files, "page.html")
	if err != nil {
		return err
	}
	v := view{Summary: s, Metric: s.Metrics[0], Intro: intro(s), RankNames: compare.RankNames(), Tables: tablesOf(s), Speeds: speedsOf(s), Named: len(s.Systems) > palette}
	if glance := overviewTable(s); len(glance.Rows) > 0 {
		v.Glance, v.Tables = &glance, v.Tables[1:]
	}
	for i, system := range s.Systems {
		v.Legend = append(v.Legend, legend{class(i), system.Name})
	}
	top := scaleOf(s)
	v.Chart, v.Groups, v.Ticks = chartOf(s, top), groupChartOf(s, top), ticksOf(top)
	v.Ranks, v.Examples = ranksOf(s), examplesOf(s)
	return t.Execute(w, v)
}

// classOf is the style of a cell: what begins as a number is kept on one line, and a difference that is beyond chance has a
// color.
func classOf(cell string) string {
	switch {
	case cell == "" || !strings.ContainsRune("+-<0123456789", rune(cell[0])):
		return ""
	case strings.Contains(cell, "*") && cell[0] == '+':
		return "number good"
	case strings.Contains(cell, "*") && cell[0] == '-':
		return "number bad"
	}
	return "number"
}

// resultOf is what a system does on a set; nil where it did not run there.
func resultOf(s *compare.Summary, set compare.Set, system string) *compare.Result {
	at := slices.IndexFunc(s.Results, func(r compare.Result) bool { return r.Set == set.Name && r.Split == set.Split && r.System == system })
	if at < 0 {
		return nil
	}
	return &s.Results[at]
}

// metricOf is a metric of that; nil where it has none.
func metricOf(s *compare.Summary, set compare.Set, system, metric string) *compare.Metric {
	if r := resultOf(s, set, system); r != nil {
		return r.Metric(metric)
	}
	return nil
}

// eachResult visits the results of a set in the order of the systems.
func eachResult(s *compare.Summary, set compare.Set, visit func(system int, r *compare.Result)) {
	for i, system := range s.Systems {
		if r := resultOf(s, set, system.Name); r != nil {
			visit(i, r)
		}
	}
}

// rankSet is a data set in the chart of ranks.
type rankSet struct {
	Label string
	Rows  []rankRow
}

// rankRow is a bar of five parts.
type rankRow struct {
	Class, System string
	Parts         []rankPart
}

type rankPart struct{ Class, X, Width, Text string }

func ranksOf(s *compare.Summary) []rankSet {
	var out []rankSet
	for _, set := range s.Sets {
		rows := rankSet{Label: set.Label()}
		eachResult(s, set, func(at int, r *compare.Result) {
			row := rankRow{Class: class(at), System: r.System}
			total, before := r.Ranks.Queries(), 0
			for i, n := range r.Ranks.Counts() {
				if n > 0 {
					row.Parts = append(row.Parts, rankPart{
						Class: "r" + strconv.Itoa(i), X: percent(float64(before) / float64(total)), Width: percent(float64(n) / float64(total)),
						Text: fmt.Sprintf("rank %s: %d of %d queries", compare.RankNames()[i], n, total),
					})
				}
				before += n
			}
			rows.Rows = append(rows.Rows, row)
		})
		out = append(out, rows)
	}
	return out
}

// exampleSet is the examples of a system on a set.
type exampleSet struct {
	Label, System, Class string
	Wins, Losses         int
	Lists                []exampleList
}

type exampleList struct {
	Title string
	Of    []compare.Example
}

func examplesOf(s *compare.Summary) []exampleSet {
	var out []exampleSet
	for _, set := range s.Sets {
		eachResult(s, set, func(at int, r *compare.Result) {
			if len(r.Losses)+len(r.Gains) == 0 {
				return
			}
			e := exampleSet{Label: set.Label(), System: r.System, Class: class(at)}
			if m := r.Metric(s.Metrics[0]); m != nil && m.Difference != nil {
				e.Wins, e.Losses = m.Difference.Wins, m.Difference.Losses
			}
			for _, list := range []exampleList{{"Largest losses", r.Losses}, {"Largest gains", r.Gains}} {
				if len(list.Of) > 0 {
					e.Lists = append(e.Lists, list)
				}
			}
			out = append(out, e)
		})
	}
	return out
}
