//go:build cgo && ORT

package runtime

import (
	"context"
	"errors"
	"unsafe"

	ort "github.com/yalue/onnxruntime_go"

	"loradex/embed/graph"
	"loradex/internal/fault"
)

// Session is a loaded graph with float outputs. It is safe for concurrent use; runs wait for each other.
type Session struct {
	env     *Environment
	session *ort.DynamicAdvancedSession
	inputs  []string
	outputs []string
}

// NewSession loads a model, which it does not keep. A run has inputs and outputs in the order of the model's graph. Varying is
// for graphs whose shapes differ from run to run: no plan of the memory is kept for each shape, which saves nine tenths of the
// page faults.
func (e *Environment) NewSession(m *graph.Model, varying bool) (*Session, error) {
	data, err := m.Marshal()
	if err != nil {
		return nil, err
	}
	inputs, outputs := names(m.Inputs), names(m.Outputs)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, fault.New(fault.Conflict, "ONNX Runtime was stopped")
	}
	so, err := e.sessionOptions()
	if err != nil {
		return nil, err
	}
	if varying {
		if err := so.SetMemPattern(false); err != nil {
			return nil, errors.Join(fault.Wrap(fault.Internal, err, "session options"), so.Destroy())
		}
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(data, inputs, outputs, so)
	err = errors.Join(err, so.Destroy())
	if err != nil {
		refused := fault.Wrap(fault.Internal, err, "ONNX Runtime refused the graph")
		if e.opts.Device != CPU { // a provider may be loaded before it finds out that there is no such device
			refused = refused.WithHint("device %s may not be there, or its driver or memory may not do: try device cpu", e.opts.Device)
		}
		return nil, refused
	}
	e.open++
	return &Session{env: e, session: s, inputs: inputs, outputs: outputs}, nil
}

// names lists the inputs or outputs of a graph.
func names(values []graph.ValueInfo) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.Name
	}
	return out
}

// Run is [Session.RunInto] for a graph with one output, which is given in new memory, row-major.
func (s *Session) Run(ctx context.Context, inputs []Tensor) ([]float32, error) {
	out := make([]Tensor, 1)
	err := s.RunInto(ctx, inputs, out)
	return out[0].Floats, err
}

// RunInto computes the outputs into memory that the caller gives: no result is copied, and memory of earlier runs is used
// again. An output without a shape gets new memory; its data are floats. When ctx ends, a run in progress is stopped at its
// next node.
func (s *Session) RunInto(ctx context.Context, inputs, outputs []Tensor) error {
	if len(inputs) != len(s.inputs) || len(outputs) != len(s.outputs) {
		return fault.New(fault.Internal, "a run got %d inputs and %d outputs, want %d and %d", len(inputs), len(outputs), len(s.inputs), len(s.outputs))
	}
	in, err := values(inputs, s.inputs)
	defer destroy(in)
	if err != nil {
		return err
	}
	out, err := values(outputs, s.outputs)
	defer func() { destroy(out) }() // with what the run puts there
	if err != nil {
		return err
	}
	if err := s.compute(ctx, in, out); err != nil {
		return err
	}
	for i := range outputs {
		if outputs[i].Shape != nil {
			continue
		}
		t, ok := out[i].(*ort.Tensor[float32])
		if !ok {
			return fault.New(fault.Internal, "the graph's output %s is not float32", s.outputs[i])
		}
		outputs[i] = Tensor{Shape: t.GetShape(), Floats: t.GetData()} // already a copy in Go's memory
	}
	return nil
}

// compute waits for its turn and computes the outputs.
func (s *Session) compute(ctx context.Context, in, out []ort.Value) error {
	ro, err := ort.NewRunOptions()
	if err != nil {
		return fault.Wrap(fault.Internal, err, "run options")
	}
	s.env.run.Lock()
	defer s.env.run.Unlock()
	if err := ctx.Err(); err != nil {
		return errors.Join(err, ro.Destroy())
	}
	if s.session == nil {
		return errors.Join(fault.New(fault.Conflict, "the session is closed"), ro.Destroy())
	}
	// Terminate must not meet destroyed options: wait for it where it has begun.
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(done); _ = ro.Terminate() })
	err = s.session.RunWithOptions(in, out, ro)
	if !stop() {
		<-done
	}
	err = errors.Join(err, ro.Destroy())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fault.Wrap(fault.Internal, err, "ONNX Runtime failed")
	}
	return nil
}

// values wraps tensors; those without a shape stay nil.
func values(tensors []Tensor, names []string) ([]ort.Value, error) {
	out := make([]ort.Value, len(tensors))
	for i, t := range tensors {
		if t.Shape == nil {
			continue
		}
		v, err := t.value()
		if err != nil {
			return out, fault.Wrap(fault.Internal, err, "tensor %s", names[i])
		}
		out[i] = v
	}
	return out, nil
}

func destroy(values []ort.Value) {
	for _, v := range values {
		if v != nil {
			_ = v.Destroy() //nolint:errcheck // releasing a tensor that wraps Go memory cannot fail
		}
	}
}

func (t Tensor) value() (ort.Value, error) {
	switch {
	case t.Ints != nil:
		return ort.NewTensor(ort.Shape(t.Shape), t.Ints)
	case t.Bytes != nil:
		return ort.NewTensor(ort.Shape(t.Shape), t.Bytes)
	case len(t.Halves) > 0:
		bytes := unsafe.Slice((*byte)(unsafe.Pointer(&t.Halves[0])), 2*len(t.Halves))
		return ort.NewCustomDataTensor(ort.Shape(t.Shape), bytes, ort.TensorElementDataTypeFloat16)
	}
	return ort.NewTensor(ort.Shape(t.Shape), t.Floats)
}

// Close releases the session. It waits for a run in progress.
func (s *Session) Close() error {
	s.env.run.Lock()
	defer s.env.run.Unlock()
	s.env.mu.Lock()
	defer s.env.mu.Unlock()
	if s.session == nil {
		return nil
	}
	err := s.session.Destroy()
	s.session = nil
	s.env.open--
	return err
}
