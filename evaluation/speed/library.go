package speed

// This file writes libraries of random adapters: what an adapter costs does not depend on its values.

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/adapters/peft"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// librarySpec says which adapters to write.
type librarySpec struct {
	Prefix  string       // names are Prefix followed by a number from 0
	Count   int          // how many
	Rank    int          // of every layer
	Sites   []delta.Site // of the base
	Targets []string     // endings of the layers that are adapted; nil: all linear ones
	Base    string       // name of the base model
	Seed    uint64
}

// writeLibrary writes adapters with random A and B into the library folder dir, beside those that are there.
func writeLibrary(ctx context.Context, dir string, s librarySpec) error {
	var targets []delta.Site
	for _, m := range s.Sites {
		if m.Kind == delta.Linear && (s.Targets == nil || endsIn(m.Path, s.Targets)) {
			targets = append(targets, m)
		}
	}
	if len(targets) == 0 || s.Rank < 1 {
		return fault.New(fault.Invalid, "adapters of rank %d for %d layers", s.Rank, len(targets))
	}
	for i := range s.Count {
		if err := ctx.Err(); err != nil {
			return err
		}
		rng := rand.New(rand.NewPCG(s.Seed, uint64(i))) //nolint:gosec // repeatable on purpose; i is not negative
		if err := writeAdapter(filepath.Join(dir, fmt.Sprintf("%s%d", s.Prefix, i)), s, targets, rng); err != nil {
			return fault.Wrap(fault.Unavailable, err, "writing adapter %d", i)
		}
	}
	return nil
}

// writeAdapter writes one folder in PEFT layout.
func writeAdapter(dir string, s librarySpec, targets []delta.Site, rng *rand.Rand) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	paths := make([]string, 0, len(targets))
	var tensors []safetensors.Tensor
	for _, m := range targets {
		paths = append(paths, m.Path)
		key := "base_model.model." + m.Path
		tensors = append(tensors,
			safetensors.FromFloat32(key+".lora_A.weight", []int{s.Rank, m.In}, random(rng, s.Rank*m.In)),
			safetensors.FromFloat32(key+".lora_B.weight", []int{m.Out, s.Rank}, random(rng, m.Out*s.Rank)))
	}
	config, err := json.Marshal(map[string]any{
		"peft_type": "LORA", "task_type": "FEATURE_EXTRACTION", "r": s.Rank, "lora_alpha": 2 * s.Rank, "bias": "none",
		"target_modules": paths, "base_model_name_or_path": s.Base,
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

func endsIn(path string, endings []string) bool {
	for _, e := range endings {
		if strings.HasSuffix(path, "."+e) {
			return true
		}
	}
	return false
}

// Switch is an adapter source that can be pointed at another library between runs, so that one encoder is measured with
// both. It must not be switched while rows are encoded.
type Switch struct{ Library *adapters.Library }

// Resolve asks the current library.
func (s *Switch) Resolve(ctx context.Context, m adapters.Mix) ([]adapters.Weighted, error) {
	return s.Library.Resolve(ctx, m)
}

// MixDigest asks the current library.
func (s *Switch) MixDigest(ctx context.Context, m adapters.Mix) (string, error) {
	return s.Library.MixDigest(ctx, m)
}
