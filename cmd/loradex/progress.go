package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far something is: a bar on a terminal, else nothing. The zero value shows nothing.
type progress struct {
	a     *app
	bar   *progressbar.ProgressBar
	label string
}

// newProgress makes one for the life of a command. Call done at the end.
func (a *app) newProgress() *progress {
	if !a.errTerminal || a.flags.json || a.flags.quiet || a.getenv("TERM") == "dumb" {
		return &progress{}
	}
	return &progress{a: a}
}

// set moves the bar. A new label begins a new one; a total of 0 is not known yet.
func (p *progress) set(label string, done, total int) {
	if p.a == nil {
		return
	}
	if total <= 0 {
		total = -1
	}
	if p.bar == nil || p.label != label {
		p.done()
		p.label = label
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.a.err), progressbar.OptionSetDescription(label),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(total > 0),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth())
	}
	if total > 0 && p.bar.GetMax() != total {
		p.bar.ChangeMax(total)
	}
	_ = p.bar.Set(done) //nolint:errcheck // a bar that cannot be drawn is no reason to stop
}

// describe moves the bar and sets the text beside it.
func (p *progress) describe(label, text string, done, total int) {
	p.set(label, done, total)
	if p.bar != nil {
		p.bar.Describe(label + "  " + text)
	}
}

// hidden tells whether nothing is shown.
func (p *progress) hidden() bool { return p.a == nil }

// done takes the bar away.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Exit()  //nolint:errcheck // as above
		_ = p.bar.Clear() //nolint:errcheck // as above
		p.bar = nil
	}
}
