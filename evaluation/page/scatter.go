package page

import (
	"fmt"
	"math"
	"slices"

	"loradex/evaluation/summary"
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

// speedOf plots the latencies of the efficiency figures. Without them it takes the seconds of the saved evaluations by
// query, where all are known. nil where nothing is.
func speedOf(s *summary.Summary) *scatter {
	var points []measured
	out := &scatter{YLabel: s.Metrics[0]}
	if s.Efficiency != nil {
		out.XLabel, out.YLabel = "milliseconds for a query, median", "mrr@10"
		out.Note = fmt.Sprintf("Measured on %s, one query at a time, all systems in turns.", s.Efficiency.Dataset)
		for i := range s.Efficiency.Systems {
			x := &s.Efficiency.Systems[i]
			points = append(points, measured{x.Name, class(i), x.Latency.P50, x.MRR})
		}
	} else {
		out.XLabel = "milliseconds for a query, with its share of the documents"
		out.Note = "Seconds that the evaluations took, mean over the data sets. Vectors that an earlier evaluation had kept cost nothing, and other work of the machine counts: " +
			"`eval efficiency` measures properly."
		for i, a := range s.Averages {
			cost, sets := 0.0, 0
			for j := range s.Results {
				r := &s.Results[j]
				queries := 0
				for _, n := range r.Ranks.Counts() {
					queries += n
				}
				if r.System == a.System && r.Seconds.Total > 0 && queries > 0 {
					cost += 1000 * r.Seconds.Total / float64(queries)
					sets++
				}
			}
			if sets > 0 && len(a.Metrics) > 0 {
				points = append(points, measured{a.System, class(i), cost / float64(sets), a.Metrics[0].Mean})
			}
		}
	}
	points = slices.DeleteFunc(points, func(m measured) bool { return !(m.cost > 0) })
	if len(points) < 2 {
		return nil
	}
	out.place(points)
	return out
}

// place scales both axes to what is there, cost from 0.
func (s *scatter) place(points []measured) {
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
}
