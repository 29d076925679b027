package adapters

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters/safetensors"
)

// writeTiny writes an adapter without adapterstest, which imports this package.
func writeTiny(t *testing.T, dir string, value float32) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "target_modules": []string{"q"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "adapter_config.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := safetensors.Write(filepath.Join(dir, "adapter_model.safetensors"), []safetensors.Tensor{
		safetensors.FromFloat32("base_model.model.q.lora_A.weight", []int{1, 2}, []float32{value, 1}),
		safetensors.FromFloat32("base_model.model.q.lora_B.weight", []int{2, 1}, []float32{1, value}),
	}, nil); err != nil {
		t.Fatal(err)
	}
}

// The table of open adapters is bounded; one in use is neither evicted nor unmapped, and one that nobody uses is.
func TestHandlesAreBounded(t *testing.T) {
	lib, err := OpenLibrary(t.TempDir(), LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lib.limit = 3
	open := map[string]bool{} // adapters whose mapping is still there
	for i := range 10 {
		name := fmt.Sprintf("a%d", i)
		writeTiny(t, filepath.Join(lib.dir, name), float32(i+1))
	}
	var held *Adapter
	for i := range 10 {
		name := fmt.Sprintf("a%d", i)
		a, err := lib.Get(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		h := lib.handles[name]
		open[name] = true
		inner := h.adapter.closer
		h.adapter.closer = func() error { delete(open, name); return inner() }
		if i == 0 {
			held = a
			continue
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil || h.users != 0 {
			t.Errorf("closing twice counts twice: %d users, %v", h.users, err)
		}
	}
	if len(lib.handles) != 3 || lib.recent.Len() != 3 || len(open) != 3 || !open["a0"] || !open["a9"] {
		t.Errorf("%d handles, open %v", len(lib.handles), open)
	}
	again, err := lib.Get(t.Context(), "a0")
	if err != nil || again == held || &again.Updates["q"].Branches[0].A[0] != &held.Updates["q"].Branches[0].A[0] {
		t.Errorf("two users must share the weights: %v", err)
	}
	if err := lib.Close(); err != nil || len(open) != 1 {
		t.Errorf("after Close, open %v, %v", open, err)
	}
	if held.Updates["q"].Branches[0].A[0] != 1 {
		t.Error("weights changed")
	}
	if again.Close() != nil || held.Close() != nil || len(open) != 0 {
		t.Errorf("after the last user, open %v", open)
	}
}

func TestLayerKind(t *testing.T) {
	for path, want := range map[string]string{
		"encoder.layer.3.attention.self.query": "attention.self.query", "embeddings.LayerNorm": "embeddings.LayerNorm",
		"pooler.dense": "pooler.dense", "layer.3": "", "a.1.b.2.c": "c",
	} {
		if got := layerKind(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// Both ways to publish give the same result, where there is an old folder and where there is none.
func TestPublish(t *testing.T) {
	cannot := func(_, _ string) error { return errors.ErrUnsupported }
	for name, by := range map[string]func(a, b string) error{"exchange": exchange, "two renames": cannot} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "go")
			for _, text := range []string{"first", "second"} {
				temp := filepath.Join(dir, ".tmp-1")
				if err := os.Mkdir(temp, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(temp, "f"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := publishBy(by, temp, path); err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(filepath.Join(path, "f")); err != nil || string(got) != text {
					t.Errorf("%q, %v", got, err)
				}
				if err := os.RemoveAll(temp); err != nil {
					t.Fatal(err)
				}
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("left over: %v, %v", entries, err)
			}
		})
	}
}
