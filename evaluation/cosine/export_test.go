package cosine

// What the tests from outside this package reach of its inside.
type Matrix = matrix
