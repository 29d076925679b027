package fault

// This file makes errors with the code Internal fatal in tests: each is a bug of ours, and one that is made and then
// dropped, logged or turned into something else is to be seen all the same.

import (
	"sync/atomic"
	"testing"
)

// expected is process-wide like the bugs themselves: whoever drops an error is the last to carry a counter around.
var expected atomic.Int64

// ExpectBugs lets tests provoke bugs until the returned function is called; otherwise [New] and [Wrap] panic in tests
// when the code is Internal.
//
//	defer fault.ExpectBugs()()
func ExpectBugs() (done func()) {
	expected.Add(1)
	return func() { expected.Add(-1) }
}

// noteBug is called for every new error.
func noteBug(e *Error) *Error {
	if e.Code == Internal && testing.Testing() && expected.Load() == 0 {
		panic("a bug: " + e.Error())
	}
	return e
}
