package model_test

import (
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters/safetensors"
)

// TestBaseDigest: the container, prefixes, old names and heads do not count; a bit of a weight, a type and a setting do.
func TestBaseDigest(t *testing.T) {
	for _, name := range []string{"bert-bin", "bert-legacy", "roberta"} {
		t.Run(name, func(t *testing.T) {
			want := openTest(t, name).BaseDigest()
			tensors, err := openTorchTensors(filepath.Join("testdata", "models", name))
			if err != nil {
				t.Fatal(err)
			}
			digest := func(list []safetensors.Tensor, file string, change func(map[string]any)) string {
				dir := broken(t, name)
				writeSafetensors(t, dir, list)
				if file != "" {
					edit(t, filepath.Join(dir, file), change)
				}
				return open(t, dir).BaseDigest()
			}
			if got := digest(tensors, "", nil); got != want {
				t.Error("the container counts")
			}
			renamed := []safetensors.Tensor{safetensors.FromFloat32("cls.head", []int{1}, []float32{1})}
			for _, tensor := range tensors {
				tensor.Name = "module." + strings.NewReplacer("gamma", "weight", "beta", "bias").Replace(tensor.Name)
				renamed = append(renamed, tensor)
			}
			if got := digest(renamed, "config.json", func(c map[string]any) { c["architectures"] = []string{"Other"} }); got != want {
				t.Error("names, heads or architectures count")
			}
			if got := digest(tensors, "config.json", func(c map[string]any) { c["hidden_act"] = "relu" }); got == want {
				t.Error("the activation does not count")
			}
			for i := range tensors {
				if strings.HasSuffix(tensors[i].Name, "encoder.layer.1.output.dense.bias") {
					tensors[i].Data[3] ^= 1
				}
			}
			if got := digest(tensors, "", nil); got == want {
				t.Error("a bit of a weight does not count")
			}
		})
	}
}

func TestTokenizerDigest(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"bert-bin", "roberta", "unixcoder"} {
		m := openTest(t, name)
		if other := seen[m.TokenizerDigest]; other != "" || len(m.TokenizerDigest) != 64 {
			t.Errorf("%s has digest %q, as %q", name, m.TokenizerDigest, other)
		}
		seen[m.TokenizerDigest] = name
	}
	if a, b := openTest(t, "bert-bin"), openTest(t, "bert-legacy"); a.TokenizerDigest != b.TokenizerDigest {
		t.Error("the same vocabulary has two digests")
	}
}
