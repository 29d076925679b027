package compare

// What the tests from outside this package reach of its inside.
type Flip = flip
type Ranks = ranks
