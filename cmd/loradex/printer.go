package main

import (
	"bufio"
	"encoding/json"
	"fmt"

	"loradex/internal/fault"
	"loradex/internal/plural"
)

// printer writes results.
type printer struct {
	out  *bufio.Writer // flushed at the end, and by commands that stream
	json bool          // --json: one document
}

// result prints what a command has found: the one document of --json, or text for people.
func (p *printer) result(doc any, text func()) error {
	if p.json {
		return p.printJSON(doc)
	}
	text()
	return nil
}

// printJSON writes the one document of --json.
func (p *printer) printJSON(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the output cannot be written")
	}
	return nil
}

// flush writes what was printed through.
func (p *printer) flush() error {
	if err := p.out.Flush(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the output cannot be written")
	}
	return nil
}

// printf writes results for people. A failure to write is sticky in the buffer and shown at the end.
func (p *printer) printf(format string, args ...any) {
	fmt.Fprint(p.out, plural.Sprintf(format, args...))
}
