package oven

// Preheat brings an oven to a temperature in degrees.
func Preheat(degrees int) bool {
	for t := 20; t < degrees; t += 5 {
		wait(t)
	}
	return degrees > 20
}
