package train

import (
	"context"

	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// program is a compiled graph whose inputs are given by name. Leaves are given by the network.
type program struct {
	n       *network
	session *runtime.Session
	inputs  []string
	outputs []string
	results [][]float32 // of the last run
}

// compile loads a graph.
func (n *network) compile(env *runtime.Environment, build func() (*sketch, []string, error)) (*program, error) {
	s, outputs, err := build()
	if err != nil {
		return nil, err
	}
	data, err := s.Model().Marshal()
	if err != nil {
		return nil, err
	}
	p := &program{n: n, inputs: s.Inputs(), outputs: outputs, results: make([][]float32, len(outputs))}
	if p.session, err = env.NewVaryingSession(data, p.inputs, outputs...); err != nil {
		return nil, err
	}
	return p, nil
}

// run computes all outputs, by name. They are valid until the next run.
func (p *program) run(ctx context.Context, feeds map[string]runtime.Input) (map[string][]float32, error) {
	in := make([]runtime.Input, len(p.inputs))
	for i, name := range p.inputs {
		if l := p.n.byName[name]; l != nil {
			in[i] = runtime.Input{Shape: shape64(l.Shape), Floats: l.Data}
			continue
		}
		f, ok := feeds[name]
		if !ok {
			return nil, fault.New(fault.Internal, "the graph's input %s was not given", name)
		}
		in[i] = f
	}
	if _, err := p.session.RunInto(ctx, in, p.results); err != nil {
		return nil, err
	}
	byName := make(map[string][]float32, len(p.results))
	for i, v := range p.results {
		byName[p.outputs[i]] = v
	}
	return byName, nil
}

func (p *program) close() error {
	if p == nil || p.session == nil {
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
