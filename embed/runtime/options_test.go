package runtime

import (
	"maps"
	"testing"

	"loradex/internal/fault"
)

func TestOptionsValidate(t *testing.T) {
	dir := t.TempDir()
	for name, o := range map[string]Options{
		"no folder":               {},
		"unknown device":          {LibraryDir: dir, Device: "tpu"},
		"negative threads":        {LibraryDir: dir, Threads: -1},
		"too many threads":        {LibraryDir: dir, Threads: 1 << 20},
		"options for the CPU":     {LibraryDir: dir, DeviceOptions: map[string]string{"device_id": "0"}},
		"foreign DirectML option": {LibraryDir: dir, Device: directML, DeviceOptions: map[string]string{"arena": "1"}},
	} {
		if err := o.Validate(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	for _, d := range append(Devices(), "") {
		if err := (Options{LibraryDir: dir, Device: d}).Validate(); err != nil {
			t.Errorf("device %q: %v", d, err)
		}
	}
	if err := (Options{LibraryDir: dir, Device: cuda, DeviceOptions: map[string]string{"device_id": "1"}}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestCUDAOptions(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		want map[string]string
	}{
		{"none", Options{Device: cuda}, map[string]string{"use_tf32": "0"}},
		{"a second GPU", Options{Device: cuda, DeviceOptions: map[string]string{"device_id": "1"}}, map[string]string{"use_tf32": "0", "device_id": "1"}},
		{"asked for", Options{Device: cuda, DeviceOptions: map[string]string{"use_tf32": "1"}}, map[string]string{"use_tf32": "1"}},
		{"behind TensorRT", Options{Device: tensorRT, DeviceOptions: map[string]string{"trt_fp16_enable": "1"}}, map[string]string{"use_tf32": "0"}},
	} {
		if got := tt.o.cudaOptions(); !maps.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
