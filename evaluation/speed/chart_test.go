package speed

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

// elements lists the start elements of a document, which must be well-formed.
func elements(t *testing.T, doc string) []xml.StartElement {
	t.Helper()
	var out []xml.StartElement
	for d := xml.NewDecoder(strings.NewReader(doc)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if start, ok := token.(xml.StartElement); ok {
			out = append(out, start.Copy())
		}
	}
}

func attribute(t *testing.T, e xml.StartElement, name string) float64 {
	t.Helper()
	for _, a := range e.Attr {
		if a.Name.Local == name {
			v, err := strconv.ParseFloat(a.Value, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("no %s in %v", name, e)
	return 0
}

func TestLogChart(t *testing.T) {
	doc := logChart("a < b & c", "chunks", "milliseconds", []chartLine{
		{Name: "one", Points: []chartPoint{{10_000, 1}, {100_000, 10}, {1_000_000, 100}}},
		{Name: "two", Points: []chartPoint{{10_000, 1}, {1_000_000, 101}, {1_000_000, 0}, {math.Inf(1), 3}, {math.NaN(), 1}}},
	})
	var circles []xml.StartElement
	for _, e := range elements(t, doc) {
		if e.Name.Local == "circle" {
			circles = append(circles, e)
		}
	}
	if len(circles) != 5 {
		t.Fatalf("%d points drawn, want those that are positive and finite: 5", len(circles))
	}
	// A power of ten is as far as the next one, to the right and upwards.
	for _, axis := range []string{"cx", "cy"} {
		a, b, c := attribute(t, circles[0], axis), attribute(t, circles[1], axis), attribute(t, circles[2], axis)
		if math.Abs((b-a)-(c-b)) > 0.21 || a == b || (b > a) != (axis == "cx") {
			t.Errorf("%s of 10,000, 100,000 and 1,000,000: %v, %v, %v", axis, a, b, c)
		}
	}
	for _, want := range []string{"1,000,000", "a &lt; b &amp; c", ">one<", ">two<", "milliseconds"} {
		if !strings.Contains(doc, want) {
			t.Errorf("no %q in\n%s", want, doc)
		}
	}
	for _, lines := range [][]chartLine{nil, {{Name: "empty"}}, {{Name: "one point", Points: []chartPoint{{1, 1}}}}} {
		if doc := logChart("", "", "", lines); strings.Contains(doc, "NaN") || strings.Contains(doc, "Inf") || len(elements(t, doc)) == 0 {
			t.Errorf("chart of %v:\n%s", lines, doc)
		}
	}
}

// TestLabels: names of lines that end at one height stand apart.
func TestLabels(t *testing.T) {
	same := []chartLine{{Points: []chartPoint{{1, 5}}}, {Points: []chartPoint{{1, 5}}}, {Points: []chartPoint{{1, 6}}}}
	got := labels(same, func(y float64) float64 { return 200 - y })
	if got[2] >= got[0] || got[1]-got[0] < 16 || got[0]-got[2] < 16 {
		t.Errorf("labels at %v", got)
	}
}
