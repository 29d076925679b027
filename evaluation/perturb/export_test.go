package perturb

// What the tests from outside this package reach of its inside.
type Result = result

const Comments = comments
const NoLanguage = noLanguage
const NotParsed = notParsed
const Unchanged = unchanged
