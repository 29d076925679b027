package train

import (
	"math"
	"testing"
)

func TestLossScaler(t *testing.T) {
	repeat := func(n int, overflow bool) []bool {
		out := make([]bool, n)
		for i := range out {
			out[i] = overflow
		}
		return out
	}
	steps := func(parts ...[]bool) (out []bool) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	for _, tt := range []struct {
		name  string
		from  float64
		steps []bool // whether each overflows
		want  lossScaler
		ends  bool // the last overflow has no scale to halve
	}{
		{"the start", firstScale, nil, lossScaler{Scale: 32768}, false},
		{"clean steps are counted", firstScale, repeat(3, false), lossScaler{Scale: 32768, Clean: 3}, false},
		{"not yet", firstScale, repeat(1999, false), lossScaler{Scale: 32768, Clean: 1999}, false},
		{"doubled after 2,000", firstScale, repeat(2000, false), lossScaler{Scale: 65536}, false},
		{"twice", firstScale, repeat(4001, false), lossScaler{Scale: 131072, Clean: 1}, false},
		{"halved at once", firstScale, repeat(1, true), lossScaler{Scale: 16384, Skipped: 1}, false},
		{"halved until it fits", firstScale, repeat(3, true), lossScaler{Scale: 4096, Skipped: 3}, false},
		{"an overflow starts the count anew", firstScale, steps(repeat(1999, false), repeat(1, true), repeat(1999, false)), lossScaler{Scale: 16384, Clean: 1999, Skipped: 1}, false},
		{"and back", firstScale, steps(repeat(1, true), repeat(2000, false)), lossScaler{Scale: 32768, Skipped: 1}, false},
		{"never above the bound", maxScale, repeat(2000, false), lossScaler{Scale: maxScale}, false},
		{"down to 1", firstScale, repeat(15, true), lossScaler{Scale: 1, Skipped: 15}, false},
		{"not below 1", firstScale, repeat(16, true), lossScaler{Scale: 1, Skipped: 15}, true},
	} {
		s := newLossScaler()
		s.Scale = tt.from
		ok := true
		for i, overflow := range tt.steps {
			if !overflow {
				s.stepped()
			} else if ok = s.overflowed(); !ok && i < len(tt.steps)-1 {
				t.Errorf("%s: the scale ends at step %d", tt.name, i)
			}
		}
		if *s != tt.want || ok == tt.ends {
			t.Errorf("%s: %+v (goes on: %v), want %+v", tt.name, *s, ok, tt.want)
		}
		if !s.valid(len(tt.steps)) {
			t.Errorf("%s: %+v is refused", tt.name, *s)
		}
	}
}

func TestLossScalerRefused(t *testing.T) {
	for name, s := range map[string]lossScaler{
		"nothing":               {},
		"no power of two":       {Scale: 3},
		"a negative one":        {Scale: -2},
		"below the bound":       {Scale: 0.5},
		"above the bound":       {Scale: 2 * maxScale},
		"infinite":              {Scale: math.Inf(1)},
		"not a number":          {Scale: math.NaN()},
		"too many clean steps":  {Scale: 2, Clean: growAfter},
		"negative clean steps":  {Scale: 2, Clean: -1},
		"more skipped than any": {Scale: 2, Skipped: 11},
		"negative skipped":      {Scale: 2, Skipped: -1},
	} {
		if s.valid(10) {
			t.Errorf("%s: %+v is taken", name, s)
		}
	}
}
