package adapterhub

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
)

var scale = map[string]string{"composition_mode": `"scale"`, "r": "1", "alpha": "2"}

func TestIA3(t *testing.T) {
	f, err := open(t, scale, f32(q+".loras.go.lora_B", 3, 1))
	if err != nil {
		t.Fatal(err)
	}
	if u := f.Updates[q]; f.Method != "ia3" || fmt.Sprint(u.Outputs) != "[2 4 6]" || u.Out != 3 || u.Branches != nil {
		t.Errorf("%s %+v", f.Method, u)
	}
	// Older versions ignored α, whatever it was.
	old := map[string]string{"composition_mode": `"scale"`, "r": "1", "alpha": "2", "/version": `"adapters.1.0.0"`}
	if f, err = open(t, old, f32(q+".loras.go.lora_B", 3, 1)); err != nil || fmt.Sprint(f.Updates[q].Outputs) != "[1 2 3]" {
		t.Error(f, err)
	}
	saved, err := openDir(t, filepath.Join("..", "..", "testdata", "adapters", "hub_ia3"))
	if err != nil || len(saved.Updates) != 6 {
		t.Error(saved, err)
	}
}

func TestIA3Refuses(t *testing.T) {
	for part, tensor := range map[string][]int{"[3, 2]": {3, 2}, "[1, 3]": {1, 3}} {
		_, err := open(t, scale, f32(q+".loras.go.lora_B", tensor...))
		if fault.CodeOf(err) != fault.Corrupt || !strings.Contains(err.Error(), q) {
			t.Errorf("%s: %v", part, err)
		}
	}
	if _, err := open(t, map[string]string{"composition_mode": `"scale"`}, f32(q+".loras.go.lora_B", 3, 1)); fault.CodeOf(err) != fault.Corrupt {
		t.Error(err) // r is 4
	}
	if _, err := open(t, scale, pair(q)...); fault.CodeOf(err) != fault.Unsupported {
		t.Error(err) // a LoRA's tensors
	}
}
