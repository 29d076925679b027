package workspace

import (
	"context"
	"errors"
	"strings"
	"testing"

	"loradex/embed"
)

// countingEncoder gives each text the vector of its length.
type countingEncoder struct{ calls []int }

func (c *countingEncoder) Encode(_ context.Context, rows []embed.Row) ([][]float32, error) {
	c.calls = append(c.calls, len(rows))
	vectors := make([][]float32, len(rows))
	for i, r := range rows {
		if r.Text == "bad" {
			return nil, errors.New("bad text")
		}
		vectors[i] = []float32{float32(len(r.Text))}
	}
	return vectors, nil
}

// TestSteppedEncoder: vectors come in the order of the rows, longest rows are encoded first, and steps add up.
func TestSteppedEncoder(t *testing.T) {
	inner := &countingEncoder{}
	done := 0
	e := &steppedEncoder{inner: inner, step: func(rows int) { done += rows }}
	rows := make([]embed.Row, 2*stepRows+5)
	for i := range rows {
		rows[i].Text = strings.Repeat("x", i*37%101+4)
	}
	vectors, err := e.Encode(t.Context(), rows)
	if err != nil || done != len(rows) || len(inner.calls) != 3 {
		t.Fatalf("%v, %d of %d rows in %v", err, done, len(rows), inner.calls)
	}
	for i, v := range vectors {
		if v[0] != float32(len(rows[i].Text)) {
			t.Fatalf("row %d has the vector of another", i)
		}
	}
	rows[3].Text = "bad"
	if _, err := e.Encode(t.Context(), rows); err == nil {
		t.Error("an error of the encoder is lost")
	}
}
