// Package searchbench fills a store with as many chunks as a benchmark asks for and measures searches over it. The
// command line's `bench search` and this package's own benchmarks share it.
//
// A store of 100,000 chunks takes an hour to encode and a large repository to cut. So chunks are drawn from real ones:
// the first copies are the real texts and vectors themselves, later ones vary them. A varied text has one word in ten
// replaced by another word of the source, so words keep their frequencies; a varied vector lies at a cosine of 0.9 to
// its original, about as far as two versions of a function, which makes finding the right neighbours harder, not
// easier, than in a real repository.
//
//	err := searchbench.Fill(ctx, store, source, searchbench.FillOptions{Chunks: 100_000})
//	report, err := searchbench.Measure(ctx, store, queries, searchbench.MeasureOptions{Space: searchbench.SpaceID})
package searchbench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"unicode"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// SpaceID is the space that Fill makes.
const SpaceID = "searchbench"

// Source is what chunks are drawn from. Texts and Vectors belong together by index; Vectors may be nil for an index
// without vectors.
type Source struct {
	Texts   []string
	Vectors [][]float32 // unit length, all as long
}

// FillOptions are the settings of Fill.
type FillOptions struct {
	Chunks   int            // how many to store; the default is 100,000
	PerFile  int            // chunks of a file; the default is 10
	Seed     uint64         // equal seeds store equal chunks
	Progress func(done int) // called after each batch; may be nil
}

// Validate reports settings that make no sense.
func (o FillOptions) Validate() error {
	if o.Chunks < 0 || o.PerFile < 0 {
		return fault.New(fault.Invalid, "searchbench: %d chunks, %d per file", o.Chunks, o.PerFile)
	}
	return nil
}

// variation is one word in how many of a varied text that is replaced.
const variation = 10

// cosine is how close a varied vector is to its original.
const cosine = 0.9

// filesPerBatch bounds one transaction.
const filesPerBatch = 100

// Fill stores chunks drawn from a source, with vectors where it has them, as the indexer would. The store should be empty.
func Fill(ctx context.Context, sink indexer.Sink, src Source, o FillOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if len(src.Texts) == 0 || src.Vectors != nil && len(src.Vectors) != len(src.Texts) {
		return fault.New(fault.Invalid, "searchbench: %d texts with %d vectors", len(src.Texts), len(src.Vectors))
	}
	if o.Chunks == 0 {
		o.Chunks = 100_000
	}
	if o.PerFile == 0 {
		o.PerFile = 10
	}
	if src.Vectors != nil {
		space := embed.Space{ID: SpaceID, Model: "synthetic", Dimensions: len(src.Vectors[0]), Normalize: true}
		if err := sink.PutSpace(ctx, space, true); err != nil {
			return err
		}
	}
	d := newDrawer(src, o.Seed)
	perBatch := filesPerBatch * o.PerFile
	for from := 0; from < o.Chunks; from += perBatch {
		n := min(perBatch, o.Chunks-from)
		files, vectors := d.batch(from, n, o.PerFile)
		if err := sink.PutFiles(ctx, "searchbench", files); err != nil {
			return err
		}
		if src.Vectors != nil {
			if err := sink.PutVectors(ctx, SpaceID, vectors); err != nil {
				return err
			}
		}
		if o.Progress != nil {
			o.Progress(from + n)
		}
	}
	return sink.PutRepo(ctx, indexer.RepoState{Repo: "searchbench"})
}

// drawer makes chunks out of a source.
type drawer struct {
	src   Source
	words []string // all words of the source, as often as they occur
	rng   *rand.Rand
}

func newDrawer(src Source, seed uint64) *drawer {
	d := &drawer{src: src, rng: rand.New(rand.NewPCG(seed, 0x10ade8))} //nolint:gosec // repeatable on purpose
	for _, text := range src.Texts {
		d.words = append(d.words, strings.FieldsFunc(text, notWord)...)
	}
	return d
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }

// batch makes n chunks, the first of which is the from-th of all.
func (d *drawer) batch(from, n, perFile int) ([]indexer.File, []indexer.TextVector) {
	var files []indexer.File
	var vectors []indexer.TextVector
	for i := from; i < from+n; i++ {
		if i%perFile == 0 {
			files = append(files, indexer.File{
				Path:     fmt.Sprintf("module%d/package%d/file%d.%s", i/perFile%7, i/perFile%101, i/perFile, languages[i/perFile%len(languages)].suffix),
				Language: languages[i/perFile%len(languages)].name,
				Blob:     fmt.Sprintf("%040x", i),
			})
		}
		f := &files[len(files)-1]
		text := d.text(i)
		line := 1 + i%perFile*20
		f.Chunks = append(f.Chunks, indexer.Chunk{StartLine: line, EndLine: line + 19, Kind: "function", Symbol: symbolOf(text), Text: text})
		f.Texts = append(f.Texts, fmt.Sprintf("%s\n%s", f.Path, text))
		if d.src.Vectors != nil {
			sum := sha256.Sum256([]byte(f.Texts[len(f.Texts)-1]))
			vectors = append(vectors, indexer.TextVector{Digest: hex.EncodeToString(sum[:]), Vector: d.vector(i)})
		}
	}
	return files, vectors
}

var languages = []struct{ name, suffix string }{{"go", "go"}, {"python", "py"}, {"java", "java"}, {"javascript", "js"}, {"ruby", "rb"}}

// symbolOf guesses a name: the word before the first bracket.
func symbolOf(text string) string {
	head, _, _ := strings.Cut(text, "(")
	words := strings.FieldsFunc(head, notWord)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

func (d *drawer) text(i int) string {
	text := d.src.Texts[i%len(d.src.Texts)]
	if i < len(d.src.Texts) {
		return text
	}
	var b strings.Builder
	rest := text
	for rest != "" {
		start := strings.IndexFunc(rest, func(r rune) bool { return !notWord(r) })
		if start < 0 {
			break
		}
		b.WriteString(rest[:start])
		rest = rest[start:]
		end := strings.IndexFunc(rest, notWord)
		if end < 0 {
			end = len(rest)
		}
		if d.rng.IntN(variation) == 0 {
			b.WriteString(d.words[d.rng.IntN(len(d.words))])
		} else {
			b.WriteString(rest[:end])
		}
		rest = rest[end:]
	}
	b.WriteString(rest)
	return b.String()
}

func (d *drawer) vector(i int) []float32 {
	original := d.src.Vectors[i%len(d.src.Vectors)]
	if i < len(d.src.Vectors) {
		return original
	}
	// Gaussian noise is nearly orthogonal to any direction, so its length alone sets the angle.
	noise := math.Tan(math.Acos(cosine)) / math.Sqrt(float64(len(original)))
	v := make([]float32, len(original))
	var square float64
	for j, x := range original {
		v[j] = x + float32(noise*d.rng.NormFloat64())
		square += float64(v[j]) * float64(v[j])
	}
	for j := range v {
		v[j] /= float32(math.Sqrt(square))
	}
	return v
}
