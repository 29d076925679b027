//go:build cgo && ORT

package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"loradex/embed/embedtest"
	"loradex/embed/graph"
	"loradex/embed/runtime"
)

// TestCodes holds products of codes against sums in Go's integers, where all codes are the largest among others: a processor that
// adds in 16 bits cuts none of them off. And a row's result is the same, bit by bit, whatever stands beside it.
func TestCodes(t *testing.T) {
	const in, out, least = 96, 40, 1.5
	rng := rand.New(rand.NewPCG(8, 8))
	w, scales, bias := make([]byte, in*out), make([]float32, out), make([]float32, out)
	for i := range w {
		w[i] = byte(int8(rng.IntN(129) - 64)) //nolint:gosec // from −64 to 64
		if i%out < 2 {
			w[i] = byte(int8(64 - 128*(i%out))) //nolint:gosec // a column of 64, and one of −64
		}
	}
	for o := range scales {
		scales[o], bias[o] = rng.Float32()+0.1, rng.Float32()
	}
	x := make([]float32, 2*3*in)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		if i < in {
			x[i] = 4 // as large as it gets
		}
	}
	for name, c := range map[string]struct {
		round func(b *graph.Builder, x graph.Value) graph.Codes
		step  func(row []float32) float32
		zero  float32
	}{
		"fixed": {func(b *graph.Builder, x graph.Value) graph.Codes { return b.Round(x, 4./127, 128) }, func([]float32) float32 { return 4. / 127 }, 128},
		"rows": {
			func(b *graph.Builder, x graph.Value) graph.Codes { return b.RoundRows(x, 128, 1e-6, false) },
			func(row []float32) float32 { return max(slices.Max(row), -slices.Min(row)) / 127 }, 128,
		},
		"rows above": {
			func(b *graph.Builder, x graph.Value) graph.Codes { return b.RoundRows(x, 20, least, true) },
			func(row []float32) float32 { return max(slices.Max(row), least) / 235 }, 20,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := graph.New("codes")
			v := b.Input("x", graph.Float, graph.Dyn("n"), graph.Dyn("s"), graph.Fix(in))
			codes := c.round(b, v)
			weight := b.Int8("w", w, in, out)
			b.Output("y", b.MatMulCodes(codes, weight, b.Const("scales", scales, out), b.Const("bias", bias, out)), graph.Dyn("n"), graph.Dyn("s"), graph.Fix(out))
			b.Output("bare", b.MatMulCodes(codes, weight, b.Const("scales", scales, out), graph.Value{}), graph.Dyn("n"), graph.Dyn("s"), graph.Fix(out))
			s, err := embedtest.Env.NewSession(b.Model(), true)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			run := func(x []float32, shape ...int64) (y, bare []float32) {
				got := make([]runtime.Tensor, 2)
				if err := s.RunInto(t.Context(), []runtime.Tensor{{Shape: append(shape, in), Floats: x}}, got); err != nil {
					t.Fatal(err)
				}
				return got[0].Floats, got[1].Floats
			}
			y, bare := run(x, 2, 3)
			for r := range 6 {
				row := x[r*in:][:in]
				step := c.step(row)
				alone, _ := run(row, 1, 1)
				if !slices.Equal(alone, y[r*out:][:out]) {
					t.Errorf("row %d alone is another one than beside others", r)
				}
				for o := range out {
					sum := 0
					for i, v := range row {
						code := min(255, max(0, math.RoundToEven(float64(v/step))+float64(c.zero)))
						sum += int(code-float64(c.zero)) * int(int8(w[i*out+o])) //nolint:gosec // a signed byte
					}
					want := float32(sum) * step * scales[o]
					if d := math.Abs(float64(y[r*out+o] - want - bias[o])); d > 1e-5*max(1, math.Abs(float64(want))) {
						t.Errorf("row %d, output %d: %g, want %g", r, o, y[r*out+o], want+bias[o])
					}
					if d := math.Abs(float64(bare[r*out+o] - want)); d > 1e-5*max(1, math.Abs(float64(want))) {
						t.Errorf("row %d, output %d without bias: %g, want %g", r, o, bare[r*out+o], want)
					}
				}
			}
		})
	}
}
