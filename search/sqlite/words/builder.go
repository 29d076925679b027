package words

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
)

// Doc says what a document is: the numbers of its chunk, file and kind in the database.
type Doc struct {
	Chunk, File int64
	Kind        uint32
}

// maxCount bounds a weighted count, in units.
const maxCount = 1 << 24

// Builder collects the words of chunks for one segment.
type Builder struct {
	unit  float64
	docs  docs
	lists map[string]*list
}

// list are the postings of a term.
type list struct{ docs, counts []uint32 }

// NewBuilder returns an empty builder. Weights of words must be multiples of unit, which is at most 1.
func NewBuilder(unit float64) *Builder { return &Builder{unit: unit, lists: map[string]*list{}} }

// Docs counts the documents.
func (b *Builder) Docs() int { return len(b.docs.ids) }

// Add adds a chunk with its words, each with a weight. Chunks come in the order of their numbers.
func (b *Builder) Add(d Doc, words iter.Seq2[string, float64]) error {
	doc := uint32(len(b.docs.ids)) //nolint:gosec // bounded by maxDocs
	if doc > 0 && d.Chunk <= b.docs.ids[doc-1].Chunk {
		return fmt.Errorf("chunk %d comes after chunk %d", d.Chunk, b.docs.ids[doc-1].Chunk)
	}
	if doc == maxDocs {
		return errTooMany
	}
	length := uint32(0)
	for word, weight := range words {
		length++
		units := weight / b.unit
		if units < 1 || units > maxCount || units != math.Trunc(units) {
			return fmt.Errorf("weight %g is no multiple of %g", weight, b.unit)
		}
		l := b.lists[word]
		if l == nil {
			if len(word) > maxTerm {
				return fmt.Errorf("a word of %d bytes", len(word))
			}
			l = &list{}
			b.lists[word] = l
		}
		if n := len(l.docs); n > 0 && l.docs[n-1] == doc {
			l.counts[n-1] = min(l.counts[n-1]+uint32(units), maxCount)
			continue
		}
		l.docs, l.counts = append(l.docs, doc), append(l.counts, uint32(units))
	}
	b.docs.ids = append(b.docs.ids, d)
	b.docs.lengths = append(b.docs.lengths, length)
	return nil
}

// Write writes the segment.
func (b *Builder) Write(to io.Writer) error {
	tokens := b.docs.tokens()
	w := newWriter(to, b.docs.lengths, tokens, b.unit, float64(tokens)/float64(max(1, len(b.docs.ids))))
	for _, term := range slices.Sorted(maps.Keys(b.lists)) {
		w.term(term, b.lists[term].docs, b.lists[term].counts)
	}
	return w.end(&b.docs)
}

func compareDocs(a, b Doc) int { return cmp.Compare(a.Chunk, b.Chunk) }
