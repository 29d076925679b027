package home

// This file finds the ONNX Runtime library that `make setup` installed.

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// runtimeVersions is the version of ONNX Runtime that each device's library has; native/wheels.lock pins the same.
// The GPU wheels come out later than the CPU ones, and any version from 1.26 on serves the binding's C API.
var runtimeVersions = map[string]string{
	"cpu":  "1.32.0",
	"cuda": "1.31.1",
}

// runtimeLibrary is the name of the library's file: what the binding loads, without a version.
func (h Home) runtimeLibrary() string {
	switch h.goos {
	case "darwin":
		return "libonnxruntime.dylib"
	case "windows":
		return "onnxruntime.dll"
	default:
		return "libonnxruntime.so"
	}
}

// NativeRuntime returns the folder that holds ONNX Runtime for a device, "cpu" or "cuda"; LORADEX_ONNXRUNTIME names
// another one. Unavailable: the folder or its library is missing. Invalid: the device has no library of ours.
func (h Home) NativeRuntime(device string) (string, error) {
	library := h.runtimeLibrary()
	if h.runtime != "" {
		if !isFile(filepath.Join(h.runtime, library)) {
			return "", fault.New(fault.Unavailable, "%s is %s, which holds no %s", EnvRuntime, h.runtime, library).
				WithHint("point it at the folder of the library, or unset it and run `make setup`")
		}
		return h.runtime, nil
	}
	version := runtimeVersions[device]
	if version == "" {
		devices := slices.Sorted(maps.Keys(runtimeVersions))
		return "", fault.New(fault.Invalid, "no ONNX Runtime library is pinned for the device %q", device).
			WithHint("use one of: %s; or set %s to the folder of a library that has it", strings.Join(devices, ", "), EnvRuntime)
	}
	native := filepath.Join(h.Dir, "native")
	prefix := "onnxruntime-" + version + "-" + device + "-"
	entries, err := os.ReadDir(native) // sorted, so the choice is the same every time
	if err != nil && !os.IsNotExist(err) {
		return "", fault.Wrap(fault.Unavailable, err, "ONNX Runtime: cannot read %s", native).
			WithHint("make the folder readable, or set %s", EnvHome)
	}
	for _, entry := range entries {
		dir := filepath.Join(native, entry.Name())
		if strings.HasPrefix(entry.Name(), prefix) && isFile(filepath.Join(dir, library)) {
			return dir, nil
		}
	}
	hint := "run `make setup`"
	if device != "cpu" {
		hint = "run `make setup DEVICE=" + device + "`"
	}
	return "", fault.New(fault.Unavailable, "ONNX Runtime %s for %s is not in %s", version, device, native).
		WithHint("%s", hint)
}
