// Package adapterstest writes small random PEFT folders, for the tests and benches of other packages.
//
//	dir := t.TempDir()
//	adapterstest.Write(t, dir, adapterstest.Spec{Sites: adapterstest.BERT(6, 384, 1536), Targets: []string{"query", "value"}, Rank: 16, Seed: 7})
//	a, err := adapters.Load(dir)
package adapterstest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/adapters/peft"
	"loradex/adapters/safetensors"
)

// Spec says what to write. Only Sites is needed.
type Spec struct {
	Sites      []delta.Site // of the base; normalisations get a bias only, with Bias "all"
	Targets    []string     // suffixes of the paths that are adapted, PEFT's target_modules; nil: all linear ones
	Rank       int          // default 4
	Alpha      float64      // default 2·Rank
	RSLoRA     bool         // scale α/√r
	DoRA       bool         // magnitudes around 1
	Bias       peft.Bias    // default none; biases are random
	Scale      float64      // standard deviation of A and B; default 0.1
	ZeroB      bool         // an adapter that changes nothing
	Seed       uint64
	Prefix     string         // before each path, as PEFT would see it: "bert."
	BaseModel  string         // base_model_name_or_path
	ConfigMore map[string]any // further fields of adapter_config.json, or other values for its fields
	Card       *adapters.Card // written as loradex.json if set
}

// Write writes the folder dir, creating it, and returns dir. The same Spec gives the same bytes.
func Write(tb testing.TB, dir string, spec Spec) string {
	tb.Helper()
	if spec.Rank == 0 {
		spec.Rank = 4
	}
	if spec.Alpha == 0 {
		spec.Alpha = 2 * float64(spec.Rank)
	}
	if spec.Scale == 0 {
		spec.Scale = 0.1
	}
	if spec.Bias == "" {
		spec.Bias = peft.BiasNone
	}
	must(tb, os.MkdirAll(dir, 0o755))
	must(tb, safetensors.Write(filepath.Join(dir, peft.WeightsFile), tensors(spec), map[string]string{"format": "pt"}))
	must(tb, writeJSON(filepath.Join(dir, peft.ConfigFile), config(spec)))
	if spec.Card != nil {
		must(tb, writeJSON(filepath.Join(dir, adapters.CardFile), spec.Card))
	}
	return dir
}

// BERT lists the linear layers and normalisations of a BERT-family encoder, in order, by their Hugging Face names.
func BERT(layers, hidden, intermediate int) []delta.Site {
	out := []delta.Site{norm("embeddings.LayerNorm", hidden)}
	for i := range layers {
		p := fmt.Sprintf("encoder.layer.%d.", i)
		out = append(out,
			linear(p+"attention.self.query", hidden, hidden),
			linear(p+"attention.self.key", hidden, hidden),
			linear(p+"attention.self.value", hidden, hidden),
			linear(p+"attention.output.dense", hidden, hidden),
			norm(p+"attention.output.LayerNorm", hidden),
			linear(p+"intermediate.dense", hidden, intermediate),
			linear(p+"output.dense", intermediate, hidden),
			norm(p+"output.LayerNorm", hidden))
	}
	return out
}

func linear(path string, in, out int) delta.Site {
	return delta.Site{Path: path, In: in, Out: out}
}

func norm(path string, width int) delta.Site {
	return delta.Site{Path: path, In: width, Out: width, Kind: delta.Norm}
}

func (s Spec) adapted(m delta.Site) bool {
	if m.Kind == delta.Norm {
		return false
	}
	for _, t := range s.Targets {
		if m.Path == t || strings.HasSuffix(m.Path, "."+t) {
			return true
		}
	}
	return s.Targets == nil
}

func tensors(s Spec) []safetensors.Tensor {
	rng := rand.New(rand.NewPCG(s.Seed, 0x10ade))
	normal := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(rng.NormFloat64() * s.Scale)
		}
		return v
	}
	var out []safetensors.Tensor
	for _, m := range s.Sites {
		path, bias := "base_model.model."+s.Prefix+m.Path, ".bias"
		if s.adapted(m) {
			b := normal(m.Out * s.Rank)
			if s.ZeroB {
				clear(b)
			}
			out = append(out,
				safetensors.FromFloat32(path+".lora_A.weight", []int{s.Rank, m.In}, normal(s.Rank*m.In)),
				safetensors.FromFloat32(path+".lora_B.weight", []int{m.Out, s.Rank}, b))
			bias = ".base_layer.bias"
			if s.DoRA {
				m := normal(m.Out)
				for i := range m {
					m[i]++
				}
				out = append(out, safetensors.FromFloat32(path+".lora_magnitude_vector", []int{len(m)}, m))
			}
		}
		if s.Bias == peft.BiasAll || s.Bias == peft.BiasLoraOnly && s.adapted(m) {
			out = append(out, safetensors.FromFloat32(path+bias, []int{m.Out}, normal(m.Out)))
		}
	}
	return out
}

func config(s Spec) map[string]any {
	targets := s.Targets
	if targets == nil {
		for _, m := range s.Sites {
			if m.Kind != delta.Norm {
				targets = append(targets, s.Prefix+m.Path)
			}
		}
	}
	c := map[string]any{
		"peft_type": "LORA", "r": s.Rank, "lora_alpha": s.Alpha, "use_rslora": s.RSLoRA, "bias": s.Bias,
		"target_modules": targets, "base_model_name_or_path": s.BaseModel, "inference_mode": true,
		"fan_in_fan_out": false, "lora_dropout": 0.0, "init_lora_weights": true, "use_dora": s.DoRA,
		"rank_pattern": map[string]int{}, "alpha_pattern": map[string]float64{}, "modules_to_save": nil,
	}
	for k, v := range s.ConfigMore {
		c[k] = v
	}
	return c
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
