package search

// usualFits hold where nobody fitted anything else. They were fitted by `loradex eval probability` to every other data set of
// docs/results.md, by name, and checked on the others and on whole repositories.
var usualFits = []Fit{
	{Fitting{Mode: Lexical}, Odds{-1.2848307, [3]float64{3.0740202, 1.8899054, -0.0374611}}},
}
