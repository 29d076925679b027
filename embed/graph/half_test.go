//go:build cgo && ORT

package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"loradex/embed/graph"
)

// TestHalfGradients compares the gradients of products in half precision with those in float32.
func TestHalfGradients(t *testing.T) {
	// Two operands and a result are rounded to 11 bits, each product of a chain of at most four, and the sums of this test have
	// at most 8 terms of like size: 4·3·2⁻¹² = 3e-3 of the largest number where all errors agree. Twice that is allowed.
	const allowed = 6e-3
	// products is how many a case has in both directions, in half precision.
	for name, products := range map[string]int{
		"matmul by a weight": 3, "matmul batched": 3, "x yᵀ by a weight": 3, "x yᵀ batched": 3, "xᵀ y": 3, "attention": 6, "a value used twice": 3,
		"layer norm": 0, "gelu": 0, "softmax": 0,
	} {
		cases := opCases()
		c := cases[slices.IndexFunc(cases, func(c opCase) bool { return c.name == name })]
		t.Run(name, func(t *testing.T) {
			seed := func() *rand.Rand { return rand.New(rand.NewPCG(3, 7)) }
			_, full, values := c.withGradients(t, seed(), graph.InFull)
			want := full(values)
			for _, p := range []graph.Products{graph.InHalf, graph.InHalfRounded} {
				m, half, _ := c.withGradients(t, seed(), p)
				if n := halfProducts(t, m); n != products {
					t.Errorf("%d products in half precision, want %d", n, products)
				}
				got := half(values)
				same := true
				for i := range want {
					var diff, size float64
					for j, x := range want[i] {
						diff, size = math.Max(diff, math.Abs(float64(x-got[i][j]))), math.Max(size, math.Abs(float64(x)))
					}
					same = same && diff == 0
					if diff > allowed*math.Max(size, 0.1) {
						t.Errorf("mode %d: output %d is off by %g of %g", p, i, diff, size)
					}
				}
				if same != (products == 0) {
					t.Errorf("mode %d: equal to float32: %v", p, same)
				}
			}
		})
	}
}

// halfProducts counts products of values in half precision, and fails for other operations on such but casts.
func halfProducts(t *testing.T, m *graph.Model) int {
	t.Helper()
	half := map[string]bool{}
	for _, i := range m.Initializers {
		half[i.Name] = i.Type == graph.Float16
	}
	n := 0
	for _, node := range m.Nodes {
		isHalf := slices.ContainsFunc(node.Inputs, func(name string) bool { return half[name] })
		switch node.Op {
		case "Cast":
			half[node.Outputs[0]] = node.Attributes[0].Value == any(int64(graph.Float16))
		case "MatMul", "FusedMatMul":
			if half[node.Outputs[0]] = isHalf; isHalf {
				n++
			}
		default:
			if isHalf {
				t.Errorf("%s computes in half precision", node.Op)
			}
		}
	}
	return n
}

// What a product rounds: operands to nearest, to even where it is a tie, and its result.
func TestHalfRounding(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name       string
		x, y, want float32 // x·1 + y·1
	}{
		{"exact", 1.5, 2, 3.5},
		{"an operand", 1 + 1.0/4096, 0, 1},
		{"a tie goes to even, down", 1 + 1.0/2048, 0, 1},
		{"a tie goes to even, up", 1 + 3.0/2048, 0, 1 + 2.0/1024},
		{"the result", 1, 1.0 / 4096, 1},
		{"the largest", graph.MaxHalf, 0, graph.MaxHalf},
		{"an operand that is too large", 65520, 0, inf},
		{"a result that is too large", 60000, 60000, inf},
		{"minus infinity", -60000, -60000, -inf},
		{"subnormal", 0x3p-24, 0, 0x3p-24},
		{"underflow", 0x1p-26, 0, 0},
	} {
		dims := []leaf{{dims: []int{1, 2}}, {dims: []int{2, 1}}}
		b := graph.New("test")
		b.SetProducts(graph.InHalfRounded)
		x, y := b.Input("a", graph.Float, graph.Fix(1), graph.Fix(2)), b.Input("b", graph.Float, graph.Fix(2), graph.Fix(1))
		b.Output("y", b.MatMul(x, y), graph.Fix(1), graph.Fix(1))
		if got := compile(t, b, dims)([][]float32{{c.x, c.y}, {1, 1}})[0][0]; got != c.want {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
		// A constant is rounded here, and not by ONNX Runtime.
		b = graph.New("test")
		b.SetProducts(graph.InHalf)
		ids := b.Reshape(b.Cast(b.Input("a", graph.Float, graph.Fix(2)), graph.Int64), 2)
		b.Output("y", b.Gather(b.Const("table", []float32{c.x, c.y, 0, 1}, 4, 1), ids), graph.Fix(2), graph.Fix(1))
		got := compile(t, b, []leaf{{dims: []int{2}}})([][]float32{{1, 0}})[0]
		if c.y == 0 && got[1] != c.want {
			t.Errorf("%s: as a constant %g, want %g", c.name, got[1], c.want)
		}
	}
}

// A constant is stored in the precisions in which it is used, once each, and a value is rounded once.
func TestHalfIsStoredOnce(t *testing.T) {
	b := graph.New("test")
	b.SetProducts(graph.InHalf)
	x := b.Input("x", graph.Float, graph.Fix(2), graph.Fix(2))
	weight := func(name string) graph.Value { return b.Const(name, []float32{1, 2, 3, 4}, 2, 2) }
	y := b.Add(b.MatMul(x, weight("w")), b.MatMulT(x, weight("w"), 1))
	y = b.Add(b.MatMul(y, weight("both")), weight("both"))
	b.Output("y", b.Add(y, weight("full")), graph.Fix(2), graph.Fix(2))
	m := b.Model()
	types := map[graph.DataType]int{}
	for _, i := range m.Initializers {
		types[i.Type]++
		if i.Name == "w" {
			t.Error("a weight that only products use is stored in float32")
		}
	}
	if types[graph.Float] != 2 || types[graph.Float16] != 2 {
		t.Errorf("%d constants in float32 and %d in half precision, want 2 and 2", types[graph.Float], types[graph.Float16])
	}
	casts := 0
	for _, n := range m.Nodes {
		if n.Op == "Cast" && n.Inputs[0] == "x" {
			casts++
		}
	}
	if casts != 1 {
		t.Errorf("x is rounded %d times", casts)
	}
}

// The gradient of a cast between float types is that of the identity. Values and the step are multiples of 1/64, which half
// precision holds exactly, so that differences are exact, too.
func TestCastGradient(t *testing.T) {
	const n, step = 6, 1.0 / 64
	b := graph.New("test")
	x := b.Input("a", graph.Float, graph.Fix(n))
	y := b.Cast(b.Cast(x, graph.Float16), graph.Float)
	loss := b.Sum(b.Mul(y, b.Const("w", []float32{1, -2, 3, 0.5, 4, -1}, n)), 0, true)
	grads, err := b.Gradients(loss, []graph.Value{x})
	if err != nil {
		t.Fatal(err)
	}
	b.Output("loss", loss, graph.Fix(1))
	b.Output("da", grads[0], graph.Fix(n))
	run := compile(t, b, []leaf{{dims: []int{n}}})
	at := []float32{0.5, -0.25, 1.0 / 64, 0, -1, 0.75}
	got := run([][]float32{at})[1]
	for i := range at {
		moved := slices.Clone(at)
		moved[i] += step
		up := run([][]float32{moved})[0][0]
		moved[i] -= 2 * step
		if want := (up - run([][]float32{moved})[0][0]) / (2 * step); got[i] != want {
			t.Errorf("number %d: the gradient is %g, differences say %g", i, got[i], want)
		}
	}
}
