package evaluation

// Flips counts, for rank 1 and rank 10, the queries whose first relevant document crossed it. Both lists hold its ranks, 0
// where it was not found, and are parallel.
func Flips(before, after []int) []Flip {
	var flips []Flip
	for _, k := range []int{1, 10} {
		f := Flip{K: k}
		for i := range before {
			was, is := within(before[i], k), within(after[i], k)
			switch {
			case was && !is:
				f.Lost++
			case is && !was:
				f.Gained++
			}
		}
		flips = append(flips, f)
	}
	return flips
}
