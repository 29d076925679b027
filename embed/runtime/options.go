package runtime

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// Device names an execution provider of ONNX Runtime.
type Device string

// The devices that Loradex can ask for. All but CPU need a library that was built with them.
const (
	CPU      Device = "cpu"
	cuda     Device = "cuda"
	tensorRT Device = "tensorrt"
	coreML   Device = "coreml"
	directML Device = "directml"
	openVINO Device = "openvino"
)

// Devices lists the known devices.
func Devices() []Device { return []Device{CPU, cuda, tensorRT, coreML, directML, openVINO} }

// Options configure an [Environment].
type Options struct {
	// LibraryDir is the folder that holds libonnxruntime.so (.dylib, .dll), with provider libraries beside it.
	LibraryDir string
	// Device runs the graphs. The default is CPU. A device that cannot be had is an error, never CPU in its place.
	Device Device
	// DeviceOptions are passed to the provider as they are, such as device_id for CUDA. The CPU takes none, DirectML
	// device_id alone. CUDA gets use_tf32=0 unless another value is given: products of float32 would else be computed with
	// 11 bits, as those of half precision are.
	DeviceOptions map[string]string
	// Threads computes one run. The default, 0, is one per physical core.
	Threads int
	// Patient lets threads sleep while they wait for each other in a run. Alone on the machine that is slower; beside other
	// busy programs, where a spinning thread takes the core from the one that it waits for, 1.4 times as fast.
	Patient bool
}

// withDefaults returns a copy with defaults filled in.
func (o Options) withDefaults() Options {
	o.Device = cmp.Or(o.Device, CPU)
	return o
}

// Validate says what cannot work.
func (o Options) Validate() error {
	o = o.withDefaults()
	if !slices.Contains(Devices(), o.Device) {
		names := make([]string, 0, len(Devices()))
		for _, d := range Devices() {
			names = append(names, string(d))
		}
		return fault.New(fault.Invalid, "unknown device %q", o.Device).WithHint("devices: %s", strings.Join(names, ", "))
	}
	if o.LibraryDir == "" {
		return fault.New(fault.Invalid, "no folder of ONNX Runtime is given").WithHint("run `make setup`")
	}
	for key := range o.DeviceOptions {
		if o.Device == CPU || o.Device == directML && key != "device_id" {
			return fault.New(fault.Invalid, "device %s takes no option %q", o.Device, key)
		}
	}
	if o.Threads < 0 || o.Threads > 1024 {
		return fault.New(fault.Invalid, "threads is %d, want 0 (one per core) to 1024", o.Threads)
	}
	return nil
}

// cudaOptions are the options of the CUDA provider.
func (o Options) cudaOptions() map[string]string {
	out := map[string]string{"use_tf32": "0"}
	if o.Device == cuda { // TensorRT's own options mean nothing here
		maps.Copy(out, o.DeviceOptions)
	}
	return out
}

// Tensor is an input of a run, or memory for an output. Exactly one of Ints, Floats, Halves and Bytes is set; its length is the
// product of Shape, whose dimensions are all positive. The data must not change, or be read where it is an output, while
// the run lasts.
type Tensor struct {
	Shape  []int64
	Ints   []int64
	Floats []float32
	Halves []uint16 // bits of IEEE 754 binary16
	Bytes  []uint8
}
