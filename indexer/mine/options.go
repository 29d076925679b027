package mine

import (
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
)

// Options says what [Mine] does. The zero value mines all kinds of pairs with the defaults.
type Options struct {
	// Kinds are the pairs to look for. The default nil is all of them; with no history, all but commit.
	Kinds []Kind
	// Languages restricts the documents to these (lower case, go-enry's names). The default nil takes all that are cut by
	// structure.
	Languages []string
	// Template makes the text of a document. It should be that of the index. The default "" is indexer.DefaultTemplate.
	Template indexer.Template
	// DevShare and TestShare are the parts of the files that are held back, 0 to 1. The defaults for 0 are 0.1 and 0.2;
	// -1 is none.
	DevShare, TestShare float64
	// Seed picks the split of each file, and what stays where a limit cuts.
	Seed uint64
	// Progress is told now and then how far the run is, from the caller's goroutine. Further phases are called like the
	// kinds, and count commits. The default nil tells nobody.
	Progress func(indexer.Progress)

	limits *limits // nil is usual; tests set others
}

// limits bound what is held in memory and what is made of it.
type limits struct {
	chunks  int // in memory; files beyond it, in the order of their paths, are left out and counted
	pairs   int // of all splits together; which stay is decided by a seeded hash, weak ones last
	perFile int // pairs whose first document lies in the same file
	pool    int // documents of dev and of test that no query names
	commits int // that are looked at, newest first
}

var usual = limits{chunks: 500_000, pairs: 50_000, perFile: 100, pool: 20_000, commits: 500}

// Validate says what is wrong with o.
func (o Options) Validate() error {
	for _, k := range o.Kinds {
		if _, err := ParseKind(string(k)); err != nil {
			return err
		}
	}
	for _, language := range o.Languages {
		if !slices.Contains(codeLanguages(), language) {
			return fault.New(fault.Invalid, "no pairs can be mined from language %q", language).
				WithHint("the languages are %v", codeLanguages())
		}
	}
	dev, test := o.shares()
	for _, share := range []float64{o.DevShare, o.TestShare} {
		// The comparison is this way round so that NaN fails it.
		if !(share == -1 || share >= 0 && share < 1) || dev+test >= 1 {
			return fault.New(fault.Invalid, "mining options: shares of %g for dev and %g for test leave nothing to train on",
				o.DevShare, o.TestShare).WithHint("give shares from 0 to 1 that add up to less than 1, or -1 for none")
		}
	}
	return o.Template.Validate()
}

// shares returns the parts of the files that are held back.
func (o Options) shares() (dev, test float64) {
	share := func(v, def float64) float64 {
		if v == 0 {
			return def
		}
		return max(v, 0)
	}
	return share(o.DevShare, 0.1), share(o.TestShare, 0.2)
}

func (o Options) withDefaults() Options {
	if o.limits == nil {
		o.limits = &usual
	}
	o.DevShare, o.TestShare = o.shares()
	if o.Template == "" {
		o.Template = indexer.DefaultTemplate
	}
	if o.Progress == nil {
		o.Progress = func(indexer.Progress) {}
	}
	return o
}
