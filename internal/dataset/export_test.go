package dataset

// What the tests from outside this package reach of its inside.
const MaxGroups = maxGroups
