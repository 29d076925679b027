// Package speed measures what things cost on this machine: encoding ([Encode]), adapters in a batch and large libraries of
// them ([Adapters]), searches over many chunks ([Search]), a training step ([Train]). The commands `loradex bench …` print
// what it reports.
//
//	report, err := speed.Encode(ctx, speed.Setup{Encoder: encoder, Threads: 2, Pairs: 7}, env, texts)
//
// On a machine that others use too, times of different minutes say little. So two things, the encoder and a [peer] in another
// process for example, are compared by running them in turns and taking the median of the ratios:
//
//	c, err := speed.Pairs(ctx, 7, func(ctx context.Context) (float64, error) { … }, func(ctx context.Context) (float64, error) { … })
//	fmt.Println(c.Ratio) // 1.05 (95 % interval 1.02 to 1.09, n=7)
package speed
