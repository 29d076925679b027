package chunk

const (
	// markdownVersion and windowVersion are what grammar.version is for Markdown and for what is cut into windows.
	markdownVersion = "2"
	windowVersion   = "1"
)

// options says how large chunks are.
type options struct {
	// maxLines is the longest chunk of a definition that stays whole. A chunk may be longer by less than minLines where it
	// takes in the closing lines around it.
	maxLines int
	// targetLines is the length aimed at when something is cut into parts or tiny definitions are gathered.
	targetLines int
	// minLines is the number of non-blank lines under which a definition is tiny.
	minLines int
	// maxBytes is the largest Text, but for a single line that is longer. Closing lines may add a quarter.
	maxBytes int
	// windowOverlap is the number of lines that neighbouring windows share.
	windowOverlap int
	// maxParse is the largest source, in bytes, that is parsed; a larger one is cut into windows.
	maxParse int
	// maxInput is the largest source, in bytes, that is accepted; a larger one is an error of code Invalid.
	maxInput int
}

// usual is what Split cuts by; tests force cuts and merges by other sizes.
//
// The sizes follow the encoder: a MiniLM reads 256 tokens, and source code measures 10 to 13 of its tokens a line
// and 2.6 to 3.8 bytes a token, so it reads the first 20 to 25 lines. A function somewhat longer than that is still
// best found by its head and stays whole; beyond maxLines its tail would be invisible, and it is cut into parts that
// the encoder reads in full.
var usual = options{
	maxLines: 40, targetLines: 25, minLines: 5, maxBytes: 2000, windowOverlap: 5, maxParse: 1 << 20, maxInput: 64 << 20,
}

// Identity names the rules by which files of a language are cut: what cached chunk lists and stored files are keyed by. It
// changes where the output of Split does, for that language alone. In a build without grammars it ends in "-window" for
// languages that have a parser.
func Identity(language string) string {
	g := grammarFor(language)
	switch {
	case language == markdown:
		return markdownVersion
	case g == nil:
		return windowVersion
	case !g.available():
		return g.version + "-window"
	}
	return g.version
}
