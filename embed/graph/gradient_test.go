//go:build cgo && ORT

package graph_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"loradex/embed/embedtest"
	"loradex/embed/graph"
	"loradex/embed/runtime"
	"loradex/internal/fault"
)

func TestMain(m *testing.M) { os.Exit(embedtest.Main(m)) }

// leaf is an input of a tested operation.
type leaf struct {
	dims []int
	low  float64 // values lie in low..low+1; 0: in -1..1
}

// opCase is an operation over leaves.
type opCase struct {
	name   string
	leaves []leaf
	apply  func(b *graph.Builder, x []graph.Value) graph.Value
}

func opCases() []opCase {
	d := func(dims ...int) leaf { return leaf{dims: dims} }
	one := func(f func(b *graph.Builder, x graph.Value) graph.Value) func(*graph.Builder, []graph.Value) graph.Value {
		return func(b *graph.Builder, x []graph.Value) graph.Value { return f(b, x[0]) }
	}
	two := func(f func(b *graph.Builder, x, y graph.Value) graph.Value) func(*graph.Builder, []graph.Value) graph.Value {
		return func(b *graph.Builder, x []graph.Value) graph.Value { return f(b, x[0], x[1]) }
	}
	positive := leaf{dims: []int{3, 4}, low: 0.5}
	return []opCase{
		{"add", []leaf{d(2, 3, 4), d(2, 3, 4)}, two((*graph.Builder).Add)},
		{"add a bias", []leaf{d(2, 3, 4), d(4)}, two((*graph.Builder).Add)},
		{"add over a middle axis", []leaf{d(2, 3, 4), d(2, 1, 4)}, two((*graph.Builder).Add)},
		{"sub", []leaf{d(2, 1), d(2, 3)}, two((*graph.Builder).Sub)},
		{"mul", []leaf{d(2, 3, 4), d(2, 3, 1)}, two((*graph.Builder).Mul)},
		{"mul by itself", []leaf{d(3, 4)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Mul(x, x) })},
		{"div", []leaf{d(3, 4), positive}, two((*graph.Builder).Div)},
		{"div by a column", []leaf{d(3, 4), {dims: []int{3, 1}, low: 0.5}}, two((*graph.Builder).Div)},
		{"max", []leaf{d(3, 4), d(4)}, two((*graph.Builder).Max)},
		{"sqrt", []leaf{positive}, one((*graph.Builder).Sqrt)},
		{"exp", []leaf{d(3, 4)}, one((*graph.Builder).Exp)},
		{"neg", []leaf{d(3, 4)}, one((*graph.Builder).Neg)},
		{"relu", []leaf{d(3, 4)}, one((*graph.Builder).ReLU)},
		{"tanh", []leaf{d(3, 4)}, one((*graph.Builder).Tanh)},
		{"sigmoid", []leaf{d(3, 4)}, one((*graph.Builder).Sigmoid)},
		{"gelu", []leaf{d(3, 4)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.GELU(x, false) })},
		{"gelu tanh", []leaf{d(3, 4)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.GELU(x, true) })},
		{"erf gate", []leaf{d(3, 4)}, one((*graph.Builder).ErfGate)},
		{"softmax", []leaf{d(2, 3, 4)}, one((*graph.Builder).Softmax)},
		{"log softmax", []leaf{d(2, 3, 4)}, one((*graph.Builder).LogSoftmax)},
		{"layer norm", []leaf{d(2, 3, 8), d(8), d(8)}, func(b *graph.Builder, x []graph.Value) graph.Value {
			return b.LayerNorm(x[0], x[1], x[2], 1e-5)
		}},
		{"matmul by a weight", []leaf{d(2, 3, 4), d(4, 5)}, two((*graph.Builder).MatMul)},
		{"matmul batched", []leaf{d(2, 2, 3, 4), d(2, 2, 4, 5)}, two((*graph.Builder).MatMul)},
		{"x yᵀ by a weight", []leaf{d(2, 3, 4), d(5, 4)}, two(func(b *graph.Builder, x, y graph.Value) graph.Value {
			return b.MatMulT(x, y, 0.5)
		})},
		{"x yᵀ batched", []leaf{d(2, 2, 3, 4), d(2, 2, 5, 4)}, two(func(b *graph.Builder, x, y graph.Value) graph.Value {
			return b.MatMulT(x, y, 0.5)
		})},
		{"xᵀ y", []leaf{d(2, 3, 4), d(2, 3, 5)}, two(func(b *graph.Builder, x, y graph.Value) graph.Value {
			return b.TMatMul(x, y, 2)
		})},
		{"sum", []leaf{d(2, 2, 2)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Sum(x, 1, false) })},
		{"sum kept", []leaf{d(2, 3)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Sum(x, -1, true) })},
		{"mean", []leaf{d(3, 3)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Mean(x, 0, false) })},
		{"mean kept", []leaf{d(3, 4)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Mean(x, -1, true) })},
		{"max over", []leaf{d(3, 3, 2)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.MaxOver(x, 1, false) })},
		{"transpose", []leaf{d(2, 3, 4)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Transpose(x, 1, 2, 0) })},
		{"reshape", []leaf{d(2, 3, 4)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Reshape(x, 0, -1) })},
		{"unsqueeze", []leaf{d(2, 3)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Unsqueeze(x, 1, 2) })},
		{"slice", []leaf{d(5, 3)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.Slice(x, 0, 1, b.Ints(4)) })},
		{"first", []leaf{d(2, 5, 3)}, one(func(b *graph.Builder, x graph.Value) graph.Value { return b.First(x, 1, 2) })},
		{"tail", []leaf{d(5, 3), d(2, 3)}, two(func(b *graph.Builder, x, y graph.Value) graph.Value {
			return b.Add(b.Sum(b.Tail(x, y, 0), 0, true), b.Mul(b.Head(x, y, 0), y))
		})},
		{"concat", []leaf{d(2, 3), d(4, 3)}, two(func(b *graph.Builder, x, y graph.Value) graph.Value { return b.Concat(0, x, y) })},
		{"gather", []leaf{d(4, 3)}, one(func(b *graph.Builder, x graph.Value) graph.Value {
			return b.Gather(x, b.Reshape(b.Ints(1, 3, 1, 0, 0, 1), 2, 3))
		})},
		{"attention", []leaf{d(2, 2, 3, 4), d(2, 2, 3, 4), d(2, 2, 3, 4)}, func(b *graph.Builder, x []graph.Value) graph.Value {
			return b.Attention(x[0], x[1], x[2], b.Scalar(0), 0.5)
		}},
		{"a value used twice", []leaf{d(3, 3)}, one(func(b *graph.Builder, x graph.Value) graph.Value {
			y := b.Tanh(x)
			return b.Add(b.MatMul(y, y), b.Mul(y, x))
		})},
	}
}

// TestGradients compares every operation's gradient with central differences of the operation itself, in a random
// direction of each leaf. The results are summed up with random weights, so that no error cancels.
func TestGradients(t *testing.T) {
	for _, c := range opCases() {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(len(c.name))))
			_, run, values := c.withGradients(t, rng, graph.InFull)
			got := run(values)
			for i := range values {
				direction := make([]float64, len(values[i]))
				var want, along float64
				for j := range direction {
					direction[j] = 2*rng.Float64() - 1
					along += direction[j] * float64(got[1+i][j])
				}
				const step = 1.0 / 256
				for _, sign := range []float64{1, -1} {
					moved := append([][]float32(nil), values...)
					moved[i] = make([]float32, len(values[i]))
					for j, v := range values[i] {
						moved[i][j] = float32(float64(v) + sign*step*direction[j])
					}
					want += sign * float64(run(moved)[0][0]) / (2 * step)
				}
				if math.Abs(want-along) > 2e-3*math.Max(1, math.Abs(want)) {
					t.Errorf("leaf %d: the gradient says %g along a direction, differences say %g", i, along, want)
				}
			}
		})
	}
}

// withGradients makes the graph of a case, whose outputs are a weighted sum of the results and its gradients, and values
// for the leaves.
func (c opCase) withGradients(t *testing.T, rng *rand.Rand, p graph.Products) (*graph.Model, func([][]float32) [][]float32, [][]float32) {
	t.Helper()
	b := graph.New("test")
	b.SetProducts(p)
	var inputs []graph.Value
	values := make([][]float32, len(c.leaves))
	for i, l := range c.leaves {
		dims := make([]graph.Dim, len(l.dims))
		n := 1
		for j, size := range l.dims {
			dims[j], n = graph.Fix(size), n*size
		}
		inputs = append(inputs, b.Input(string(rune('a'+i)), graph.Float, dims...))
		values[i] = make([]float32, n)
		for j := range values[i] {
			values[i][j] = float32(2*rng.Float64() - 1)
			if l.low != 0 {
				values[i][j] = float32(l.low + rng.Float64())
			}
		}
	}
	y := c.apply(b, inputs)
	loss := b.Sum(b.Mul(b.Reshape(y, -1), weightsFor(b, y, rng)), 0, true)
	grads, err := b.Gradients(loss, inputs)
	if err != nil {
		t.Fatal(err)
	}
	b.Output("loss", loss, graph.Fix(1))
	for i, g := range grads {
		b.Output("d"+string(rune('a'+i)), g, inputs[i].Dims()...)
	}
	return b.Model(), compile(t, b, c.leaves), values
}

// weightsFor is a constant random weight per element of y, whose size the test's operations fix.
func weightsFor(b *graph.Builder, y graph.Value, rng *rand.Rand) graph.Value {
	w := make([]float32, 256)
	for i := range w {
		w[i] = float32(2*rng.Float64() - 1)
	}
	flat := b.Reshape(y, -1)
	return b.Head(b.Const("weights", w, len(w)), flat, 0)
}

func compile(t *testing.T, b *graph.Builder, leaves []leaf) func([][]float32) [][]float32 {
	t.Helper()
	m := b.Model()
	s, err := embedtest.Env.NewSession(m, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return func(values [][]float32) [][]float32 {
		var in []runtime.Tensor
		for i, v := range values {
			var shape []int64
			for _, n := range leaves[i].dims {
				shape = append(shape, int64(n))
			}
			in = append(in, runtime.Tensor{Shape: shape, Floats: v})
		}
		out := make([]runtime.Tensor, len(m.Outputs))
		if err := s.RunInto(context.Background(), in, out); err != nil {
			t.Fatal(err)
		}
		var floats [][]float32
		for _, o := range out {
			floats = append(floats, o.Floats)
		}
		return floats
	}
}

func TestGradientErrors(t *testing.T) {
	b := graph.New("test")
	x, other := b.Input("x", graph.Float, graph.Fix(3)), b.Input("other", graph.Float, graph.Fix(3))
	for _, c := range []struct {
		name string
		loss graph.Value
		leaf graph.Value
		want fault.Code
	}{
		{"no rule", b.Sum(b.CumSum(x, 0), 0, true), x, fault.Unsupported},
		{"another leaf", b.Sum(x, 0, true), other, fault.Invalid},
		{"detached", b.Sum(b.Detach(x), 0, true), x, fault.Invalid},
	} {
		_, err := b.Gradients(c.loss, []graph.Value{c.leaf})
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
