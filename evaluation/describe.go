package evaluation

import "loradex/internal/dataset"

// Describe returns the report that an evaluation will have, as far as it is known before anything is encoded: what was
// measured and how, without a figure. By it a stale baseline (see package compare) is refused before the work and not behind
// it.
func Describe(ds *dataset.Dataset, o Options) *Report {
	o = o.withDefaults()
	r := &Report{
		Dataset: ds.Name, Split: string(ds.Split), Model: o.Model, Adapter: o.Adapter.String(), DocAdapter: o.DocAdapter.String(),
		MaxTokens: o.MaxTokens, System: o.System, InputType: o.InputType, Template: o.Template, Truncation: o.Truncation, Depth: o.Depth,
		Pool: len(ds.Docs), TieBreak: tieLargerID, Search: o.Search, Queries: len(ds.Queries), Corpus: len(ds.Docs), Digests: o.Digests,
	}
	r.Unanswerable, r.ExcludeSelf, r.SelfQueries = ds.Unanswerable, ds.Self != nil, ds.Selves()
	r.Missing = Missing{Judgements: ds.Missing.Judgements, Documents: len(ds.Missing.Documents), Queries: len(ds.Missing.Queries)}
	if o.Search != nil {
		r.TieBreak = TieAsSearched
	}
	if o.Pool > 0 {
		r.Pool, r.PoolSeed = o.Pool, o.PoolSeed
	}
	if r.Digests.Data == "" {
		r.Digests.Data = Short(ds.Digest)
	}
	return r
}

// Short is the part of a digest in hex that a report shows: 64 bits.
func Short(digest string) string { return digest[:min(16, len(digest))] }
