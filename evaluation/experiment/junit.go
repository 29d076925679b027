package experiment

// This file writes the outcome of a gate the way CI systems read it.

import (
	"encoding/xml"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// junitSuites is a JUnit file: a suite for each data set, a case for each mix and metric.
type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	junitCounts
	Suite junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Cases []junitCase `xml:"testcase"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure"`
	Error   *junitFailure `xml:"error"` // nothing was measured
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// junit is the suite of results, which are of one data set.
func junit(list []*compare.GateResult) junitSuite {
	var suite junitSuite
	for _, r := range list {
		suite.Name = suiteName(r.Dataset, r.Split)
		c := junitCase{Class: suite.Name, Name: r.Metric + " of " + r.Adapter}
		if r.Failed {
			suite.Failures++
			c.Failure = &junitFailure{Message: r.Metric + " dropped by more than it may", Type: "drop", Text: r.String()}
		} else {
			c.Output = r.String()
		}
		suite.Cases = append(suite.Cases, c)
	}
	return suite
}

// junitRefused is the suite where nothing was measured: CI systems show only what stands in the file.
func junitRefused(now *evaluation.Report, metrics []string, why error) junitSuite {
	suite := junitSuite{Name: suiteName(now.Dataset, now.Split), junitCounts: junitCounts{Errors: len(metrics)}}
	for _, metric := range metrics {
		suite.Cases = append(suite.Cases, junitCase{
			Class: suite.Name, Name: metric, Error: &junitFailure{Message: "the baseline cannot be used", Type: string(fault.CodeOf(why)), Text: why.Error()},
		})
	}
	return suite
}

func suiteName(set, split string) string { return "loradex.eval." + set + "." + split }

// writeJUnit writes the file that was asked for, if any.
func (g *gate) writeJUnit(suite junitSuite) error {
	if g.JUnit == "" {
		return nil
	}
	suite.Tests = len(suite.Cases)
	text, err := xml.MarshalIndent(junitSuites{junitCounts: suite.junitCounts, Suite: suite}, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "outcome as JUnit XML")
	}
	return atomicfile.Replace(g.JUnit, atomicfile.Content([]byte(xml.Header+string(text)+"\n")))
}
