package workspace

import "testing"

func TestSplitLines(t *testing.T) {
	for _, tt := range []struct {
		arg, path string
		from, to  int
	}{
		{"a.go", "a.go", 0, 0}, {"a.go:3", "a.go", 3, 3}, {"a.go:3-9", "a.go", 3, 9}, {"d:x/a.go:1-2", "d:x/a.go", 1, 2},
	} {
		path, from, to, err := splitLines(tt.arg)
		if err != nil || path != tt.path || from != tt.from || to != tt.to {
			t.Errorf("%q: %q %d %d %v", tt.arg, path, from, to, err)
		}
	}
	for _, arg := range []string{":3", "a:", "a:0", "a:-1", "a:2-1", "a:1-", "a:99999999999999999999"} {
		if path, from, to, err := splitLines(arg); err == nil {
			t.Errorf("%q is taken for %q %d %d", arg, path, from, to)
		}
	}
}

// FuzzSplitLines: lines are none, or a range from 1 on.
func FuzzSplitLines(f *testing.F) {
	for _, s := range []string{"a:1-2", "a", ":", "a:1:2", "a:1-2-3", "\x00:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		_, from, to, err := splitLines(arg)
		if err == nil && (from < 0 || to < from || from == 0 && to != 0) {
			t.Errorf("%q: %d-%d", arg, from, to)
		}
	})
}
