package search

import (
	"cmp"
	"slices"
	"strings"

	"loradex/search/tokens"
)

// This file raises and lowers hits for what neither their words nor their vectors say: how they are called, where they stand.

// signal is one such reason. Signals apply in the order of the table, to questions in words, in every mode.
type signal struct {
	name     string
	strength func(o *Options) float64 // 1 is the unit of standings
	// change is by how much a hit moves at strength 1, given its standing.
	change func(e *evidence, h *Hit, standing float64) float64
}

var signals = [...]signal{
	{"file_name", func(o *Options) float64 { return o.PathBoost }, (*evidence).fileName},
	{"file", func(o *Options) float64 { return o.FileBoost }, (*evidence).file},
	{"near", func(o *Options) float64 { return o.NearBoost }, (*evidence).near},
	{"unasked", func(o *Options) float64 { return o.Unasked }, (*evidence).unasked},
}

// evidence is what signals go by.
type evidence struct {
	stems []string    // of the words that the question is about
	kinds []*pathKind // of files that the question does not ask for
	files map[string]float64
	seen  map[string]bool // files of better hits
	place *neighbourhood  // where the user is; nil where nobody said
	least float64         // the score that stands at 0
	unit  float64         // from there to the first hit
}

// signalHits is how many hits lie between the standings 1 and 0, so that asking for more changes no score.
const signalHits = 200

// standing is where a hit stands among the first ones: 1 is the first, 0 the last of them, or what nothing speaks for.
func (e *evidence) standing(h *Hit) float64 { return (h.Score - e.least) / e.unit }

// signal moves hits by all signals that are on. hits are in the order of their scores, and are so again.
func (q *query) signal(hits []Hit) {
	if len(hits) == 0 || q.r.Query == "" {
		return
	}
	e := &evidence{seen: map[string]bool{}, place: q.place}
	for _, word := range tokens.Content(q.r.Query) {
		e.stems = append(e.stems, tokens.Stem(word))
	}
	e.kinds = unaskedKinds(e.stems)
	e.least, e.unit = q.reach(hits)
	q.unit = e.unit
	e.addUp(hits)
	for i := range hits {
		h := &hits[i]
		at := e.standing(h)
		for _, s := range signals {
			strength := s.strength(&q.opts)
			if strength <= 0 {
				continue
			}
			change := strength * s.change(e, h, at)
			if change == 0 {
				continue
			}
			at += change
			h.Score += change * e.unit
			if h.Parts != nil {
				h.Parts.add(s.name, change*e.unit)
			}
		}
		e.seen[h.File()] = true
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	diversify(hits, max(0, q.opts.Diversity)*e.unit)
}

// fullRange is how far scores of a kind reach where there are too few hits to see it: four deviations of cosines.
const fullRange = 4

// reach is from what score to what score the first hits go.
func (q *query) reach(hits []Hit) (least, unit float64) {
	top := hits[0].Score
	if len(hits) >= signalHits {
		if unit = top - hits[signalHits-1].Score; unit > 0 {
			return hits[signalHits-1].Score, unit
		}
	}
	switch {
	case len(q.targets) == 0: // BM25, whose 0 is no match
		unit = top
	case q.answer.Mode == Dense:
		unit = fullRange * q.deviation
	default:
		unit = fullRange * q.opts.Fusion.step(q.opts.RRFK)
	}
	if !(unit > 0) {
		unit = 1
	}
	return top - unit, unit
}

// File names the file of a hit in an index of several repositories and branches.
func (h *Hit) File() string { return strings.Join([]string{h.Repo, h.Branch, h.Path}, "\x00") }
