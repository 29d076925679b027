package speed

import "loradex/embed"

// Setup is what a measurement is made with.
type Setup struct {
	Encoder *embed.Encoder
	Threads int   // that the encoder runs
	Pairs   int   // of runs, at least MinPairs
	Peer    *peer // takes turns with the encoder; nil does without
	// Against is another model, which takes turns with the encoder in [Encode] where there is no peer; nil does without.
	Against *embed.Encoder
	// Step is told what is measured next, as these things take minutes; nil: nobody is.
	Step func(format string, args ...any)
	// Progress is told how far a phase of [Search] is; nil: nobody is.
	Progress func(phase string, done, total int)
}

func (s *Setup) step(format string, args ...any) {
	if s.Step != nil {
		s.Step(format, args...)
	}
}

func (s *Setup) progress(phase string, done, total int) {
	if s.Progress != nil {
		s.Progress(phase, done, total)
	}
}
