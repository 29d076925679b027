package repobench

// What the tests from outside this package reach of its inside.
type Benchmark = benchmark

const LeftElsewhere = leftElsewhere
const LeftNearDocument = leftNearDocument
const LeftNearQuery = leftNearQuery
const LeftVerbatim = leftVerbatim
