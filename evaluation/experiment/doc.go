// Package experiment runs whole evaluations: data sets in, reports and the verdict of a gate out. It does what lies between the
// parts of package evaluation: opens data sets and names their languages, encodes with the mixes that are asked for, keeps
// vectors, fills an index where one is searched, says what was measured, holds it against a baseline, and saves it.
//
//	lab := experiment.New(experiment.Tools{Engine: session.Engine, Caches: session.Home.Caches()})
//	defer lab.Close()
//	outcomes, gates, err := lab.Run(ctx, experiment.Options{Data: []string{"csn_go"}, Split: "test", Mixes: mixes, Out: "runs"})
//
// The encoder is opened only where something has to be encoded, after everything that can be wrong without it. What is
// measured, and how, is package evaluation's; what it costs is efficiency's.
package experiment
