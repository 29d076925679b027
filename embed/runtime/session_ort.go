//go:build cgo && ORT

package runtime

import (
	"context"
	"errors"

	ort "github.com/yalue/onnxruntime_go"

	"loradex/internal/fault"
)

// Session is a loaded graph with float outputs. It is safe for concurrent use; runs wait for each other.
type Session struct {
	env     *Environment
	session *ort.DynamicAdvancedSession
	inputs  []string
	outputs []string
}

// NewSession loads a model from its bytes, which it does not keep. Inputs and outputs fix their order in a run.
func (e *Environment) NewSession(model []byte, inputs []string, outputs ...string) (*Session, error) {
	return e.newSession(model, inputs, outputs, false)
}

// NewVaryingSession is [Environment.NewSession] for graphs whose shapes differ from run to run: no plan of the memory is
// kept for each shape, which saves nine tenths of the page faults.
func (e *Environment) NewVaryingSession(model []byte, inputs []string, outputs ...string) (*Session, error) {
	return e.newSession(model, inputs, outputs, true)
}

func (e *Environment) newSession(model []byte, inputs, outputs []string, varying bool) (*Session, error) {
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
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(model, inputs, outputs, so)
	err = errors.Join(err, so.Destroy())
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "ONNX Runtime refused the graph")
	}
	e.open++
	return &Session{env: e, session: s, inputs: inputs, outputs: outputs}, nil
}

// Run is [Session.RunAll] for a graph with one output.
func (s *Session) Run(ctx context.Context, inputs []Input) ([]float32, error) {
	out, err := s.RunAll(ctx, inputs)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// RunAll computes the outputs for inputs in the session's order and returns copies of them, row-major. When ctx ends, a
// run in progress is stopped at its next node.
func (s *Session) RunAll(ctx context.Context, inputs []Input) ([][]float32, error) {
	return s.RunInto(ctx, inputs, make([][]float32, len(s.outputs)))
}

// RunInto is [Session.RunAll] into memory of earlier results, one slice for each output, which is grown where it is too
// small: large results need no new memory in every run.
func (s *Session) RunInto(ctx context.Context, inputs []Input, results [][]float32) ([][]float32, error) {
	if len(inputs) != len(s.inputs) {
		return nil, fault.New(fault.Internal, "a run got %d inputs, want %d", len(inputs), len(s.inputs))
	}
	values := make([]ort.Value, 0, len(inputs))
	defer func() {
		for _, v := range values {
			_ = v.Destroy() //nolint:errcheck // releasing a tensor that wraps Go memory cannot fail
		}
	}()
	for i, in := range inputs {
		v, err := in.value()
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "input %s", s.inputs[i])
		}
		values = append(values, v)
	}
	ro, err := ort.NewRunOptions()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "run options")
	}
	s.env.run.Lock()
	defer s.env.run.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, ro.Destroy())
	}
	if s.session == nil {
		return nil, errors.Join(fault.New(fault.Conflict, "the session is closed"), ro.Destroy())
	}
	// Terminate must not meet destroyed options: wait for it where it has begun.
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(done); _ = ro.Terminate() })
	out := make([]ort.Value, len(s.outputs))
	err = s.session.RunWithOptions(values, out, ro)
	if !stop() {
		<-done
	}
	err = errors.Join(err, ro.Destroy())
	defer func() {
		for _, v := range out {
			if v != nil {
				_ = v.Destroy() //nolint:errcheck // the data were copied
			}
		}
	}()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "ONNX Runtime failed")
	}
	for i, v := range out {
		t, ok := v.(*ort.Tensor[float32])
		if !ok {
			return nil, fault.New(fault.Internal, "the graph's output %s is not float32", s.outputs[i])
		}
		results[i] = append(results[i][:0], t.GetData()...)
	}
	return results, nil
}

func (in Input) value() (ort.Value, error) {
	switch {
	case in.Ints != nil:
		return ort.NewTensor(ort.Shape(in.Shape), in.Ints)
	case in.Bytes != nil:
		return ort.NewTensor(ort.Shape(in.Shape), in.Bytes)
	}
	return ort.NewTensor(ort.Shape(in.Shape), in.Floats)
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
