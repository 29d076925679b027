package speed

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"loradex/internal/plural"
)

// This file draws charts as SVG.

// chartPoint is a point of a line; both coordinates must be positive.
type chartPoint struct{ X, Y float64 }

// chartLine is a line of a chart.
type chartLine struct {
	Name   string
	Points []chartPoint
}

// Layout of a chart, in pixels.
const (
	chartWidth, chartHeight = 720, 420
	left, right             = 64, 190 // the lines' names stand on the right
	top, bottom             = 40, 52
)

// colours tell lines apart, also for most people who see few colours (Okabe and Ito, "Color universal design").
var colours = []string{"#D55E00", "#E69F00", "#000000", "#0072B2", "#56B4E9", "#009E73", "#CC79A7"}

// logChart draws lines over two logarithmic axes, as a complete SVG document. Points that are not positive are left out.
func logChart(title, xName, yName string, lines []chartLine) string {
	x, y := newAxis(lines, func(p chartPoint) float64 { return p.X }), newAxis(lines, func(p chartPoint) float64 { return p.Y })
	atX := func(v float64) float64 { return left + x.share(v)*(chartWidth-left-right) }
	atY := func(v float64) float64 { return chartHeight - bottom - y.share(v)*(chartHeight-top-bottom) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", chartWidth, chartHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", chartWidth, chartHeight)
	text := func(x, y float64, anchor, s string) {
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, html.EscapeString(s))
	}
	text(left, 22, "start", title)
	for _, v := range x.ticks() {
		fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="#ddd"/>`+"\n", atX(v), top, chartHeight-bottom)
		text(atX(v), chartHeight-bottom+18, "middle", tickText(v))
	}
	for _, v := range y.ticks() {
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/>`+"\n", left, atY(v), chartWidth-right)
		text(left-6, atY(v)+4, "end", tickText(v))
	}
	text(left+float64(chartWidth-left-right)/2, chartHeight-12, "middle", xName)
	text(left, top-6, "start", yName)
	names := labels(lines, atY)
	for i, l := range lines {
		colour := colours[i%len(colours)]
		var path strings.Builder
		for _, p := range drawable(l.Points) {
			fmt.Fprintf(&path, "%.1f,%.1f ", atX(p.X), atY(p.Y))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s: %s, %.4g</title></circle>`+"\n",
				atX(p.X), atY(p.Y), colour, html.EscapeString(l.Name), tickText(p.X), p.Y)
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.TrimSpace(path.String()), colour)
		fmt.Fprintf(&b, `<g fill="%s">`, colour)
		text(chartWidth-right+10, names[i], "start", l.Name)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func drawable(points []chartPoint) []chartPoint {
	return slices.DeleteFunc(slices.Clone(points), func(p chartPoint) bool {
		return !(p.X > 0 && p.Y > 0) || math.IsInf(p.X, 0) || math.IsInf(p.Y, 0)
	})
}

// labels places the lines' names beside their last points, and apart from each other.
func labels(lines []chartLine, atY func(float64) float64) []float64 {
	const apart = 16
	out := make([]float64, len(lines))
	order := make([]int, len(lines))
	for i, l := range lines {
		order[i], out[i] = i, top
		if p := drawable(l.Points); len(p) > 0 {
			out[i] = atY(p[len(p)-1].Y) + 4
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(math.Copysign(1, out[a]-out[b])) })
	for i := 1; i < len(order); i++ {
		out[order[i]] = max(out[order[i]], out[order[i-1]]+apart)
	}
	return out
}

// axis is a logarithmic one; it spans whole powers of ten.
type axis struct{ low, high float64 }

func newAxis(lines []chartLine, of func(chartPoint) float64) axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, p := range drawable(l.Points) {
			low, high = min(low, math.Log10(of(p))), max(high, math.Log10(of(p)))
		}
	}
	if low > high {
		return axis{0, 1}
	}
	a := axis{math.Floor(low), math.Ceil(high)}
	if a.low == a.high {
		a.high++
	}
	return a
}

func (a axis) share(v float64) float64 { return (math.Log10(v) - a.low) / (a.high - a.low) }

func (a axis) ticks() []float64 {
	var out []float64
	for e := a.low; e <= a.high; e++ {
		out = append(out, math.Pow(10, e))
	}
	return out
}

// tickText writes 1000000 as 1,000,000, and small values with few digits.
func tickText(v float64) string {
	if v < 1000 {
		return fmt.Sprintf("%.4g", v)
	}
	return plural.Thousands(int(math.RoundToEven(v)))
}
