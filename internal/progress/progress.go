// Package progress shows how far something is where there is no terminal for a bar.
package progress

import (
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"
)

// When lines come: the first when something takes longer than a moment, the others now and then.
const (
	firstLine = 900 * time.Millisecond
	everyLine = 10 * time.Second
)

// Lines shows how far something is by a line now and then. Make it with its Out.
type Lines struct {
	Out io.Writer

	mu      sync.Mutex // guards what follows, and writing
	label   string
	text    string
	done    int
	total   int
	from    int       // what was done when the label began
	since   time.Time // when it began
	stop    chan struct{}
	stopped chan struct{}
}

// Set moves it. The first call starts what writes the lines; Done ends it.
func (p *Lines) Set(label string, done, total int, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if label != p.label || done < p.done {
		p.label, p.from, p.since = label, done, time.Now()
	}
	p.done, p.total, p.text = done, total, text
	if p.stop == nil {
		p.stop, p.stopped = make(chan struct{}), make(chan struct{})
		go p.write(p.stop, p.stopped)
	}
}

// Done ends the lines, and waits until nothing writes any more.
func (p *Lines) Done() {
	p.mu.Lock()
	stop, stopped := p.stop, p.stopped
	p.stop, p.label, p.done = nil, "", 0
	p.mu.Unlock()
	if stop != nil {
		close(stop)
		<-stopped
	}
}

func (p *Lines) write(stop, stopped chan struct{}) {
	defer close(stopped)
	for wait := firstLine; ; wait = everyLine {
		select {
		case <-stop:
			return
		case <-time.After(wait):
			p.mu.Lock()
			fmt.Fprintln(p.Out, p.line())
			p.mu.Unlock()
		}
	}
}

// line says how far it is, and how long the rest takes at the pace so far.
func (p *Lines) line() string {
	if p.done == 0 && p.total == 0 && p.text == "" {
		return p.label + " …" // nothing is known yet
	}
	out := p.label + ": " + strconv.Itoa(p.done)
	if p.total > 0 {
		out += fmt.Sprintf(" of %d (%d %%)", p.total, min(100, p.done*100/p.total))
	}
	if p.text != "" {
		out += ", " + p.text
	}
	if made := p.done - p.from; made > 0 && p.total > p.done {
		left := time.Duration(float64(time.Since(p.since)) / float64(made) * float64(p.total-p.done))
		out += ", about " + leftText(left) + " left"
	}
	return out
}

// leftText is a duration as one speaks of it.
func leftText(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second))) + " s"
	case d < 90*time.Minute:
		return strconv.Itoa(int(d.Round(time.Minute)/time.Minute)) + " min"
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

// Shared is a writer that several goroutines may write to: the lines come from one of their own.
func Shared(w io.Writer) io.Writer { return &shared{w: w} }

type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}
