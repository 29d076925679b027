package evaluation_test

import (
	"context"
	"hash/fnv"
	"os"
	"strings"
	"testing"
	"unicode"

	"loradex/embed"
	"loradex/evaluation"
	"loradex/internal/dataset"
)

// wordHasher is a deterministic encoder for tests: words, with camelCase split, counted in hashed bins. A mix adds a bin
// of its own, and so does the role, so that tests see when one is lost.
type wordHasher struct {
	calls  int
	rows   int
	mixes  map[string]int // rows by role and mix
	before func(call int) error
}

const bins = 256

func (e *wordHasher) Encode(_ context.Context, rows []embed.Row) ([][]float32, error) {
	e.calls++
	e.rows += len(rows)
	if e.before != nil {
		if err := e.before(e.calls); err != nil {
			return nil, err
		}
	}
	out := make([][]float32, len(rows))
	for i, row := range rows {
		role := "document"
		if row.Role == embed.Query {
			role = "query"
		}
		if e.mixes == nil {
			e.mixes = make(map[string]int)
		}
		e.mixes[role+" "+row.Mix.String()]++
		out[i] = make([]float32, bins)
		for _, word := range words(row.Text) {
			out[i][bin(word)]++
		}
		if row.Mix.String() != "none" {
			out[i][bin(row.Mix.String())] += 0.5
		}
	}
	return out, nil
}

func words(text string) []string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsUpper(r):
			b.WriteRune(' ')
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsLetter(r):
			b.WriteRune(r)
		default:
			b.WriteRune(' ')
		}
	}
	return strings.Fields(b.String())
}

func bin(word string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(word)) // never fails
	return h.Sum32() % bins
}

// tiny opens a split of the committed data set.
func tiny(t *testing.T, split string) *dataset.Dataset {
	t.Helper()
	ds, err := dataset.Open("testdata/tiny", dataset.Split(split))
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// runTiny evaluates the split test of the tiny data set.
func runTiny(t *testing.T, o evaluation.Options) (*evaluation.Report, *evaluation.Result) {
	t.Helper()
	report, result, err := evaluation.Run(t.Context(), &wordHasher{}, tiny(t, "test"), o)
	if err != nil {
		t.Fatal(err)
	}
	return report, result
}

// golden compares got with a file of testdata; with -update it writes the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s has changed (go test -update accepts it):\n%s", path, got)
	}
}
