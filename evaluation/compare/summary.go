package compare

// This file defines what a summary says.
//
// Evaluations are grouped by data set and split. A system is a model with its mixes and its way of searching; each is held against one
// reference, and Holm's correction is over all data sets of a system. What the figures mean beyond that is said at their fields.

import (
	"strconv"

	"loradex/evaluation"
	"loradex/evaluation/repos"
)

// Summary is the document of `eval report --format json`.
type Summary struct {
	Title     string    `json:"title"`
	Reference string    `json:"reference"` // name of the system that others are compared with
	Metrics   []string  `json:"metrics"`   // the first one decides: histograms, scores and examples are of it
	Systems   []system  `json:"systems"`   // the reference first, then by name
	Sets      []Set     `json:"sets"`      // by name and split
	Results   []Result  `json:"results"`   // by set, then in the order of the systems
	Averages  []average `json:"averages"`
	// Preservation is of the systems whose domain is known; Unknown names the others that have an adapter.
	Preservation []Preservation `json:"preservation,omitempty"`
	Unknown      []string       `json:"unknown_domain,omitempty"`
	// Unmatched names systems and data sets of SummaryOptions.InDomain that no evaluation is of: a set that is misspelt counts as foreign.
	Unmatched []string `json:"unmatched,omitempty"`
	// Changed names systems whose evaluations used more than one content of a model or of an adapter of the same name: their
	// rows are not of one system.
	Changed []string `json:"changed,omitempty"`
	// Versions lists the versions of the program that made the evaluations, as far as they say it.
	Versions     []string        `json:"versions,omitempty"`
	Efficiency   []*CostReport   `json:"efficiency,omitempty"`
	Repositories []*repos.Report `json:"repositories,omitempty"`
}

// Set is a split of a data set.
type Set struct {
	Name     string `json:"name"`
	Split    string `json:"split"`
	Language string `json:"language,omitempty"` // of the documents, where it is known
	Queries  int    `json:"queries"`
	Corpus   int    `json:"corpus"`
	// GroupedBy is what the groups of its results are: "language" or "group"; "" where there are none.
	GroupedBy string `json:"grouped_by,omitempty"`
}

// Label names the set; the split is said where it is not the usual one.
func (s Set) Label() string {
	if s.Split == "test" {
		return s.Name
	}
	return s.Name + " (" + s.Split + ")"
}

// Result is what a system does on a set.
type Result struct {
	Set     string             `json:"set"`
	Split   string             `json:"split"`
	System  string             `json:"system"`
	Metrics []Metric           `json:"metrics"`
	Ranks   ranks              `json:"ranks"`
	Seconds evaluation.Seconds `json:"seconds"`
	// Flips count queries whose first answer crossed rank 1 and rank 10; nil for the reference.
	Flips  []flip    `json:"flips,omitempty"`
	Groups []Group   `json:"groups,omitempty"` // by name; none where the queries have no groups
	Losses []Example `json:"losses,omitempty"` // the largest, largest first
	Gains  []Example `json:"gains,omitempty"`
}

// Metric returns a metric of the result by name; nil where it has none.
func (r *Result) Metric(name string) *Metric { return metricOf(r.Metrics, name) }

func metricOf(all []Metric, name string) *Metric {
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

// Metric is a mean over queries with its 95 % interval.
type Metric struct {
	Name string     `json:"name"`
	Mean float64    `json:"mean"`
	CI95 [2]float64 `json:"ci95"`
	// Difference is to the reference; nil for itself and where it did not run on the set. Holm's correction is over the data
	// sets that the system is compared on or, in a group's row, over the groups of the set; per metric.
	Difference *Difference `json:"difference,omitempty"`
}

// Group is a result over some of the queries: those of a language, for example.
type Group struct {
	Group   string   `json:"group"`
	Queries int      `json:"queries"`
	Metrics []Metric `json:"metrics"`
}

// Metric returns a metric of the group by name; nil where it has none.
func (g *Group) Metric(name string) *Metric { return metricOf(g.Metrics, name) }

// ranks counts queries by the rank of their first relevant document.
type ranks struct {
	First     int `json:"1"`
	Third     int `json:"2-3"`
	Tenth     int `json:"4-10"`
	Hundredth int `json:"11-100"`
	Beyond    int `json:"beyond"` // later, or not found
}

// Counts lists the counts in order.
func (r ranks) Counts() [5]int { return [5]int{r.First, r.Third, r.Tenth, r.Hundredth, r.Beyond} }

// Queries is the sum of the counts.
func (r ranks) Queries() int { return r.First + r.Third + r.Tenth + r.Hundredth + r.Beyond }

// RankNames are the names of the five counts.
func RankNames() [5]string { return [5]string{"1", "2–3", "4–10", "11–100", "> 100"} }

func (r *ranks) add(first int) {
	switch {
	case first == 1:
		r.First++
	case first >= 2 && first <= 3:
		r.Third++
	case first >= 4 && first <= 10:
		r.Tenth++
	case first >= 11 && first <= 100:
		r.Hundredth++
	default:
		r.Beyond++
	}
}

// Example is a query whose first answer moved.
type Example struct {
	Query      string `json:"query"`          // id
	Text       string `json:"text,omitempty"` // where the data set is at hand
	Before     int    `json:"before"`         // rank of the first relevant document with the reference; 0: not found
	After      int    `json:"after"`
	BeforeHits []Hit  `json:"before_hits,omitempty"`
	AfterHits  []Hit  `json:"after_hits,omitempty"`
}

// Change says how the first answer moved: "2 → 200".
func (e Example) Change() string { return RankText(e.Before) + " → " + RankText(e.After) }

// RankText is the rank of a first answer in words.
func RankText(rank int) string {
	if rank == 0 {
		return "not found"
	}
	return strconv.Itoa(rank)
}

// Hit is a document that was found.
type Hit struct {
	Doc      string `json:"doc"`
	Text     string `json:"text,omitempty"` // its beginning, where the data set is at hand
	Relevant bool   `json:"relevant"`       // as judged or, without the data set, the first relevant one
}

// average is the mean over data sets, each counting the same.
type average struct {
	System  string          `json:"system"`
	Metrics []averageMetric `json:"metrics"`
	Better  int             `json:"better"` // sets with a significant gain in the first metric
	Worse   int             `json:"worse"`
}

// averageMetric is the mean of a metric's means.
type averageMetric struct {
	Name string `json:"name"`
	// Sets is over how many the means are: those that the reference ran on, too. Systems with different sets cannot be
	// compared with each other by their means; with the reference they can.
	Sets       int     `json:"sets"`
	Mean       float64 `json:"mean"`
	Reference  float64 `json:"reference"` // the reference's over the same sets
	Difference float64 `json:"difference"`
	// CI95 is of the difference. The data sets are taken as they are and their queries as drawn by chance: with k sets,
	// difference ± 1.96/k · √Σ sd²/n.
	CI95 [2]float64 `json:"ci95"`
}

// Preservation says how much of the reference's quality a system keeps where it was not trained.
type Preservation struct {
	System   string   `json:"system"`
	InDomain []string `json:"in_domain"` // sets of this report that it was trained for
	// Score is the mean over the other sets of min(1, system/reference) of the first metric: 1 where nothing was lost.
	// A gain on one set does not make up for a loss on another. The idea is that of the knowledge preservation of CAT; how it
	// is computed for retrieval is our reading of it.
	Score   float64     `json:"score"`
	Sets    []preserved `json:"sets"`              // the other sets
	Omitted []string    `json:"omitted,omitempty"` // sets on which the reference has 0: there is nothing to keep
}

// preserved is a set outside of a system's domain.
type preserved struct {
	Set        string      `json:"set"`
	Split      string      `json:"split"`
	Reference  float64     `json:"reference"`
	System     float64     `json:"system"`
	Kept       float64     `json:"kept"` // min(1, System/Reference)
	Difference *Difference `json:"difference"`
}
