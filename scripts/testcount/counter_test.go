package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCounter(t *testing.T) {
	tests := []struct {
		name, stream, want string
		shows              []string
	}{
		{
			name:   "empty",
			stream: "",
			want:   "0 passed, 0 failed, 0 skipped",
		},
		{
			name: "subtests count, their parent does not",
			stream: `{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"run","Package":"p","Test":"A/y"}
{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"fail","Package":"p","Test":"A/y"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}`,
			want: "1 passed, 1 failed, 0 skipped (1 packages failed)",
		},
		{
			name: "a parent that fails by itself counts",
			stream: `{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"fail","Package":"p","Test":"A"}`,
			want: "1 passed, 1 failed, 0 skipped",
		},
		{
			name: "the same test name in two packages",
			stream: `{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"q","Test":"A"}
{"Action":"run","Package":"q","Test":"A/x"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"pass","Package":"q","Test":"A/x"}
{"Action":"pass","Package":"q","Test":"A"}`,
			want: "2 passed, 0 failed, 0 skipped",
		},
		{
			name: "a skip shows its reason",
			stream: `{"Action":"run","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"A","Output":"=== RUN   A\n"}
{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:3: no model: here\n"}
{"Action":"output","Package":"p","Test":"A","Output":"--- SKIP: A (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"A"}`,
			want:  "0 passed, 0 failed, 1 skipped",
			shows: []string{"skip  p.A: no model: here"},
		},
		{
			name: "a build failure shows the compiler's words",
			stream: `{"Action":"build-output","ImportPath":"p","Output":"p.go:1: syntax error\n"}
{"Action":"build-fail","ImportPath":"p"}
{"Action":"fail","Package":"p","FailedBuild":"p"}`,
			want:  "0 passed, 0 failed, 0 skipped (1 packages failed)",
			shows: []string{"p.go:1: syntax error", "FAIL  p"},
		},
		{
			name:   "lines that are not events pass through",
			stream: "warning: something\n",
			want:   "0 passed, 0 failed, 0 skipped",
			shows:  []string{"warning: something"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			c := newCounter(&out)
			if err := c.read(strings.NewReader(tt.stream)); err != nil {
				t.Fatal(err)
			}
			if got := c.summary(); got != tt.want {
				t.Errorf("summary is %q, want %q", got, tt.want)
			}
			for _, s := range tt.shows {
				if !strings.Contains(out.String(), s) {
					t.Errorf("output lacks %q:\n%s", s, out.String())
				}
			}
		})
	}
}

// TestRun runs go test itself on a module with one test of each outcome.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"go.mod": "module m\n\ngo 1.26\n",
		"m_test.go": `package m

import "testing"

func TestPass(t *testing.T) {}
func TestFail(t *testing.T) { t.Error("as it must") }
func TestSkip(t *testing.T) { t.Skip("not here") }
`,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "")
	var out strings.Builder
	report := filepath.Join(dir, "report")
	code, err := run(t.Context(), &out, "mine", report, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if code != 1 {
		t.Errorf("exit code %d, want go test's 1", code)
	}
	line := "mine: 1 passed, 1 failed, 1 skipped (1 packages failed)"
	for _, want := range []string{"as it must", "not here", line} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	if got, err := os.ReadFile(report); err != nil || strings.TrimSpace(string(got)) != line {
		t.Errorf("report is %q (%v), want %q", got, err, line)
	}
	if code, err := run(t.Context(), &out, "", "", []string{"-run", "TestPass", "."}); code != 0 || err != nil {
		t.Errorf("a passing run gives %d, %v", code, err)
	}
}
