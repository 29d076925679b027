//go:build cgo && ORT

package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/embed"
	"loradex/internal/fault"
)

// realCheckpoint is the file of a run that was stopped after a step with a score, and a trainer of that run.
func realCheckpoint(t testing.TB) (*Trainer, []byte) {
	t.Helper()
	set := task(12, 0)
	o := Options{Rank: 1, Targets: []string{"query"}, FirstLayer: 1, Batch: 4, EvalEvery: 1}
	tr := newTrainer(t, openEncoder(t, embed.Options{}), Job{Data: set, Score: closeness(set)}, o)
	ctx := t.Context()
	for step := range 3 {
		if err := errors.Join(tr.score(ctx, step), tr.Step(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := tr.save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return tr, data
}

func resumeFrom(t testing.TB, tr *Trainer, data []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return tr.resume(path)
}

func TestResumeFromDamagedFile(t *testing.T) {
	tr, data := realCheckpoint(t)
	if err := resumeFrom(t, tr, data); err != nil {
		t.Fatal(err)
	}
	if tr.state.Step != 3 || tr.best == nil {
		t.Fatalf("%+v", tr.state)
	}
	corrupt := func(name string, bad []byte) {
		if err := resumeFrom(t, tr, bad); fault.CodeOf(err) != fault.Corrupt {
			t.Errorf("%s: %v, want Corrupt", name, err)
		}
	}
	corrupt("nothing", nil)
	corrupt("text", []byte("this is no checkpoint"))
	corrupt("zeros", make([]byte, 4096))
	corrupt("more than the file", append(bytes.Clone(data), 0))
	for i := 0; i < len(data); i += max(1, len(data)/97) {
		corrupt("cut short", data[:i])
	}
	for i := 0; i < len(data); i += max(1, len(data)/211) {
		bad := bytes.Clone(data)
		bad[i] ^= 0x10
		corrupt("one bit", bad)
	}
}

// sign writes tensors and metadata as a checkpoint whose digest is right: what is left to find out is what it says.
func sign(t testing.TB, tensors map[string]safetensors.Tensor, meta map[string]string) []byte {
	t.Helper()
	var list []safetensors.Tensor
	for _, x := range tensors {
		list = append(list, x)
	}
	meta = maps.Clone(meta)
	if meta == nil {
		meta = map[string]string{}
	}
	meta["digest"] = digest(meta["identity"], meta["state"], list)
	path := filepath.Join(t.TempDir(), "signed")
	if err := safetensors.Write(path, list, meta); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(t testing.TB, data []byte) (map[string]safetensors.Tensor, map[string]string, error) {
	t.Helper()
	f, err := safetensors.Decode("checkpoint", data)
	if err != nil {
		return nil, nil, err
	}
	tensors := map[string]safetensors.Tensor{}
	for _, name := range f.Names() {
		tensors[name], _ = f.Tensor(name)
	}
	return tensors, f.Metadata(), nil
}

// A checkpoint whose digest fits may still have been written by another program.
func TestResumeFromContradiction(t *testing.T) {
	tr, data := realCheckpoint(t)
	tensors, meta, err := decode(t, data)
	if err != nil {
		t.Fatal(err)
	}
	if err := resumeFrom(t, tr, sign(t, tensors, meta)); err != nil {
		t.Fatalf("signed anew: %v", err)
	}
	const leaf = "encoder.layer.1.attention.self.query.A"
	for name, edit := range map[string]func(tensors map[string]safetensors.Tensor, meta map[string]string, s map[string]any){
		"no format": func(_ map[string]safetensors.Tensor, meta map[string]string, _ map[string]any) {
			delete(meta, "format")
		},
		"a later format": func(_ map[string]safetensors.Tensor, meta map[string]string, _ map[string]any) { meta["format"] += "0" },
		"no identity": func(_ map[string]safetensors.Tensor, meta map[string]string, _ map[string]any) {
			meta["identity"] = "{"
		},
		"step 0":          func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) { s["step"] = 0 },
		"a negative step": func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) { s["step"] = -1 },
		"a step too high": func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) { s["step"] = 1 << 40 },
		"a step of text":  func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) { s["step"] = "three" },
		"losses missing": func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) {
			s["losses"] = []float64{1}
		},
		"no such best":    func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) { s["best"] = 99 },
		"a negative best": func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) { s["best"] = -1 },
		"scores missing":  func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) { s["scores"] = nil },
		"a scale in float32": func(_ map[string]safetensors.Tensor, _ map[string]string, s map[string]any) {
			s["scaler"] = map[string]any{"scale": 1024}
		},
		"a leaf missing": func(x map[string]safetensors.Tensor, _ map[string]string, _ map[string]any) { delete(x, "leaf."+leaf) },
		"a moment missing": func(x map[string]safetensors.Tensor, _ map[string]string, _ map[string]any) {
			delete(x, "second."+leaf)
		},
		"the best missing": func(x map[string]safetensors.Tensor, _ map[string]string, _ map[string]any) { delete(x, "best."+leaf) },
		"a short leaf": func(x map[string]safetensors.Tensor, _ map[string]string, _ map[string]any) {
			x["leaf."+leaf] = safetensors.FromFloat32("leaf."+leaf, []int{3}, []float32{1, 2, 3})
		},
		"a leaf of bytes": func(x map[string]safetensors.Tensor, _ map[string]string, _ map[string]any) {
			x["leaf."+leaf] = safetensors.Tensor{Name: "leaf." + leaf, DType: "U8", Shape: []int{16}, Data: make([]byte, 16)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			x, m := maps.Clone(tensors), maps.Clone(meta)
			var s map[string]any
			if err := json.Unmarshal([]byte(m["state"]), &s); err != nil {
				t.Fatal(err)
			}
			edit(x, m, s)
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			m["state"] = string(text)
			if err := resumeFrom(t, tr, sign(t, x, m)); fault.CodeOf(err) != fault.Corrupt {
				t.Errorf("%v, want Corrupt", err)
			}
		})
	}
}

// FuzzResume reads any bytes as a checkpoint, as they are and with a digest that fits.
func FuzzResume(f *testing.F) {
	tr, data := realCheckpoint(f)
	f.Add(data, false)
	f.Add(data, true)
	f.Add(data[:len(data)/2], false)
	f.Add([]byte(strings.Replace(string(data), `\"step\":3`, `\"step\":9`, 1)), true)
	f.Add([]byte(strings.Replace(string(data), `\"best\":`, `\"best\":-`, 1)), true)
	f.Fuzz(func(t *testing.T, data []byte, signed bool) {
		if signed {
			tensors, meta, err := decode(t, data)
			if err != nil {
				return
			}
			data = sign(t, tensors, meta)
		}
		err := resumeFrom(t, tr, data)
		if code := fault.CodeOf(err); err != nil && code != fault.Corrupt && code != fault.Conflict {
			t.Fatalf("%s: %v", code, err)
		}
		if err == nil && (tr.state.Step < 1 || tr.state.Step > tr.planned() || len(tr.state.Losses) != tr.state.Step) {
			t.Fatalf("took %+v", tr.state)
		}
	})
}
