package page

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"

	"loradex/evaluation/calibration"
	"loradex/evaluation/experiment"
)

// This file shows how good probabilities are.

// Probability is the text of what was fitted.
func Probability(doc *experiment.Fitted) string {
	var s sheet
	s.say("%s search", doc.Mode)
	if doc.Model != "" {
		s.say(", base %.12s, mix %s", doc.Model, doc.Mix)
	}
	s.say(": probability = 1 / (1 + exp(-(%.3f %+.3f share %+.3f standing %+.3f rank)))\n\n", doc.Base, doc.Of[0], doc.Of[1], doc.Of[2])
	t := Table{Head: []string{"DATA SET", "HITS", "ECE", "AUROC", "BRIER", "OF THE BASE RATE"}}
	add := func(name string, q calibration.Quality) {
		t.Add(name, strconv.Itoa(q.Samples), fmt.Sprintf("%.4f", q.ECE), fmt.Sprintf("%.4f", q.AUROC), fmt.Sprintf("%.4f", q.Brier), fmt.Sprintf("%.4f", q.BaseRate))
	}
	for _, c := range setsOf(doc) {
		for _, name := range slices.Sorted(maps.Keys(c.BySet)) {
			add(name, c.BySet[name])
		}
		add("all "+c.name, c.All)
	}
	s.WriteString(t.Text())
	for _, c := range setsOf(doc) {
		s.say("\n%s\n", c.name)
		s.WriteString(reliabilityTable(c.All).Text())
	}
	return s.String()
}

type calibratedSets struct {
	name string
	*experiment.CalibratedSets
}

// setsOf are those that were fitted to, and those that were checked, where there are some.
func setsOf(doc *experiment.Fitted) []calibratedSets {
	out := []calibratedSets{{"fitted on", &doc.On}}
	if doc.Checked != nil {
		out = append(out, calibratedSets{"checked on", doc.Checked})
	}
	return out
}

// reliabilityTable is of bins: what was said, what came true.
func reliabilityTable(q calibration.Quality) Table {
	t := Table{Head: []string{"PROBABILITY", "RIGHT", "SHARE"}}
	for _, b := range q.Bins {
		t.Add(fmt.Sprintf("%.3f", b.Probability), fmt.Sprintf("%.3f", b.Right), fmt.Sprintf("%.3f", b.Share))
	}
	return t
}

// ReliabilityPlot draws the share of right ones over the probability, as SVG: the diagonal is what was said.
func ReliabilityPlot(doc *experiment.Fitted) string {
	const side, edge, wide = 320, 48, 560
	at := func(v float64) float64 { return edge + v*side }
	up := func(v float64) float64 { return edge + (1-v)*side }
	colours := [...]string{"#0072B2", "#D55E00"}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", wide, side+2*edge)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", wide, side+2*edge)
	fmt.Fprintf(&b, `<text x="%d" y="22">%s</text>`+"\n", edge, "Probabilities of "+template.HTMLEscapeString(string(doc.Mode))+" search")
	for i := range 6 {
		v := float64(i) / 5
		fmt.Fprintf(&b, `<path d="M%.0f %dV%dM%d %.0fH%d" stroke="#ddd"/>`+"\n", at(v), edge, edge+side, edge, up(v), edge+side)
		fmt.Fprintf(&b, `<text x="%.0f" y="%d" text-anchor="middle">%.1f</text><text x="%d" y="%.0f" text-anchor="end">%.1f</text>`+"\n", at(v), edge+side+18, v, edge-6, up(v)+4, v)
	}
	fmt.Fprintf(&b, `<path d="M%.0f %.0fL%.0f %.0f" stroke="#888" stroke-dasharray="4"/>`+"\n", at(0), up(0), at(1), up(1))
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">probability</text><text x="%d" y="%d">share of right ones</text>`+"\n", edge+side/2, side+2*edge-10, edge, edge-8)
	for i, c := range setsOf(doc) {
		colour := colours[i]
		var line strings.Builder
		for _, bin := range c.All.Bins {
			fmt.Fprintf(&line, "%.1f,%.1f ", at(bin.Probability), up(bin.Right))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"><title>%.3f said, %.3f right, %.1f %% of the hits</title></circle>`+"\n",
				at(bin.Probability), up(bin.Right), 2+6*bin.Share, colour, bin.Probability, bin.Right, 100*bin.Share)
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.TrimSpace(line.String()), colour)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s">%s</text>`+"\n", edge+side+14, edge+12+18*i, colour, c.name)
	}
	b.WriteString("</svg>\n")
	return b.String()
}
