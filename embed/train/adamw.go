package train

import "math"

// adamW is AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with torch's defaults: β 0.9 and 0.999, ε 1e-8, and weight
// decay apart from the gradient.
type adamW struct {
	decay float64
	steps int                  // taken so far
	m, v  map[string][]float32 // first and second moments by leaf
}

const (
	beta1   = 0.9
	beta2   = 0.999
	epsilon = 1e-8
)

func newAdamW(leaves []*Leaf, decay float64) *adamW {
	a := &adamW{decay: max(decay, 0), m: map[string][]float32{}, v: map[string][]float32{}}
	for _, l := range leaves {
		a.m[l.Name], a.v[l.Name] = make([]float32, len(l.Data)), make([]float32, len(l.Data))
	}
	return a
}

// step moves the leaves against their gradients, which are multiplied by scale first.
func (a *adamW) step(leaves []*Leaf, grads map[string][]float32, rate, scale float64) {
	a.steps++
	t := float64(a.steps)
	size := float32(rate / (1 - math.Pow(beta1, t)))
	root := float32(1 / math.Sqrt(1-math.Pow(beta2, t)))
	s := float32(scale)
	for _, l := range leaves {
		keep := float32(1)
		if l.Decay {
			keep = float32(1 - rate*a.decay)
		}
		p, m, v, g := l.Data, a.m[l.Name], a.v[l.Name], grads[l.Name]
		for i := range p {
			d := g[i] * s
			m[i] += (1 - beta1) * (d - m[i])
			v[i] = beta2*v[i] + (1-beta2)*d*d
			p[i] = keep*p[i] - size*m[i]/(float32(math.Sqrt(float64(v[i])))*root+epsilon)
		}
	}
}

// norm is the Euclidean norm of all gradients together.
func norm(leaves []*Leaf, grads map[string][]float32) float64 {
	var sum float64
	for _, l := range leaves {
		for _, x := range grads[l.Name] {
			sum += float64(x) * float64(x)
		}
	}
	return math.Sqrt(sum)
}

// clipFactor is what gradients of a norm are multiplied by to have at most the given one, as torch does it; 1 without a
// bound.
func clipFactor(norm, bound float64) float64 {
	if bound <= 0 {
		return 1
	}
	return min(1, bound/(norm+1e-6))
}
