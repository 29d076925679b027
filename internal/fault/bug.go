package fault

// This file counts errors with the code Internal: each is a bug of ours. In tests they are fatal, so that one which
// is made and then dropped, logged or turned into something else is seen all the same.

import (
	"sync/atomic"
	"testing"
)

// Process-wide like the bugs themselves: whoever drops an error is the last to carry a counter around.
var bugs, expected atomic.Int64

// Bugs is the number of errors with the code Internal that [New] and [Wrap] have made in this process.
func Bugs() int64 { return bugs.Load() }

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
	if e.Code == Internal {
		bugs.Add(1)
		if testing.Testing() && expected.Load() == 0 {
			panic("a bug: " + e.Error())
		}
	}
	return e
}
