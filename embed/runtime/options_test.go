package runtime

import (
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
		"foreign DirectML option": {LibraryDir: dir, Device: DirectML, DeviceOptions: map[string]string{"arena": "1"}},
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
	if err := (Options{LibraryDir: dir, Device: CUDA, DeviceOptions: map[string]string{"device_id": "1"}}).Validate(); err != nil {
		t.Error(err)
	}
}
