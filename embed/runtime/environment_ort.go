//go:build cgo && ORT

package runtime

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/knights-analytics/hugot"
	"github.com/knights-analytics/hugot/options"
	ort "github.com/yalue/onnxruntime_go"

	"loradex/internal/fault"
)

// Available tells whether this build can run graphs.
const Available = true

// Environment is the started ONNX Runtime. It is safe for concurrent use.
type Environment struct {
	opts  Options
	hugot *hugot.Session

	// run serialises the runs of all sessions.
	run sync.Mutex

	mu     sync.Mutex // guards open and closed
	open   int        // sessions not yet closed
	closed bool
}

// Start loads the library and starts it. A process can have one environment at a time: Conflict where there is one.
// Unavailable where the library cannot be loaded.
func Start(ctx context.Context, o Options) (*Environment, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if ort.IsInitialized() {
		return nil, fault.New(fault.Conflict, "ONNX Runtime is already running in this process")
	}
	s, err := hugot.NewORTSession(ctx, options.WithOnnxLibraryPath(o.LibraryDir))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "ONNX Runtime cannot be started from %s", o.LibraryDir).
			WithHint("run `make setup` (DEVICE=cuda for a GPU)")
	}
	return &Environment{opts: o.withDefaults(), hugot: s}, nil
}

// Version is the version of the loaded library.
func (e *Environment) Version() string { return ort.GetVersion() }

// Device is where graphs run.
func (e *Environment) Device() Device { return e.opts.Device }

// Close stops ONNX Runtime. Sessions must be closed before: Conflict where some are not.
func (e *Environment) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	if e.open > 0 {
		return fault.New(fault.Conflict, "ONNX Runtime still has %d open sessions", e.open)
	}
	e.closed = true
	return e.hugot.Destroy()
}

// sessionOptions sets threads, spinning and the device, as hugot's own options do.
func (e *Environment) sessionOptions() (*ort.SessionOptions, error) {
	so, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "session options")
	}
	err = errors.Join(
		so.SetIntraOpNumThreads(e.opts.Threads),
		so.SetInterOpNumThreads(1),
		// Spinning between runs would take the cores from the tokenizer and from other sessions.
		so.AddSessionConfigEntry("session.force_spinning_stop", "1"),
		// A graph holds its weights once; the copy that ONNX Runtime makes for its matrix products replaces them.
		so.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1"),
		so.SetLogSeverityLevel(ort.LoggingLevelError),
	)
	if e.opts.Patient {
		err = errors.Join(err, so.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"))
	}
	if err == nil {
		err = e.appendProvider(so)
	}
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Unavailable, err, "device %q cannot be used", e.opts.Device).
			WithHint("install its library (`make setup DEVICE=%s` where there is one) or choose device cpu", e.opts.Device), so.Destroy())
	}
	return so, nil
}

// appendProvider adds the device's execution provider. Nodes that it does not serve run on the CPU, as in every use of
// ONNX Runtime; a provider that cannot start is an error.
func (e *Environment) appendProvider(so *ort.SessionOptions) error {
	switch e.opts.Device {
	case CPU:
		return nil
	case cuda:
		return appendCUDA(so, e.opts.cudaOptions())
	case tensorRT:
		p, err := ort.NewTensorRTProviderOptions()
		if err != nil {
			return err
		}
		err = p.Update(e.opts.DeviceOptions)
		if err == nil {
			err = so.AppendExecutionProviderTensorRT(p)
		}
		if err = errors.Join(err, p.Destroy()); err != nil {
			return err
		}
		// What TensorRT does not take, ONNX Runtime's own operators among it, stays on the GPU.
		return appendCUDA(so, e.opts.cudaOptions())
	case coreML:
		return so.AppendExecutionProviderCoreMLV2(e.opts.DeviceOptions)
	case directML:
		id, err := strconv.Atoi(e.opts.DeviceOptions["device_id"])
		if e.opts.DeviceOptions["device_id"] != "" && err != nil {
			return err
		}
		return so.AppendExecutionProviderDirectML(id)
	case openVINO:
		return so.AppendExecutionProviderOpenVINO(e.opts.DeviceOptions)
	}
	return errors.New("unknown device")
}

func appendCUDA(so *ort.SessionOptions, opts map[string]string) error {
	p, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	err = p.Update(opts)
	if err == nil {
		err = so.AppendExecutionProviderCUDA(p)
	}
	return errors.Join(err, p.Destroy())
}
