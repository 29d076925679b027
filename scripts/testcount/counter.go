package main

// This file defines the counter: it reads the event stream of `go test -json` (documented by `go doc test2json`).

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of the stream.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build events
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

// maxLine bounds one line of the stream; go test cuts output lines far below this.
const maxLine = 16 << 20

// counter turns events into lines and counts.
type counter struct {
	out                     io.Writer
	output                  map[string]*strings.Builder // of each running package or test, by key
	parents                 map[string]bool             // tests that have subtests, by key
	failedTests             []string                    // keys of failed tests, in order
	skips                   []string
	passed, failed, skipped int
	brokenPackages          int // did not build, or failed outside a test
}

func newCounter(out io.Writer) *counter {
	return &counter{out: out, output: map[string]*strings.Builder{}, parents: map[string]bool{}}
}

// read consumes the stream. Lines that are not events (go prints some with -json too) are passed on.
func (c *counter) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(c.out, lines.Text())
			continue
		}
		c.add(e)
	}
	return lines.Err()
}

func (c *counter) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(c.out, e.Output)
	case "run":
		// A subtest starts after its parent, so its start is what tells that the parent has subtests.
		if i := strings.LastIndexByte(e.Test, '/'); i >= 0 {
			c.parents[e.Package+" "+e.Test[:i]] = true
		}
	case "output":
		b := c.output[key]
		if b == nil {
			b = &strings.Builder{}
			c.output[key] = b
		}
		b.WriteString(e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			c.endPackage(e, key)
		} else {
			c.endTest(e, key)
		}
		delete(c.output, key)
	}
}

func (c *counter) endTest(e event, key string) {
	text := ""
	if b := c.output[key]; b != nil {
		text = b.String()
	}
	if e.Action == "fail" {
		fmt.Fprint(c.out, text)
	}
	if c.parents[key] && e.Action != "fail" {
		return
	}
	switch e.Action {
	case "pass":
		c.passed++
	case "fail":
		if !c.subtestFailed(key) { // else the failure has been counted
			c.failed++
		}
		c.failedTests = append(c.failedTests, key)
	case "skip":
		c.skipped++
		c.skips = append(c.skips, e.Package+"."+e.Test+": "+skipReason(text))
	}
}

// subtestFailed reports whether a subtest of the test has failed; subtests end before their parent.
func (c *counter) subtestFailed(key string) bool {
	for _, failed := range c.failedTests {
		if strings.HasPrefix(failed, key+"/") {
			return true
		}
	}
	return false
}

func (c *counter) endPackage(e event, key string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(c.out, "ok    %s %.1fs\n", e.Package, e.Elapsed)
	case "fail":
		c.brokenPackages++
		if b := c.output[key]; b != nil {
			fmt.Fprint(c.out, b.String()) // panics and exits outside a test are here
		}
		fmt.Fprintf(c.out, "FAIL  %s %.1fs\n", e.Package, e.Elapsed)
	case "skip":
		fmt.Fprintf(c.out, "-     %s [no test files]\n", e.Package)
	}
}

// skipReason takes the message out of a skipped test's output: the text behind "file.go:12: ".
func skipReason(output string) string {
	for _, line := range strings.Split(output, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if _, reason, ok := strings.Cut(line, ": "); ok {
			return reason
		}
		return line
	}
	return "no reason given"
}

// summary lists what was skipped and returns the line with the counts.
func (c *counter) summary() string {
	for _, s := range c.skips {
		fmt.Fprintln(c.out, "skip ", s)
	}
	line := fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
	if c.brokenPackages > 0 {
		line += fmt.Sprintf(" (%d packages failed)", c.brokenPackages)
	}
	return line
}
