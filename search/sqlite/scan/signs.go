package scan

// Words returns the number of 64-bit words that the signs of a vector take.
func Words(dims int) int { return (dims + 63) / 64 }

// Signs writes the sign bits of v to dst[:Words(len(v))]: bit i is set where v[i] is not negative. The bits behind the
// last dimension stay 0, so they never differ.
func Signs(dst []uint64, v []float32) {
	for w := range Words(len(v)) {
		var bits uint64
		part := v[w*64 : min(len(v), w*64+64)]
		for i, x := range part {
			if x >= 0 {
				bits |= 1 << i
			}
		}
		dst[w] = bits
	}
}
