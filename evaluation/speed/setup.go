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
	// Step is told what is measured next: these things take minutes.
	Step func(format string, args ...any)
	// Progress is told how far a phase of [Search] is.
	Progress func(phase string, done, total int)
}
