// Package show prints answers of searches for people and for programs that read lines.
//
//	p := show.Printer{Out: os.Stdout, Heading: true, Color: true, Wanted: search.WantedOf(&request), Place: place}
//	p.Answer(answer)
//
// With headings, hits stand under the file that they are of, files in the order of their best hits. Each hit says its rank, so that
// the order of the answer stays visible. Without, each begins with path:line, as grep has it.
package show

import (
	"io"

	"loradex/internal/plural"
	"loradex/search"
)

// DefaultLines is how many lines of a hit people see.
const DefaultLines = 10

// Printer prints answers. A failure to write is Out's to keep.
type Printer struct {
	Out     io.Writer
	Color   bool           // escape sequences are understood
	Heading bool           // hits stand under their file
	Link    string         // format of links, as [ReadLink] has it; "" is none. Without Color there are none
	Several bool           // hits name their repository
	Wanted  *search.Wanted // what is marked
	// Place is what the file of a hit is called in the working folder, and its absolute path, "" where it is not on this machine.
	Place func(h *search.Hit) (name, file string)
}

// printf writes. What fails is seen when the output is flushed.
func (p *Printer) printf(format string, args ...any) {
	_, _ = io.WriteString(p.Out, plural.Sprintf(format, args...)) //nolint:errcheck // documented
}

// Colors of a terminal.
const (
	styleReset  = "\x1b[0m"
	styleBold   = "\x1b[1m"
	styleDim    = "\x1b[2m"
	styleNumber = "\x1b[32m"   // as grep has it, and the next two
	stylePath   = "\x1b[35m"   // of a file
	styleMark   = "\x1b[1;31m" // what was asked for
)

func (p *Printer) style(style, text string) string {
	if !p.Color || text == "" {
		return text
	}
	return style + text + styleReset
}
