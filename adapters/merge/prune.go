package merge

import (
	"math"
	"slices"
)

// all keeps every number.
func all(_ *run, numbers []float32) []float32 { return numbers }

// largest keeps the share Density of the numbers, those of the largest magnitude; of equal ones the first.
func largest(r *run, numbers []float32) []float32 {
	keep := int(r.Density * float64(len(numbers)))
	if keep == len(numbers) {
		return numbers
	}
	out := make([]float32, len(numbers))
	if keep == 0 {
		return out
	}
	sizes := make([]float32, len(numbers))
	for i, v := range numbers {
		sizes[i] = abs(v)
	}
	slices.Sort(sizes)
	least := sizes[len(sizes)-keep]
	for i, v := range numbers {
		if abs(v) > least {
			out[i], keep = v, keep-1
		}
	}
	for i, v := range numbers {
		if keep > 0 && abs(v) == least {
			out[i], keep = v, keep-1
		}
	}
	return out
}

// random keeps each number with the probability Density, and divides it by that, so that sums are the same on average. It draws
// what torch.bernoulli draws on a CPU: the low 24 bits of one output of the Mersenne twister for each number.
func random(r *run, numbers []float32) []float32 {
	if r.Density >= 1 {
		return numbers
	}
	p := float32(r.Density)
	out := make([]float32, len(numbers))
	for i, v := range numbers {
		if float32(r.random.Uint32()&(1<<24-1))/(1<<24) < p {
			out[i] = v / p
		}
	}
	return out
}

func abs(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }
