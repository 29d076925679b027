package page

import (
	"fmt"
	"math"
	"slices"

	"loradex/evaluation/compare"
)

// scatter is speed against quality.
type scatter struct {
	Note   string
	XLabel string
	YLabel string
	Points []scatterPoint
	XTicks []tick
	YTicks []tick
}

type scatterPoint struct {
	Class, Name, Text string
	X, Y              string
	Anchor            string // where the name lies: start is right of the point
}

// measured is a system with its cost and quality.
type measured struct {
	name          string
	class         string
	cost, quality float64
}

// speedsOf plots the latencies of each measurement of efficiency. Without one it takes the seconds of the saved evaluations
// by query, where they are known.
func speedsOf(s *compare.Summary) []*scatter {
	var out []*scatter
	for _, e := range s.Efficiency {
		plot := &scatter{
			XLabel: "milliseconds for a query, median", YLabel: "mrr@10",
			Note: fmt.Sprintf("Measured on %s, one query at a time, all systems in turns.", e.Dataset),
		}
		var points []measured
		for i := range e.Systems {
			x := &e.Systems[i]
			points = append(points, measured{x.Name, class(i), x.Latency.P50, x.MRR})
		}
		if plot.place(points) {
			out = append(out, plot)
		}
	}
	if len(s.Efficiency) > 0 {
		return out
	}
	plot := &scatter{
		XLabel: "milliseconds for a query, with its share of the documents", YLabel: s.Metrics[0],
		Note: "Seconds that the evaluations took, mean over the data sets. Vectors that an earlier evaluation had kept cost nothing, and other work of the machine counts: " +
			"`eval efficiency` measures properly.",
	}
	if plot.place(evaluationSeconds(s)) {
		out = append(out, plot)
	}
	return out
}

// evaluationSeconds is what the evaluations of each system took by query, mean over the data sets.
func evaluationSeconds(s *compare.Summary) []measured {
	var points []measured
	for i, a := range s.Averages {
		cost, sets := 0.0, 0
		for j := range s.Results {
			r := &s.Results[j]
			queries := r.Ranks.Queries()
			if r.System == a.System && r.Seconds.Total > 0 && queries > 0 {
				cost += 1000 * r.Seconds.Total / float64(queries)
				sets++
			}
		}
		if sets > 0 && len(a.Metrics) > 0 {
			points = append(points, measured{a.System, class(i), cost / float64(sets), a.Metrics[0].Mean})
		}
	}
	return points
}

// place scales both axes to what is there, cost from 0. It tells whether there is enough for a plot.
func (s *scatter) place(points []measured) bool {
	points = slices.DeleteFunc(points, func(m measured) bool { return !(m.cost > 0) })
	if len(points) < 2 {
		return false
	}
	right, low, high := 0.0, math.Inf(1), math.Inf(-1)
	for _, p := range points {
		right, low, high = max(right, p.cost), min(low, p.quality), max(high, p.quality)
	}
	right *= 1.15
	pad := max((high-low)*0.15, 0.005)
	low, high = max(low-pad, 0), high+pad
	for _, p := range points {
		x := p.cost / right
		at := scatterPoint{
			Class: p.class, Name: p.name, X: percent(x), Y: percent(1 - (p.quality-low)/(high-low)), Anchor: "start",
			Text: fmt.Sprintf("%s: %.3g ms, %s %.4f", p.name, p.cost, s.YLabel, p.quality),
		}
		if x > 0.5 {
			at.Anchor = "end"
		}
		s.Points = append(s.Points, at)
	}
	for i := range 5 {
		part := float64(i) / 4
		s.XTicks = append(s.XTicks, tick{percent(part), fmt.Sprintf("%.3g", part*right)})
		s.YTicks = append(s.YTicks, tick{percent(1 - part), fmt.Sprintf("%.3f", low+part*(high-low))})
	}
	return true
}
