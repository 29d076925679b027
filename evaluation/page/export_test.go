package page

// What the tests from outside this package reach of its inside.
const (
	HTML  = html
	LaTeX = latex
)
