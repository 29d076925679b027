package perturb

import (
	"cmp"
	"context"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// Kind names a change. The names are those of `eval robust --perturb`.
type Kind string

// The kinds, in the order of [Kinds].
const (
	Rename   Kind = "rename"
	comments Kind = "comments"
	Typos    Kind = "typos"
	Lower    Kind = "lower"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Rename, comments, Typos, Lower} }

// ParseKind reads the name of a kind. Invalid for others.
func ParseKind(name string) (Kind, error) {
	if slices.Contains(Kinds(), Kind(name)) {
		return Kind(name), nil
	}
	var known []string
	for _, k := range Kinds() {
		known = append(known, string(k))
	}
	return "", fault.New(fault.Invalid, "no perturbation is called %q", name).WithHint("there are %s", strings.Join(known, ", "))
}

// OfQueries tells whether a kind changes queries; else it changes documents.
func (k Kind) OfQueries() bool { return k == Typos || k == Lower }

// Names says what renamed identifiers are called.
type Names string

// The styles of names.
const (
	// Numbered names are var1, var2 and func1, by the order in which they are met.
	Numbered Names = "numbered"
	// Words are plain words with nothing to do with programming, in an order that the seed decides.
	Words Names = "words"
)

// Options say how texts are changed. The zero value has the defaults.
type Options struct {
	// Seed decides everything that is drawn. Each text has draws of its own.
	Seed uint64
	// Names is the style of names of [Rename]. The default is Numbered.
	Names Names
	// TypoRate is the chance of a word of at least four letters to be misspelled by [Typos]. The default 0 is 0.3.
	TypoRate float64
}

// Validate says what is wrong with o.
func (o Options) Validate() error {
	if o.Names != "" && o.Names != Numbered && o.Names != Words {
		return fault.New(fault.Invalid, "no style of names is called %q", o.Names).WithHint("%s or %s", Numbered, Words)
	}
	if !(o.TypoRate >= 0 && o.TypoRate <= 1) { // this way round, NaN fails it
		return fault.New(fault.Invalid, "a rate of typos of %g", o.TypoRate).WithHint("0 to 1")
	}
	return nil
}

func (o Options) withDefaults() Options {
	o.Names, o.TypoRate = cmp.Or(o.Names, Numbered), cmp.Or(o.TypoRate, 0.3)
	return o
}

// source returns the draws for one text.
func (o Options) source(k Kind, text string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(string(k) + "\x00" + text)) // never fails
	return rand.New(rand.NewPCG(o.Seed, h.Sum64()))   //nolint:gosec // repeatable on purpose
}

// Outcome says what became of a text. The words are part of reports.
type Outcome string

// The outcomes. All but Changed leave the text as it is.
const (
	Changed    Outcome = "changed"
	unchanged  Outcome = "unchanged"   // there is nothing to change
	noLanguage Outcome = "no_language" // it says none, or one without a grammar
	notParsed  Outcome = "not_parsed"  // the parser finds a mistake in it
	unsafe     Outcome = "unsafe"      // the changed text does not parse as promised
)

// result is a text after a change.
type result struct {
	Text    string
	Outcome Outcome
}

// Apply changes a text: a query, or a document in a programming language, named as chunks name it. What is promised of
// documents, and checked by parsing the new text:
//
//	rename    the same tree; tokens differ only in names, of which different ones stay different, and those that change
//	          and were equal stay equal
//	comments  no mistake, no comment and no docstring
//
// Queries of one letter, or of punctuation only, stay as they are. Errors: Invalid for options and for an unknown kind; Unsupported
// in a build without grammars; Canceled.
func Apply(ctx context.Context, k Kind, language, text string, o Options) (result, error) {
	if err := o.Validate(); err != nil {
		return result{}, err
	}
	o = o.withDefaults()
	var change func(*source, Options) attempt
	switch k {
	case Typos:
		return outcome(text, misspell(text, o)), nil
	case Lower:
		return outcome(text, lower(text)), nil
	case Rename:
		change = rename
	case comments:
		change = withoutComments
	default:
		_, err := ParseKind(string(k))
		return result{}, err
	}
	if !chunk.Available() {
		return result{}, fault.New(fault.Unsupported, "this build cannot parse code, so no code can be changed").
			WithHint("build with CGO_ENABLED=1")
	}
	if !slices.Contains(languages, language) {
		return result{text, noLanguage}, nil
	}
	src, err := parse(ctx, language, text)
	if err != nil {
		return result{}, err
	}
	if src == nil {
		return result{text, notParsed}, nil
	}
	a := change(src, o)
	changed := src.apply(a.edits)
	if changed == src.text {
		return result{text, unchanged}, nil
	}
	after, err := parseIn(ctx, language, src.frame, changed)
	if err != nil {
		return result{}, err
	}
	if after == nil || !a.holds(src, after) {
		return result{text, unsafe}, nil
	}
	return result{after.own(), Changed}, nil
}

func outcome(before, after string) result {
	if before == after {
		return result{after, unchanged}
	}
	return result{after, Changed}
}
