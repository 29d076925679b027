package indexer

import (
	"context"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// Encoder makes vectors. The encoder of package embed is one.
type Encoder interface {
	// Each hands a vector of unit length for each row to take as soon as it is made, in any order, with the row's place. An
	// error of take ends the work and is returned. What take has been given before an error is stored.
	Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error
}

// Store is a manifest and a sink over the same index.
type Store interface {
	Manifest
	Sink
}

// SpacePlan is a space that [Index] fills.
type SpacePlan struct {
	// Space is what the encoder says of its document vectors; its mix is what they are encoded with. Index sets the chunker and derives the ID anew, as
	// [Options.SpaceOf] does.
	Space embed.Space
	// Languages restricts the space to chunks of these languages (lower case), for language-wise indexing. No language
	// may be in two plans. The default nil takes all.
	Languages []string
	// Rest restricts the space to the languages that no other plan names.
	Rest bool
	// Default makes it the space that a search without a mix uses.
	Default bool
}

// Progress is how far a phase is.
type Progress struct {
	Phase string // "scan", "index" or "encode"
	Done  int    // files found; files looked at; texts encoded for all spaces
	Total int    // 0 while it is not known
}

// Options says what [Index] does. The zero value indexes for lexical search only, with the defaults.
type Options struct {
	// Spaces are the spaces to fill, in this order. Needs an encoder. The default nil is lexical only.
	Spaces []SpacePlan
	// Languages is recorded as [RepoState].Languages, completed by the other languages of the index with the base. The
	// default nil keeps what the index has; an empty map makes it an index with one mix for all.
	Languages map[string]adapters.Mix
	// Template is the text that is encoded. The default "" is [DefaultTemplate].
	Template Template
	// MaxFileBytes is the size above which a file is passed over unread. The default 0 is 1 MiB.
	MaxFileBytes int64
	// Data says which files of data are taken, as JSON and XML: one of the Data constants. The default "" is DataProject.
	Data string
	// Encoding is what files are written in that are neither UTF-8 nor, as far as one can tell, UTF-16: a name that the
	// web knows, as windows-1251 or shift_jis. The default "" is windows-1252; "utf-8" passes them over.
	Encoding string
	// Full does everything anew, whatever the index holds: files are read and cut, and the spaces in Spaces emptied.
	Full bool
	// Progress is told now and then how far the run is, always from the goroutine that called Index. The default nil
	// tells nobody.
	Progress func(Progress)
	// Split cuts a file into chunks. The default nil is [chunk.Split]. Tests count its calls.
	Split func(ctx context.Context, language string, src []byte) ([]Chunk, error)
}

// What is taken of files of data.
const (
	DataProject = "project" // what describes projects and configures programs: small files, and known names
	DataAll     = "all"     // all that is text
	DataNone    = "none"    // none: only code, prose, and configuration that is written like code
)

// takenBytes is how large a file may be that a name in .loradexignore takes in.
const takenBytes = 32 << 20

// limitOf is how large a file may be.
func (o Options) limitOf(path string, m Marks) int64 {
	switch {
	case m.Taken == TakenByName:
		return max(o.MaxFileBytes, takenBytes)
	case isNotebook(path):
		return max(o.MaxFileBytes, notebookBytes)
	}
	return o.MaxFileBytes
}

// rules are what decides over the files of a snapshot.
func (o Options) rules(entries []Entry) rules {
	return rules{data: o.Data, encoding: o.Encoding, own: ownVendor(entries)}
}

// DefaultMaxFileBytes is the default of Options.MaxFileBytes.
const DefaultMaxFileBytes = 1 << 20

// Validate says what is wrong with o.
func (o Options) Validate() error {
	if o.MaxFileBytes < 0 || o.MaxFileBytes > 1<<30 {
		return fault.New(fault.Invalid, "a largest file size of %d bytes is out of range", o.MaxFileBytes).
			WithHint("give 1 to %d", 1<<30)
	}
	if !slices.Contains([]string{"", DataProject, DataAll, DataNone}, o.Data) {
		return fault.New(fault.Invalid, "files of data: %q is not known", o.Data).
			WithHint("use %s, %s or %s", DataProject, DataAll, DataNone)
	}
	if o.Encoding != "" && encodingNamed(o.Encoding) == nil {
		return fault.New(fault.Invalid, "the encoding %q is not known", o.Encoding).
			WithHint("use a name such as windows-1252, shift_jis, gb18030 or koi8-r")
	}
	if err := o.Template.Validate(); err != nil {
		return err
	}
	ids, languages := map[string]bool{}, map[string]bool{}
	for _, p := range o.Spaces {
		for _, l := range p.Languages {
			if languages[l] {
				return fault.New(fault.Invalid, "language %q is in two spaces", l)
			}
			languages[l] = true
		}
		if p.Rest && len(p.Languages) > 0 {
			return fault.New(fault.Invalid, "space %q is for some languages and for the rest", p.Space.Mix)
		}
		if p.Space.Dimensions <= 0 {
			return fault.New(fault.Invalid, "space %q has %d dimensions", p.Space.Mix, p.Space.Dimensions)
		}
		id := o.SpaceOf(p.Space).ID
		if ids[id] {
			return fault.New(fault.Invalid, "space %s (%s) is given twice", id, p.Space.Mix)
		}
		ids[id] = true
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.MaxFileBytes == 0 {
		o.MaxFileBytes = DefaultMaxFileBytes
	}
	if o.Data == "" {
		o.Data = DataProject
	}
	if o.Split == nil {
		o.Split = chunk.Split
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return o
}

// classifyVersion changes whenever classify.go decides otherwise over some file that is indexed. Where that are files of few
// languages, theirs alone changes: that of the language that they were given before.
func classifyVersion(language string) string {
	if guessed[language] {
		return "3"
	}
	return "2"
}

// wordsVersion changes whenever package search/tokens splits texts in another way: stores derive words when files are put.
const wordsVersion = "2"

// Chunker identifies everything that turns a file of a language into chunks and texts: how it is classified, how it is cut,
// which words it has, what is encoded. It keys cached chunk lists and is kept with every file: one that was stored under another one is done
// again, and those of other languages stay.
func (o Options) Chunker(language string) string {
	encoding := ""
	if o.Encoding != "" {
		encoding = ";e" + strings.ToLower(o.Encoding)
	}
	return "c" + chunk.Identity(language) + ";f" + classifyVersion(language) + ";w" + wordsVersion + encoding + ";" + o.Template.version()
}

// SpaceRules identifies the kind of texts that a space holds vectors of. It is part of every space. How files are cut is not:
// a vector belongs to a text, whose digest it is found by, so it stays where a file is cut anew and the text is the same.
func (o Options) SpaceRules() string {
	return "c1;f1;" + o.Template.version() // the first versions, of a time when they were part of it
}

// SpaceOf returns the space as an index with these options holds it.
func (o Options) SpaceOf(s embed.Space) embed.Space { return s.WithChunker(o.SpaceRules()) }
