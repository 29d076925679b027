//go:build cgo && ORT

package embed_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/model"
	"loradex/internal/fault"
)

// mergeInto makes a model of the shared one and a mix.
func mergeInto(t *testing.T, spelled, dir string) error {
	t.Helper()
	list, err := library(t).Resolve(t.Context(), mix(t, spelled))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, w := range list {
			_ = w.Adapter.Close()
		}
	}()
	m, err := model.Open(shared(t).Model().Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	return embed.MergeInto(t.Context(), m, list, dir)
}

// TestMergeInto merges mixes of every method that a weight can hold into the base: the model gives the mix's vectors.
func TestMergeInto(t *testing.T) {
	texts, e := shortTexts(t)[:12], shared(t)
	for _, spelled := range []string{"qv_r4*0.7 + all_r8*0.5 - rslora_r32*0.3", "dora_all_r4 + bias_all_norm*0.5", "ia3*0.8 + ia3_ff + dora_r8*0.5", "hub_ia3*0.7 + hub_lora", "ln*0.7 + vera_wide*0.6"} {
		t.Run(spelled, func(t *testing.T) {
			dir := t.TempDir()
			if err := mergeInto(t, spelled, dir); err != nil {
				t.Fatal(err)
			}
			merged := open(t, embed.Options{Model: dir})
			var rows, plain []embed.Row
			for _, text := range texts {
				rows, plain = append(rows, embed.Row{Text: text, Mix: mix(t, spelled)}), append(plain, embed.Row{Text: text})
			}
			want, worst := encode(t, e, rows), 0.0
			for i, v := range encode(t, merged, plain) {
				worst = max(worst, maxDiff(v, want[i]))
			}
			t.Logf("largest difference %.1e", worst)
			if worst > 1e-5 {
				t.Errorf("the merged model differs from the mix by %.1e", worst)
			}
			if merged.Model().BaseDigest() == e.Model().BaseDigest() {
				t.Error("the merged model has the digest of its base")
			}
		})
	}
}

func TestMergeIntoRefusals(t *testing.T) {
	for spelled, words := range map[string]string{
		"hub_bn_relu": "has an activation (relu)", "qv_r4 + hub_bn_houlsby": "\"hub_bn_houlsby\" (bottleneck) cannot be merged into a base", "none": "no adapter to merge",
	} {
		dir := t.TempDir()
		err := mergeInto(t, spelled, dir)
		if code := fault.CodeOf(err); code != fault.Unsupported && code != fault.Invalid || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", spelled, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %d files were written", spelled, len(left))
		}
	}
	m, err := model.Open(filepath.Join("model", "testdata", "models", "bert-sharded"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	a, err := library(t).Get(t.Context(), "qv_r4")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := embed.MergeInto(t.Context(), m, []adapters.Weighted{{Adapter: a, Weight: 1}}, t.TempDir()); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("into another model: %v", err)
	}
}
