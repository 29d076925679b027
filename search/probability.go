package search

import (
	"fmt"
	"math"
	"slices"

	"loradex/internal/fault"
)

// This file says how likely it is that the file of a hit is one that answers the question.

// Signs are what that goes by. They are the same for all hits of a file, and do not depend on how many hits are asked for.
type Signs struct {
	// Share is what the file's best hit has of all files' among the first hundred hits, each counting with e^(6·standing): near 1
	// where it stands alone, small where many stand as well.
	Share float64
	// Standing is how far it is behind the first one: 0 is not at all, -1 as far as the two-hundredth hit.
	Standing float64
	// Rank is the logarithm of its place among the files, from 1.
	Rank float64
}

// List is all of them, in the order of Odds.Of.
func (s Signs) List() [3]float64 { return [3]float64{s.Share, s.Standing, s.Rank} }

// Odds are how signs become a probability: that of the logistic function of Base + Σ Of·sign.
type Odds struct {
	Base float64    `json:"base"`
	Of   [3]float64 `json:"of"`
}

// Probability of what these are the signs of.
func (o Odds) Probability(s Signs) float64 {
	x := o.Base
	for i, v := range s.List() {
		x += o.Of[i] * v
	}
	return 1 / (1 + math.Exp(-x))
}

// Fitting is what odds were fitted for: they hold for nothing else.
type Fitting struct {
	Mode     Mode   `json:"mode"`
	Model    string `json:"model,omitempty"`    // digest of the base; "" for words alone
	Mix      string `json:"mix,omitempty"`      // of queries
	DocMix   string `json:"doc_mix,omitempty"`  // digest of the documents' mix; "" is the base
	Settings string `json:"settings,omitempty"` // of ranking; "" are the usual ones
}

// Fit is a fitting with its odds.
type Fit struct {
	Fitting
	Odds
}

const (
	likelyHits = 100 // among which a file has its share
	sharpness  = 6   // of Signs.Share: of 4, 6, 8 and 12 the one whose probabilities were best on sets and whole repositories
	// fittedCoverage is the share of chunks with a vector from which a fit holds.
	fittedCoverage = 0.95
)

// fitting is what odds are wanted for; or the reason why there can be none.
func (q *query) fitting() (f Fitting, reason string) {
	f.Mode = q.answer.Mode
	switch {
	case q.r.Query == "":
		return f, "only for questions in words"
	case q.r.Near != nil:
		return f, "not with a place that hits are wanted near to"
	case q.opts.Reranker != nil:
		return f, "not with a reranker, whose order has scores of its own"
	case len(q.targets) > 1:
		return f, "not where vectors of several spaces answer together"
	case len(q.targets) == 1 && q.answer.Coverage < fittedCoverage:
		return f, fmt.Sprintf("only %.0f %% of the index has vectors", 100*q.answer.Coverage)
	}
	if len(q.targets) == 1 {
		t := q.targets[0]
		f.Model, f.Mix = t.state.Space.Base, t.mix.String()
		if !t.state.Space.Mix.IsBase() {
			f.DocMix = t.state.Space.MixDigest
		}
	}
	f.Settings = q.opts.settings(f.Mode)
	return f, ""
}

// settings tells ranking by these options from ranking by the usual ones, which is "".
func (o Options) settings(mode Mode) string {
	text := func(o Options) string {
		s := fmt.Sprint(o.AllWords, o.PathBoost, o.FileBoost, o.Unasked, o.Diversity, o.Fold)
		if mode == Hybrid {
			s += fmt.Sprint(" ", o.Fusion, o.LexicalWeight, o.RRFK)
		}
		return s
	}
	own, usual := text(o.withDefaults()), text(Options{}.withDefaults())
	if own == usual {
		return ""
	}
	return own
}

// odds finds the fit for what is wanted; or the reason why there is none.
func (q *query) odds() (want Fitting, odds *Odds, reason string) {
	if want, reason = q.fitting(); reason != "" {
		return want, nil, reason
	}
	for _, fits := range [][]Fit{q.opts.Fits, usualFits} {
		if at := slices.IndexFunc(fits, func(f Fit) bool { return f.Fitting == want }); at >= 0 {
			return want, &fits[at].Odds, ""
		}
	}
	switch {
	case want.Settings != "":
		return want, nil, "not fitted for these settings of ranking"
	case want.Mode == Lexical:
		return want, nil, "not fitted for words alone"
	}
	return want, nil, fmt.Sprintf("not fitted for %s search with %s and the mix %s", want.Mode, q.answer.Model, want.Mix)
}

// Fitting is what odds fitted to the answer's hits hold for.
func (r *Response) Fitting() Fitting { return r.fitting }

// likely gives hits their signs and, where there is a fit, their probability. hits are all that were ranked, best first.
func (q *query) likely(hits []Hit) {
	var odds *Odds
	q.answer.fitting, odds, q.explain.Unfitted = q.odds()
	if q.r.Query == "" || len(hits) == 0 || !(q.unit > 0) {
		return
	}
	signs := map[string]*Signs{}
	sum := 0.0
	for i := range hits {
		file := hits[i].File()
		if signs[file] != nil {
			continue
		}
		standing := (hits[i].Score - hits[0].Score) / q.unit
		s := &Signs{Share: math.Exp(sharpness * standing), Standing: standing, Rank: math.Log(float64(len(signs) + 1))}
		if i < likelyHits {
			sum += s.Share
		}
		signs[file] = s
	}
	for _, s := range signs {
		s.Share = min(1, s.Share/sum)
	}
	for i := range hits {
		h := &hits[i]
		h.signs = signs[h.File()]
		if odds != nil {
			p := odds.Probability(*h.signs)
			h.Probability = &p
		}
	}
}

// Signs of a hit of an answer to a question in words; nil where there are none.
func (h *Hit) Signs() *Signs { return h.signs }

// above leaves out hits that are less likely than the request wants.
func (q *query) above(hits []Hit) ([]Hit, error) {
	if q.r.Threshold == 0 {
		return hits, nil
	}
	if _, _, reason := q.odds(); reason != "" {
		return nil, fault.New(fault.Unavailable, "a threshold needs probabilities, and there are none: %s", reason).
			WithHint("`loradex eval probability` fits them to data sets")
	}
	return slices.DeleteFunc(hits, func(h Hit) bool { return h.Probability == nil || *h.Probability < q.r.Threshold }), nil
}
