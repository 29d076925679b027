package arch

import (
	"os"
	"testing"
)

// TestModule holds this very tree against the rules.
func TestModule(t *testing.T) {
	violations, err := Check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Error(v)
	}
}
