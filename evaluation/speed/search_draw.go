package speed

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file defines how a chunk is drawn.

// drawer makes chunks out of a source. It is safe for concurrent use.
//
// The i-th chunk is the source's own for i below its length. A later one starts from the source's chunk i modulo its
// length: x. Its vector is x + t·(y − x) + noise, scaled to unit length, with y one of x's nearest neighbours, t in
// [0, 1), and noise in all directions that is a quarter to three quarters as long as y − x. Points between neighbours
// are nearer to each other than the neighbours are, noise takes them apart again: with these bounds a sample as large
// as the source has its tenth neighbours where the real vectors have them (21,644 vectors of code: median cosine 0.527
// real, 0.51 drawn), and its first ones somewhat nearer (0.68, 0.74).
type drawer struct {
	texts      []string
	vectors    [][]float32 // of the texts, unit length
	words      []string    // all words of the texts, as often as they occur
	neighbours [][]uint32
	seed       uint64
}

const (
	// variation is one word in how many of a varied text that is replaced.
	variation = 10
	// nearest is how many neighbours of a real vector a varied one may lean to.
	nearest = 8
	// minNoise and maxNoise bound the length of the noise as a share of the distance to the neighbour.
	minNoise, maxNoise = 0.25, 0.75
)

// newDrawer looks for the neighbours of every vector, which takes seconds for 20,000. Equal seeds draw equal chunks. Invalid
// for fewer than two vectors, or not as many as texts.
func newDrawer(ctx context.Context, texts []string, vectors [][]float32, seed uint64) (*drawer, error) {
	if len(vectors) != len(texts) || len(vectors) < 2 {
		return nil, fault.New(fault.Invalid, "%d texts with %d vectors to draw from", len(texts), len(vectors))
	}
	d := &drawer{texts: texts, vectors: vectors, seed: seed}
	for _, text := range texts {
		d.words = append(d.words, drawnWord.FindAllString(text, -1)...)
	}
	var err error
	d.neighbours, err = neighbours(ctx, vectors, nearest)
	return d, err
}

var drawnWord = regexp.MustCompile(`[\p{L}\p{Nd}_]+`)

// random returns the source of chance of one chunk.
func (d *drawer) random(chunk int, purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(d.seed^purpose, uint64(chunk))) //nolint:gosec // repeatable on purpose; not negative
}

// batch makes the chunks from one that begins a file up to another.
func (d *drawer) batch(from, end int) ([]indexer.File, []indexer.TextVector) {
	var files []indexer.File
	var vectors []indexer.TextVector
	for i := from; i < end; i++ {
		number := i / chunksPerFile
		if i%chunksPerFile == 0 {
			language := drawnLanguages[number%len(drawnLanguages)]
			files = append(files, indexer.File{
				Path:     fmt.Sprintf("module%d/package%d/file%d.%s", number%7, number%101, number, language.suffix),
				Language: language.name,
				Blob:     fmt.Sprintf("%040x", i),
			})
		}
		f := &files[len(files)-1]
		text := d.text(i)
		line := 1 + i%chunksPerFile*20
		f.Chunks = append(f.Chunks, indexer.Chunk{StartLine: line, EndLine: line + 19, Kind: "function", Symbol: symbolOf(text), Text: text})
		f.Texts = append(f.Texts, fmt.Sprintf("%s\n%s", f.Path, text))
		vectors = append(vectors, indexer.TextVector{Digest: indexer.TextDigest(f.Texts[len(f.Texts)-1]), Vector: d.vector(i)})
	}
	return files, vectors
}

var drawnLanguages = []struct{ name, suffix string }{{"go", "go"}, {"python", "py"}, {"java", "java"}, {"javascript", "js"}, {"ruby", "rb"}}

// symbolOf guesses a name: the word before the first bracket.
func symbolOf(text string) string {
	head, _, _ := strings.Cut(text, "(")
	words := drawnWord.FindAllString(head, -1)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// text draws the text of a chunk.
func (d *drawer) text(i int) string {
	text := d.texts[i%len(d.texts)]
	if i < len(d.texts) || len(d.words) == 0 {
		return text
	}
	rng := d.random(i, 'w')
	return drawnWord.ReplaceAllStringFunc(text, func(word string) string {
		if rng.IntN(variation) == 0 {
			return d.words[rng.IntN(len(d.words))]
		}
		return word
	})
}

// vector draws the vector of a chunk.
func (d *drawer) vector(i int) []float32 {
	at := i % len(d.vectors)
	x := d.vectors[at]
	if i < len(d.vectors) {
		return x
	}
	rng := d.random(i, 'v')
	near := d.neighbours[at]
	y := d.vectors[near[rng.IntN(len(near))]]
	t := rng.Float64()
	// Gaussian noise in many directions has nearly one length: its deviation times the root of their number.
	noise := (minNoise + rng.Float64()*(maxNoise-minNoise)) * distance(x, y) / math.Sqrt(float64(len(x)))
	v := make([]float32, len(x))
	var square float64
	for j := range v {
		z := float64(x[j]) + t*float64(y[j]-x[j]) + noise*rng.NormFloat64()
		v[j] = float32(z)
		square += z * z
	}
	for j := range v {
		v[j] /= float32(math.Sqrt(square))
	}
	return v
}

func distance(x, y []float32) float64 {
	var square float64
	for j := range x {
		d := float64(x[j] - y[j])
		square += d * d
	}
	return math.Sqrt(square)
}
