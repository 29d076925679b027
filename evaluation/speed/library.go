package speed

// This file writes libraries of random adapters: what an adapter costs does not depend on its values.

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/adapters/peft"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// writeLibrary writes adapters r0, r1, … with random A and B of a rank into the library folder dir. targets are endings of the linear
// layers among the sites that are adapted; nil: all of them. base is the name of the base model.
func writeLibrary(ctx context.Context, dir string, count, rank int, sites []delta.Site, targets []string, base string) error {
	sites = slices.DeleteFunc(slices.Clone(sites), func(s delta.Site) bool {
		return s.Kind != delta.Linear || targets != nil && !slices.ContainsFunc(targets, func(end string) bool { return strings.HasSuffix(s.Path, "."+end) })
	})
	if len(sites) == 0 || rank < 1 {
		return fault.New(fault.Invalid, "adapters of rank %d for %d layers", rank, len(sites))
	}
	for i := range count {
		if err := ctx.Err(); err != nil {
			return err
		}
		rng := rand.New(rand.NewPCG(1, uint64(i))) //nolint:gosec // repeatable on purpose; i is not negative
		if err := writeAdapter(filepath.Join(dir, fmt.Sprintf("r%d", i)), rank, sites, base, rng); err != nil {
			return fault.Wrap(fault.Unavailable, err, "writing adapter %d", i)
		}
	}
	return nil
}

// writeAdapter writes one folder in PEFT layout.
func writeAdapter(dir string, rank int, sites []delta.Site, base string, rng *rand.Rand) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	var paths []string
	var tensors []safetensors.Tensor
	for _, m := range sites {
		paths = append(paths, m.Path)
		key := "base_model.model." + m.Path
		tensors = append(tensors,
			safetensors.FromFloat32(key+".lora_A.weight", []int{rank, m.In}, random(rng, rank*m.In)),
			safetensors.FromFloat32(key+".lora_B.weight", []int{m.Out, rank}, random(rng, m.Out*rank)))
	}
	config, err := json.Marshal(map[string]any{
		"peft_type": "LORA", "task_type": "FEATURE_EXTRACTION", "r": rank, "lora_alpha": 2 * rank, "bias": "none",
		"target_modules": paths, "base_model_name_or_path": base,
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, peft.ConfigFile), config, 0o600); err != nil {
		return err
	}
	return safetensors.Write(filepath.Join(dir, peft.WeightsFile), tensors, map[string]string{"format": "pt"})
}

// random draws values like those of a trained adapter: far from 0, and small enough that activations stay sane.
func random(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(0.02 * rng.NormFloat64())
	}
	return v
}

// Switch is an adapter source that can be pointed at another library between runs, so that one encoder is measured with
// both. It must not be switched while rows are encoded.
type Switch struct{ *adapters.Library }
