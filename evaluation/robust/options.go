package robust

import (
	"slices"
	"strconv"

	"loradex/evaluation"
	"loradex/evaluation/perturb"
	"loradex/internal/fault"
)

// All is the size of the pool of all documents.
const All = 0

// none is the name of the texts as they are, among perturbations.
const none = "none"

// Metrics are what is measured: MRR@10 and nDCG@10.
func Metrics() []string { return []string{"mrr@10", "ndcg@10"} }

// depth is how many hits are kept: what the metrics look at.
const depth = 10

// System is what is measured: a base or a mix. Of Options count the mixes and the cache with its spaces.
type System struct {
	Name    string // unique
	Options evaluation.Options
}

// Options say what is measured. The zero value has the defaults.
type Options struct {
	// Perturb are the changes, each by itself. The default nil is all of them.
	Perturb []perturb.Kind
	// Pools are the sizes of pools, each at least 1, or All; see [evaluation.Pools]. Those that all documents fill are left
	// out. The default nil is 10, 100, 1000 and All, without those that do not hold the relevant documents of a query.
	Pools []int
	// Seed decides pools, and what is drawn in texts.
	Seed uint64
	// Text are further settings of the changes; its seed is that of these options.
	Text perturb.Options
	// Progress, where not nil, is told how far a part of the work is. Calls come one at a time.
	Progress func(part string, done, total int)
}

// Validate says what is wrong with o.
func (o Options) Validate() error {
	for i, k := range o.Perturb {
		if _, err := perturb.ParseKind(string(k)); err != nil {
			return err
		}
		if slices.Contains(o.Perturb[:i], k) {
			return fault.New(fault.Invalid, "the perturbation %s is there twice", k)
		}
	}
	for i, n := range o.Pools {
		if n < 0 {
			return fault.New(fault.Invalid, "a pool of %d documents", n).WithHint("give at least 1, or all")
		}
		if slices.Contains(o.Pools[:i], n) {
			return fault.New(fault.Invalid, "the pool of %s documents is there twice", poolName(n))
		}
	}
	return o.Text.Validate()
}

func (o Options) withDefaults() Options {
	if o.Perturb == nil {
		o.Perturb = perturb.Kinds()
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	o.Text.Seed = o.Seed
	return o
}

// poolName is a pool's size as reports and flags write it.
func poolName(n int) string {
	if n == All {
		return "all"
	}
	return strconv.Itoa(n)
}
