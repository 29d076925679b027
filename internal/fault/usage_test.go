package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestUsage(t *testing.T) {
	if Usage(nil) != nil || IsUsage(nil) || IsUsage(errors.New("x")) {
		t.Error("what is no error, or no marked one, is wrong use")
	}
	err := Usagef("give 1", "k is %d", 0)
	wrapped := Wrap(CodeOf(err), fmt.Errorf("flag: %w", err), "search")
	if !IsUsage(err) || !IsUsage(wrapped) || !IsUsage(errors.Join(errors.New("x"), err)) {
		t.Error("the mark is lost")
	}
	if CodeOf(err) != Invalid || err.Error() != "k is 0" {
		t.Errorf("%s %v", CodeOf(err), err)
	}
	var own *Error
	if !errors.As(err, &own) || own.Hint != "give 1" {
		t.Errorf("the hint is %v", own)
	}
	if HintOf(err) != "give 1" {
		t.Errorf("HintOf gives %q", HintOf(err))
	}
}
