package merge

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// method is one way of merging. To add one: a line in methods.
type method struct {
	name   string
	about  string // for help
	prunes bool   // reads Density
	elects bool   // reads MajoritySign
	cuts   bool   // reads Rank
	join   func(r *run, parts []part, s delta.Site) (delta.Branch, error)
}

// methods is the table; names are PEFT's combination_type.
func methods() []method {
	return []method{
		{name: "cat", about: "exact: what the mix does, with the sum of the ranks", join: cat},
		{name: "linear", about: "sums of A and of B, which have cross terms; equal ranks", join: factors(all, sum)},
		{name: "svd", about: "the sum of the changes, cut to a rank", cuts: true, join: svd},
		{name: "ties", about: "largest numbers, elected signs, means (arXiv:2306.01708)", prunes: true, elects: true, join: factors(largest, agreeing)},
		{name: "dare_linear", about: "linear over random numbers (arXiv:2311.03099)", prunes: true, join: factors(random, sum)},
		{name: "dare_ties", about: "ties over random numbers", prunes: true, elects: true, join: factors(random, agreeing)},
		{name: "magnitude_prune", about: "linear over the largest numbers", prunes: true, join: factors(largest, sum)},
	}
}

// Methods lists the names of the methods, the default first, and what to say of each.
func Methods() (names, about []string) {
	for _, m := range methods() {
		names, about = append(names, m.name), append(about, m.about)
	}
	return names, about
}

func methodNamed(name string) (method, error) {
	name = cmp.Or(name, "cat")
	all := methods()
	if i := slices.IndexFunc(all, func(m method) bool { return m.name == name }); i >= 0 {
		return all[i], nil
	}
	names, _ := Methods()
	return method{}, fault.New(fault.Invalid, "there is no method %.40q of merging; there are %s", name, strings.Join(names, ", "))
}

// cat puts the rows of all A, times their factors, one after another, and the columns of all B side by side.
func cat(_ *run, parts []part, s delta.Site) (delta.Branch, error) {
	rank := 0
	for _, p := range parts {
		rank += p.Rank
	}
	if rank > maxRank {
		return delta.Branch{}, fault.New(fault.Conflict, "layer %s: the ranks add up to %d, more than %d", s.Path, rank, maxRank)
	}
	b := delta.Branch{Rank: rank, A: make([]float32, 0, rank*s.In), B: make([]float32, rank*s.Out)}
	at := 0
	for _, p := range parts {
		f := float32(p.factor)
		for _, v := range p.A {
			b.A = append(b.A, f*v)
		}
		for o := range s.Out {
			copy(b.B[o*rank+at:], p.B[o*p.Rank:][:p.Rank])
		}
		at += p.Rank
	}
	return b, nil
}

// factors merges all A to one, and all B, with √|factor| as weights: both have half of the factor. Its sign is that of A's.
func factors(keep func(r *run, numbers []float32) []float32, combine func(r *run, tensors [][]float32, weights []float32) []float32) func(*run, []part, delta.Site) (delta.Branch, error) {
	return func(r *run, parts []part, s delta.Site) (delta.Branch, error) {
		var a, b [][]float32
		var signed, plain []float32
		rank := parts[0].Rank
		for _, p := range parts {
			if p.Rank != rank {
				return delta.Branch{}, fault.New(fault.Conflict, "layer %s: ranks are %d and %d; method %s needs equal ones", s.Path, rank, p.Rank, r.Method).
					WithHint("cat and svd take different ranks")
			}
			root := math.Sqrt(math.Abs(p.factor))
			signed, plain = append(signed, float32(math.Copysign(root, p.factor))), append(plain, float32(root))
		}
		for _, p := range parts { // all A before all B: what is random is drawn in PEFT's order
			a = append(a, keep(r, p.A))
		}
		for _, p := range parts {
			b = append(b, keep(r, p.B))
		}
		return delta.Branch{Rank: rank, A: combine(r, a, signed), B: combine(r, b, plain)}, nil
	}
}

// sum is Σ weight·tensor.
func sum(_ *run, tensors [][]float32, weights []float32) []float32 {
	out := make([]float32, len(tensors[0]))
	for k, t := range tensors {
		for i, v := range t {
			out[i] += weights[k] * v
		}
	}
	return out
}

// agreeing elects a sign for each number, and takes the mean of the weighted ones that have it.
func agreeing(r *run, tensors [][]float32, weights []float32) []float32 {
	out := make([]float32, len(tensors[0]))
	for i := range out {
		var votes, mixed, n float32
		for _, t := range tensors {
			if r.MajoritySign == "frequency" {
				votes += sign(t[i])
			} else {
				votes += t[i]
			}
		}
		elected := float32(1)
		if votes < 0 {
			elected = -1
		}
		for k, t := range tensors {
			if sign(t[i]) == elected {
				mixed, n = mixed+weights[k]*t[i], n+1
			}
		}
		out[i] = mixed / max(n, 1)
	}
	return out
}

func sign(v float32) float32 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
