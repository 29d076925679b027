package compare

// What the tests from outside this package reach of its inside.
type (
	Flip  = flip
	Ranks = ranks
)
