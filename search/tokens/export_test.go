package tokens

// What the tests from outside this package reach of its inside.
const MaxBytes = maxBytes
