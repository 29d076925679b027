package significance

// What the tests from outside this package reach of its inside.
const DefaultSeed = defaultSeed
