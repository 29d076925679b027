package significance

import "math/rand/v2"

// newSource returns the generator of one resample. Both numbers go through the SplitMix64 finaliser, because PCG takes
// its seed as the bare state and neighboring states start out alike.
func newSource(seed uint64, resample int) *rand.PCG {
	const golden = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio: SplitMix64's step
	at := mix(seed) + golden*uint64(resample)
	return rand.NewPCG(mix(at), mix(at^golden))
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
