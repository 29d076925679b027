package metrics

// What the tests from outside this package reach of its inside.
var Precision = precision
