package perturb

// What the tests from outside this package reach of its inside.
type Result = result

const (
	Comments   = comments
	NoLanguage = noLanguage
	NotParsed  = notParsed
	Unchanged  = unchanged
)
