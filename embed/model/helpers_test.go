package model_test

import (
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/adapters/torchfile"
	"loradex/embed/model"
	"loradex/internal/fault"
)

// openTorchTensors reads the tensors of a folder's pytorch_model.bin, one or in shards.
func openTorchTensors(dir string) ([]safetensors.Tensor, error) {
	files, err := filepath.Glob(filepath.Join(dir, "pytorch_model*.bin"))
	if err != nil {
		return nil, err
	}
	var tensors []safetensors.Tensor
	for _, path := range files {
		f, err := safetensors.Format(torchfile.Decode).Open(path)
		if err != nil {
			return nil, err
		}
		for _, name := range f.Names() {
			tensor, _ := f.Tensor(name)
			tensor.Data = append([]byte(nil), tensor.Data...)
			tensors = append(tensors, tensor)
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return tensors, nil
}

// writeSafetensors writes a folder's model.safetensors, which comes before all other weights.
func writeSafetensors(t testing.TB, dir string, tensors []safetensors.Tensor) {
	t.Helper()
	if err := safetensors.Write(filepath.Join(dir, "model.safetensors"), tensors, nil); err != nil {
		t.Fatal(err)
	}
}

// wantError opens a folder and wants an error of that code that names all the given things, in message or hint.
func wantError(t *testing.T, dir string, code fault.Code, names ...string) {
	t.Helper()
	m, err := model.Open(dir)
	if err == nil {
		_ = m.Close() // the test has failed already
		t.Fatalf("opened; want %s: %q", code, names)
	}
	if got := fault.CodeOf(err); got != code {
		t.Errorf("code %s, want %s: %v", got, code, err)
	}
	for _, name := range names {
		if !strings.Contains(err.Error()+fault.HintOf(err), name) {
			t.Errorf("%q does not name %q", err, name)
		}
	}
}
