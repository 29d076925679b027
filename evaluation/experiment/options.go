package experiment

import (
	"loradex/adapters"
	"loradex/evaluation/endpoint"
	"loradex/internal/fault"
	"loradex/search"
)

// Options say what is measured, and how. Errors name the flags of `eval run`, which has one for each.
type Options struct {
	Data      []string // folders of data sets; several ask the queries of each over the documents of all
	Split     string
	Languages []string // of the documents, one for all or one for each of Data. The default is what [OpenData] finds.
	Strict    bool     // judgements of what is not there are an error; else they are left out and counted
	// ExcludeSelf leaves a query that is a document of the same id out of its own ranking.
	ExcludeSelf bool
	Template    string   // text template of the documents. The default "" is title and text.
	Metrics     []string // The default is the usual ones.
	Pool        int      // documents that each query is ranked among. The default 0 is the whole corpus.
	PoolSeed    uint64
	Code        string // version of the program, for the report

	Mixes     []adapters.Mix // of the queries, each measured by itself; the first is the reference
	Documents *adapters.Mix  // of the documents. The default nil is what [Lab.documentMix] says.
	MaxTokens int            // where texts are cut. The default 0 is the model's limit.
	Index     Index

	RunFile string            // a TREC run that is measured in place of the encoder. The default "" is none.
	System  *endpoint.Options // an embeddings API that takes the encoder's place. The default nil is none.

	Out      string // folder for outcomes; of several mixes each in a folder of its own there. The default "" keeps none.
	Baseline Baseline
}

// Validate reports settings that cannot work, as wrong use.
func (o *Options) Validate() error {
	if err := o.Index.validate(); err != nil {
		return err
	}
	base := len(o.Mixes) == 1 && o.Mixes[0].IsBase() && o.Documents == nil
	switch {
	case len(o.Mixes) == 0:
		return fault.Usagef("the base is one", "there is no mix to measure")
	case o.Index.Mode == search.Lexical && (!base || o.Index.Languages != nil):
		return fault.Usagef("leave it out", "--mode lexical uses no adapter")
	case o.Index.Languages != nil && !base:
		return fault.Usagef("leave one of them out", "--language-wise gives each language its mix, and --adapter one to all")
	case o.MaxTokens < 0:
		return fault.Usagef("0 is the model's limit", "--max-tokens is %d", o.MaxTokens)
	case o.Pool < 0:
		return fault.Usagef("such as 1000; leave it out for the whole corpus", "--pool is %d", o.Pool)
	case o.Pool > 0 && o.Index.Used():
		return fault.Usagef("leave one of them out", "--pool ranks vectors, and --mode %s with these flags searches an index, which holds the whole corpus", o.Index.Mode)
	case o.ExcludeSelf && o.Index.Used() && o.Index.Hits == search.MaxK:
		return fault.Usagef("at most 999", "--exclude-self takes one hit out, and --hits is %d", o.Index.Hits)
	case o.System != nil && o.Index.Used():
		return fault.Usagef("leave the flags of an index out", "--system ranks vectors, and an index is searched with the encoder")
	}
	seen := map[adapters.Mix]bool{}
	for _, mix := range o.Mixes {
		if seen[mix] { // it would be compared with itself
			return fault.Usagef("name each mix once", "--adapter names %s twice", mix)
		}
		seen[mix] = true
	}
	return o.Baseline.validate(o.Metrics)
}
