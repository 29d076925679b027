package repobench

// What the tests from outside this package reach of its inside.
type Benchmark = benchmark

const (
	LeftElsewhere    = leftElsewhere
	LeftNearDocument = leftNearDocument
	LeftNearQuery    = leftNearQuery
	LeftVerbatim     = leftVerbatim
)
