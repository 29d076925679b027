package training

// This file tells how far a training is where nobody sees its progress.

import (
	"fmt"
	"sync"
	"time"
)

// heardEvery is how long nothing is said at most.
const heardEvery = 10 * time.Second

// heard lets a training be heard that nobody watches: a note at least every 10 s. rest ends it.
func (t Tools) heard() (tools Tools, rest func()) { return t.heardEach(heardEvery) }

func (t Tools) heardEach(every time.Duration) (tools Tools, rest func()) {
	if t.Watched {
		return t, func() {}
	}
	var mu sync.Mutex // guards what follows, and the calls of the inner Note
	note, progress, said, state := t.Note, t.Progress, time.Now(), "preparing"
	t.Note = func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		note(format, args...)
		said = time.Now()
	}
	t.Progress = func(what string, done, total int, text string) {
		progress(what, done, total, text)
		mu.Lock()
		defer mu.Unlock()
		state = fmt.Sprintf("%s: %d of %d", what, done, total)
		if text != "" {
			state += ", " + text
		}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(every / 4)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			mu.Lock()
			if time.Since(said) >= every*3/4 {
				note("%s", state)
				said = time.Now()
			}
			mu.Unlock()
		}
	}()
	return t, func() {
		close(stop)
		<-stopped
	}
}
