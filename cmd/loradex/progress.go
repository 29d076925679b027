package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far something is by a bar on a terminal.
type progress struct {
	out   io.Writer
	bar   *progressbar.ProgressBar
	label string
}

// Set moves the bar. A new label begins a new one; a total of 0 is not known yet.
func (p *progress) Set(label string, done, total int, text string) {
	if total <= 0 {
		total = -1
	}
	if p.bar == nil || p.label != label {
		p.Done()
		p.label = label
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(label),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(total > 0),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth())
	}
	if total > 0 && p.bar.GetMax() != total {
		p.bar.ChangeMax(total)
	}
	_ = p.bar.Set(done) //nolint:errcheck // a bar that cannot be drawn is no reason to stop
	if text != "" {
		p.bar.Describe(label + "  " + text)
	}
}

// Done takes the bar away.
func (p *progress) Done() {
	if p.bar != nil {
		_ = p.bar.Exit()  //nolint:errcheck // as above
		_ = p.bar.Clear() //nolint:errcheck // as above
		p.bar = nil
	}
}
