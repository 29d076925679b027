package chunk

// Chunk is a span of one file. Lines are 1-based and inclusive; a line ends at "\n".
type Chunk struct {
	StartLine int `json:"start_line"`
	EndLine   int `json:"end_line"`
	// Symbol names the definitions in the span: "Encoder.Encode", "README > Install", "A, B". See the package doc.
	Symbol string `json:"symbol,omitempty"`
	// Symbols are the definitions that begin in the span, each with its place, and the one that the span is a part of: all
	// of those whose names Symbol shows, and those inside of them. At most 256.
	Symbols []Symbol `json:"symbols,omitempty"`
	// Kind is one of the Kind constants: function method type interface enum const var module section window.
	Kind string `json:"kind,omitempty"`
	// Doc is the doc comment or docstring, markers stripped, of at most 2,000 bytes; its source lines lie in the span too.
	Doc string `json:"doc,omitempty"`
	// Signature is set on the later parts of a split definition: the head that they no longer show, on one line of at
	// most 300 bytes. For a Markdown section it is the heading.
	Signature string `json:"signature,omitempty"`
	// Text is the source lines StartLine..EndLine, as they are, without the end of the last one. It is longer than
	// 2,000 bytes, or 2,500 with closing lines, only where a single line is.
	Text string `json:"text"`
}

// The kinds of chunks. A class, struct, record or type alias is a type; a trait or protocol is an interface; a
// constructor is a method; a field or property that stands alone is a var.
const (
	KindFunction  = "function"
	KindMethod    = "method"
	KindType      = "type"
	KindInterface = "interface"
	KindEnum      = "enum"
	KindConst     = "const"
	KindVar       = "var"
	KindModule    = "module"
	KindSection   = "section" // of Markdown
	KindWindow    = "window"  // lines without structure
)

// Limits on what is said about a chunk, in bytes, cut at rune edges.
const (
	maxDoc       = 2000
	maxSymbol    = 200
	maxSignature = 300
)
