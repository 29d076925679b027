// Package training trains an adapter, or a whole model, and measures what it brings: it gives a run of package train its
// data, its vectors that do not change and its score, measures the test split before and after, and saves the result.
//
//	trial := training.NewTrial(library)
//	encoder, err := embed.Open(ctx, env, embed.Options{Model: dir, Adapters: trial}) // the adapter is measured before it is saved
//	...
//	data := training.Data{Name: "csn_go", Source: training.Folders{{Path: "csn_go"}}}
//	report, err := training.Run(ctx, data, training.Tools{Encoder: encoder, Trial: trial}, training.Options{
//		Name: "my-go", Where: "adapters/my-go", Recipe: "loracode", Train: train.Options{Rank: 16, Epochs: 3},
//	})
//	fmt.Println(report.Verdict) // "better", "worse", ...
//
// The first metric decides: "better" is a 95 % interval of the difference above 0 with p below 0.05.
package training
