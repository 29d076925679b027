package page

// This file lays out the charts of means with their intervals.

import (
	"fmt"
	"math"

	"loradex/evaluation/compare"
)

// chartSet is a data set, or a group of its queries, in a chart of means.
type chartSet struct {
	Label, Language string
	Points          []chartPoint
}

// chartPoint is a mean with its interval.
type chartPoint struct {
	Class, System, Text string
	At, Low, High       string
	Mark                string // + or - where the difference to the reference is beyond chance
}

type tick struct{ At, Text string }

func percent(v float64) string { return fmt.Sprintf("%.2f%%", 100*min(max(v, 0), 1)) }

// scaleOf is where the scale of the first metric ends, which begins at 0: at the next tenth above what there is.
func scaleOf(s *compare.Summary) float64 {
	top := 0.1
	for i := range s.Results {
		r := &s.Results[i]
		if m := r.Metric(s.Metrics[0]); m != nil {
			top = max(top, m.Mean, m.CI95[1])
		}
		for j := range r.Groups {
			if m := r.Groups[j].Metric(s.Metrics[0]); m != nil {
				top = max(top, m.CI95[1])
			}
		}
	}
	return min(math.Ceil(top*10-1e-9)/10, 1)
}

func ticksOf(top float64) []tick {
	var ticks []tick
	for i := range 6 {
		v := top * float64(i) / 5
		ticks = append(ticks, tick{percent(v / top), fmt.Sprintf("%.2f", v)})
	}
	return ticks
}

// chartOf lays out the first metric by data set.
func chartOf(s *compare.Summary, top float64) []chartSet {
	var chart []chartSet
	for _, set := range s.Sets {
		c := chartSet{Label: set.Label(), Language: set.Language}
		eachResult(s, set, func(at int, r *compare.Result) {
			if m := r.Metric(s.Metrics[0]); m != nil {
				c.Points = append(c.Points, pointOf(m, at, r.System, top))
			}
		})
		chart = append(chart, c)
	}
	return chart
}

// chartGroups is how many groups of a set have a place in the chart: the table has all.
const chartGroups = 30

// groupChartOf lays out the first metric by language or group, of the sets that have several.
func groupChartOf(s *compare.Summary, top float64) []chartSet {
	var chart []chartSet
	for _, set := range s.Sets {
		first := len(chart)
		places := map[string]int{}
		eachResult(s, set, func(at int, r *compare.Result) {
			for i := range r.Groups {
				g := &r.Groups[i]
				m := g.Metric(s.Metrics[0])
				if m == nil {
					continue
				}
				place, known := places[g.Group]
				if !known {
					if len(chart)-first == chartGroups {
						continue
					}
					place = len(chart)
					places[g.Group] = place
					chart = append(chart, chartSet{Label: g.Group, Language: set.Label()})
				}
				chart[place].Points = append(chart[place].Points, pointOf(m, at, r.System, top))
			}
		})
	}
	return chart
}

func pointOf(m *compare.Metric, system int, name string, top float64) chartPoint {
	p := chartPoint{
		Class: class(system), System: name, At: percent(m.Mean / top), Low: percent(m.CI95[0] / top), High: percent(m.CI95[1] / top),
		Text: fmt.Sprintf("%.3f", m.Mean),
	}
	if d := m.Difference; d != nil && d.Significant() {
		p.Mark = "−"
		if d.Mean > 0 {
			p.Mark = "+"
		}
	}
	return p
}
