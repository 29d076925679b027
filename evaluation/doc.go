// Package evaluation measures retrieval: a data set, an encoder (or vectors, or a run file made elsewhere) in, a report
// with confidence intervals and the rankings that it stands on out.
//
//	ds, err := dataset.Open("testdata/tiny", "test")
//	report, result, err := evaluation.Run(ctx, encoder, ds, evaluation.Options{Model: "all-MiniLM-L6-v2"})
//	page.WriteReport(os.Stdout, report)            // for people
//	json.NewEncoder(os.Stdout).Encode(report)      // `eval run --json`
//	err = evaluation.Save("runs/tiny", report, result)
//
// What a figure means is fixed here, once. The whole corpus of the data set is ranked for every query of the split, by
// exact cosine. Documents are encoded in the role of documents, queries in that of queries. Ties go to the larger
// document id, as in trec_eval. Documents beyond [Options.Depth] count as not found, except for full MRR, for which the
// rank of the first relevant document is counted in the whole corpus. Every query of the split that has a relevant
// document weighs the same in a mean. Intervals are percentile bootstraps with a fixed seed.
//
// The parts: internal/dataset reads data, cosine/ ranks, metrics/ measures one ranking, significance/ says how sure a mean is,
// runfile/ reads and writes what is kept. None of them knows an encoder. Above this package, compare/ holds evaluations against
// a reference, brings many of them together and adds what systems cost, page/ writes all of it for people.
package evaluation
