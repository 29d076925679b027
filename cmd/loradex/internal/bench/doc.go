// Package bench measures: pairs of runs that take turns, peers in other processes, memory, the machine's own peak, and
// the texts and adapters to measure with. The commands `loradex bench …` say what is measured.
//
// On a machine that others use too, times of different minutes say little. So two things are compared by running them in
// turns and taking the median of the ratios:
//
//	ratios, err := bench.Pairs(ctx, 7, func(ctx context.Context) (float64, error) { … }, func(ctx context.Context) (float64, error) { … })
//	fmt.Println(ratios) // 1.05 (95 % interval 1.02 to 1.09, 7 pairs)
package bench
