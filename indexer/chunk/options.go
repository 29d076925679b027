package chunk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"loradex/internal/fault"
)

// Version names the rules of this package. It is part of every space's identity and of the key of cached chunk lists,
// so it changes with the output of Split: a test compares it with the digest of the golden files.
const Version = "1"

// Options says how large chunks are. The zero value of each field means its default.
//
// The defaults follow the encoder: a MiniLM reads 256 tokens, and source code measures 10 to 13 of its tokens a line
// and 2.6 to 3.8 bytes a token, so it reads the first 20 to 25 lines. A function somewhat longer than that is still
// best found by its head and stays whole; beyond MaxLines its tail would be invisible, and it is cut into parts that
// the encoder reads in full.
type Options struct {
	// MaxLines is the longest chunk of a definition that stays whole. The default value is 40. A chunk may be longer by
	// less than MinLines where it takes in the closing lines around it.
	MaxLines int
	// TargetLines is the length aimed at when something is cut into parts or tiny definitions are gathered. The default
	// value is 25.
	TargetLines int
	// MinLines is the number of non-blank lines under which a definition is tiny. The default value is 5.
	MinLines int
	// MaxBytes is the largest Text, but for a single line that is longer. The default value is 2,000. Closing lines may
	// add a quarter.
	MaxBytes int
	// WindowOverlap is the number of lines that neighbouring windows share. The default value is 5; -1 means none.
	WindowOverlap int
	// MaxParse is the largest source, in bytes, that is parsed; a larger one is cut into windows. The default value is
	// 1 MiB.
	MaxParse int
	// MaxInput is the largest source, in bytes, that is accepted; a larger one is an error of code Invalid. The default
	// value is 64 MiB.
	MaxInput int
}

// withDefaults returns o with defaults for zero fields.
func (o Options) withDefaults() Options {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.MaxLines, 40)
	def(&o.TargetLines, min(25, o.MaxLines))
	def(&o.MinLines, min(5, o.TargetLines))
	def(&o.MaxBytes, 2000)
	def(&o.WindowOverlap, min(5, o.TargetLines-1))
	def(&o.MaxParse, 1<<20)
	def(&o.MaxInput, 64<<20)
	o.WindowOverlap = max(o.WindowOverlap, 0)
	return o
}

// Validate reports, as an error of code Invalid, sizes that contradict each other. Defaults are filled in first.
func (o Options) Validate() error {
	bad := func(name string, v int, want string) error {
		return fault.New(fault.Invalid, "chunk options: %s is %d", name, v).WithHint("%s must be %s", name, want)
	}
	if o.WindowOverlap < -1 {
		return bad("WindowOverlap", o.WindowOverlap, "-1 (none), 0 (default) or more")
	}
	o = o.withDefaults()
	switch {
	case o.MaxLines < 2:
		return bad("MaxLines", o.MaxLines, "at least 2")
	case o.TargetLines < 1 || o.TargetLines > o.MaxLines:
		return bad("TargetLines", o.TargetLines, fmt.Sprintf("1 to MaxLines (%d)", o.MaxLines))
	case o.MinLines < 1 || o.MinLines > o.TargetLines:
		return bad("MinLines", o.MinLines, fmt.Sprintf("1 to TargetLines (%d)", o.TargetLines))
	case o.MaxBytes < 64:
		return bad("MaxBytes", o.MaxBytes, "at least 64")
	case o.WindowOverlap >= o.TargetLines:
		return bad("WindowOverlap", o.WindowOverlap, fmt.Sprintf("less than TargetLines (%d)", o.TargetLines))
	case o.MaxParse < 1 || o.MaxParse > 1<<30:
		return bad("MaxParse", o.MaxParse, "1 byte to 1 GiB")
	case o.MaxInput < 1 || o.MaxInput > 1<<30:
		return bad("MaxInput", o.MaxInput, "1 byte to 1 GiB")
	}
	return nil
}

// Identity is what cached chunk lists and spaces are keyed by: Version, then "-window" in a build without grammars,
// then a digest of the options where they differ from the defaults.
func (o Options) Identity() string {
	id := Version
	if !Available() {
		id += "-window"
	}
	if o = o.withDefaults(); o != (Options{}).withDefaults() {
		sum := sha256.Sum256(fmt.Appendf(nil, "%+v", o))
		id += "-" + hex.EncodeToString(sum[:4])
	}
	return id
}
