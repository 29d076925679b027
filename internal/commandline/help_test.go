package commandline

import (
	"strings"
	"testing"
)

func TestWrapped(t *testing.T) {
	long := strings.Repeat("word ", 30)
	for _, tt := range []struct{ in, want string }{
		{"one\ntwo\n\nthree", "one two\n\nthree"},
		{"list:\n  a  b\n  c  d\nend", "list:\n  a  b\n  c  d\nend"},
		{"  name    " + strings.TrimSpace(long), "  name    " + strings.TrimSpace(strings.Repeat("word ", 14)) + "\n          " +
			strings.TrimSpace(strings.Repeat("word ", 14)) + "\n          word word"},
		{strings.Repeat("x", 100) + " y", strings.Repeat("x", 100) + " y"},
	} {
		if got := wrapped(tt.in); got != tt.want {
			t.Errorf("%q:\n%s\nwant\n%s", tt.in, got, tt.want)
		}
	}
	line := `  loradex bench encode --peer "python bench/peer_st.py {model} --threads {threads} --and more"`
	if got := examples(line); got != "  loradex bench encode --peer \\\n    \"python bench/peer_st.py {model} --threads {threads} --and more\"" {
		t.Errorf("%s", got)
	}
}
