//go:build cgo && ORT

package graph_test

import (
	"slices"
	"testing"

	"loradex/embed/embedtest"
	"loradex/embed/graph"
	"loradex/embed/runtime"
)

// TestCut: the halves of a graph, one after another, give what the whole gives; views are not handed over, and sizes that
// only the second half wants are made in the first.
func TestCut(t *testing.T) {
	b := graph.New("test")
	n := graph.Dyn("n")
	x := b.Input("x", graph.Float, n, graph.Fix(2), graph.Fix(3))
	y := b.Exp(x)
	view := b.Flatten(y) // [2n,3]
	b.Output("first", b.Sum(view, 0, true), graph.Fix(1), graph.Fix(3))
	border := b.Nodes()
	z := b.Input("z", graph.Float, graph.Fix(3))
	unused := b.Sqrt(y) // nobody asks for it
	b.Output("second", b.Fold(b.Mul(view, z), b.Sum(x, 2, false)), x.Dims()...)
	_ = unused

	first, second, kept := b.Cut(border)
	crossing := first.Outputs[len(first.Outputs)-kept:]
	for _, v := range crossing {
		if v.Name == view.Name() {
			t.Error("a view was handed over")
		}
	}
	if !slices.ContainsFunc(crossing, func(v graph.ValueInfo) bool { return v.Name == y.Name() }) {
		t.Errorf("%v was not handed over, but %v", y.Name(), crossing)
	}
	for _, node := range second.Nodes {
		if node.Op == "Sqrt" {
			t.Error("the second half computes what nobody asks for")
		}
	}

	in := []float32{0, 1, 2, 3, 4, 5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5}
	xIn, zIn := runtime.Tensor{Shape: []int64{2, 2, 3}, Floats: in}, runtime.Tensor{Shape: []int64{3}, Floats: []float32{1, -2, 3}}
	run := func(m *graph.Model, outputs []runtime.Tensor, inputs ...runtime.Tensor) []runtime.Tensor {
		s, err := embedtest.Env.NewSession(m, false)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if err := s.RunInto(t.Context(), inputs, outputs); err != nil {
			t.Fatal(err)
		}
		return outputs
	}
	whole := run(b.Model(), make([]runtime.Tensor, 2), xIn, zIn)
	memory := make([]runtime.Tensor, len(first.Outputs))
	for i, v := range first.Outputs {
		size, shape := int64(1), make([]int64, len(v.Dims))
		for j, d := range v.Dims {
			var ok bool
			if shape[j], ok = graph.SizeOf(d, map[string]int64{"n": 2}); !ok {
				t.Fatalf("the size of %s is not known from the inputs: %v", v.Name, v.Dims)
			}
			size *= shape[j]
		}
		if memory[i].Shape = shape; v.Type == graph.Int64 {
			memory[i].Ints = make([]int64, size)
		} else {
			memory[i].Floats = make([]float32, size)
		}
	}
	run(first, memory, xIn)
	if !slices.Equal(memory[0].Floats, whole[0].Floats) {
		t.Errorf("the first half gives %v, want %v", memory[0].Floats, whole[0].Floats)
	}
	given := memory[len(memory)-kept:]
	inputs := []runtime.Tensor{}
	for _, v := range second.Inputs[:len(second.Inputs)-kept] {
		inputs = append(inputs, map[string]runtime.Tensor{"x": xIn, "z": zIn}[v.Name])
	}
	got := run(second, make([]runtime.Tensor, 1), append(inputs, given...)...)
	if !slices.Equal(got[0].Floats, whole[1].Floats) {
		t.Errorf("the second half gives %v, want %v", got[0].Floats, whole[1].Floats)
	}
}

func TestSizeOf(t *testing.T) {
	known := map[string]int64{"n": 3, "s": 5}
	for _, c := range []struct {
		dim  graph.Dim
		want int64
		ok   bool
	}{
		{graph.Fix(7), 7, true},
		{graph.Dyn("n"), 3, true},
		{graph.Dyn("n*s*4"), 60, true},
		{graph.Dyn("slice_3"), 0, false},
		{graph.Dyn("n*slice_3"), 0, false},
	} {
		if got, ok := graph.SizeOf(c.dim, known); got != c.want || ok != c.ok {
			t.Errorf("%v: %d %v, want %d %v", c.dim, got, ok, c.want, c.ok)
		}
	}
}
