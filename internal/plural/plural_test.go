package plural

import "testing"

func TestSprintf(t *testing.T) {
	for _, tt := range []struct {
		format string
		args   []any
		want   string
	}{
		{"%d queries", []any{1}, "1 query"},
		{"%d queries", []any{0}, "0 queries"},
		{"%d queries", []any{11}, "11 queries"},
		{"%s: %s documents of %s files, %s queries\n", []any{"x", "1", "2", "1"}, "x: 1 document of 2 files, 1 query\n"},
		{"%d %% of %d branches.", []any{1, int64(1)}, "1 % of 1 branch."},
		{"%.1f s, %d threads", []any{1.0, 1}, "1.0 s, 1 thread"},
		{"%d queries of %d data sets", []any{1, 1}, "1 query of 1 data set"},
		{"%s has files", []any{"1"}, "1 has files"},
		{"%d filesystems", []any{1}, "1 filesystems"},
		{"%-6s %s queries", []any{"dev", "1"}, "dev    1 query"},
		{"%*d files", []any{3, 1}, "  1 files"},
		{"%[1]d files", []any{1}, "1 files"},
		{"100 %% files", nil, "100 % files"},
		{"%d files", []any{}, "%!d(MISSING) files"},
	} {
		if got := Sprintf(tt.format, tt.args...); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.format, got, tt.want)
		}
	}
}
