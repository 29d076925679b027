package train

import (
	"context"

	"loradex/embed/graph"
	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// program is a compiled graph whose inputs are given by name. Leaves are given by the network.
type program struct {
	n       *network
	session *runtime.Session
	inputs  []graph.ValueInfo // by name, and behind them what an earlier run kept
	outputs []graph.ValueInfo // by name, and behind them what is kept for a later run
	given   int               // of the inputs, how many were kept by an earlier run
	kept    int               // of the outputs
	memory  slab              // of the outputs by name
}

// compile loads a graph whose last inputs were kept by an earlier run, or whose last outputs are kept for a later one.
func (n *network) compile(env *runtime.Environment, m *graph.Model, given, kept int) (*program, error) {
	s, err := env.NewSession(m, true)
	if err != nil {
		return nil, err
	}
	return &program{n: n, session: s, inputs: m.Inputs, outputs: m.Outputs, given: given, kept: kept}, nil
}

// run computes all outputs: by name, valid until the next run, and those that are kept, in the given memory.
func (p *program) run(ctx context.Context, feeds map[string]runtime.Tensor, given []runtime.Tensor, keep *slab) (map[string][]float32, []runtime.Tensor, error) {
	in := make([]runtime.Tensor, 0, len(p.inputs))
	sizes := map[string]int64{}
	for _, v := range p.inputs[:len(p.inputs)-p.given] {
		f, ok := feeds[v.Name]
		if l := p.n.byName[v.Name]; l != nil {
			f, ok = runtime.Tensor{Shape: shape64(l.Shape), Floats: l.Data}, true
		}
		if !ok {
			return nil, nil, fault.New(fault.Internal, "the graph's input %s was not given", v.Name)
		}
		for i, d := range v.Dims {
			sizes[d.Name] = f.Shape[i]
		}
		in = append(in, f)
	}
	own := len(p.outputs) - p.kept
	out := p.memory.carve(p.outputs[:own], sizes)
	if p.kept > 0 {
		out = append(out, keep.carve(p.outputs[own:], sizes)...)
	}
	if err := p.session.RunInto(ctx, append(in, given...), out); err != nil {
		return nil, nil, err
	}
	byName := make(map[string][]float32, own)
	for i, v := range p.outputs[:own] {
		byName[v.Name] = out[i].Floats
	}
	return byName, out[own:], nil
}

func (p *program) close() error {
	if p == nil {
		return nil
	}
	return p.session.Close()
}

func shape64(shape []int) []int64 {
	out := make([]int64, len(shape))
	for i, n := range shape {
		out[i] = int64(n)
	}
	return out
}

// slab is memory for the results of a run, used again by the next one. New memory costs a page fault for every 4 KiB.
type slab struct {
	floats []float32
	halves []uint16
}

// carve gives each output its memory. Those whose size cannot be told beforehand are left to the runtime, which
// copies them. Integers are few and small, and get new memory.
func (s *slab) carve(outputs []graph.ValueInfo, sizes map[string]int64) []runtime.Tensor {
	out := make([]runtime.Tensor, len(outputs))
	lengths, total := make([]int, len(outputs)), map[graph.DataType]int{}
	for i, v := range outputs {
		shape, length := make([]int64, len(v.Dims)), int64(1)
		for j, d := range v.Dims {
			n, ok := graph.SizeOf(d, sizes)
			if !ok {
				shape = nil
				break
			}
			shape[j], length = n, length*n
		}
		switch {
		case shape == nil:
		case v.Type == graph.Int64:
			out[i] = runtime.Tensor{Shape: shape, Ints: make([]int64, length)}
		case v.Type == graph.Float, v.Type == graph.Float16:
			out[i].Shape, lengths[i] = shape, int(length)
			total[v.Type] += aligned(int(length))
		}
	}
	floats, halves := room(&s.floats, total[graph.Float]), room(&s.halves, total[graph.Float16])
	for i, n := range lengths {
		switch {
		case n == 0:
		case outputs[i].Type == graph.Float16:
			out[i].Halves, halves = halves[:n:n], halves[aligned(n):]
		default:
			out[i].Floats, floats = floats[:n:n], floats[aligned(n):]
		}
	}
	return out
}

// room makes memory large enough, with some more for the next, longer texts.
func room[T any](memory *[]T, want int) []T {
	if len(*memory) < want {
		*memory = make([]T, want+want/8)
	}
	return *memory
}

// aligned rounds up to a cache line, of numbers of two bytes, too.
func aligned(n int) int { return (n + 31) &^ 31 }
