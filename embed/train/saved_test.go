//go:build cgo && ORT

package train

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"loradex/adapters"
	"loradex/adapters/safetensors"
	"loradex/embed"
	"loradex/internal/dataset"
)

var update = flag.Bool("update", false, "train the adapters of testdata/saved anew; its README says what to run then")

// savedCases are the adapters of testdata/saved, with what their target_modules must be.
func savedCases() map[string]struct {
	o       Options
	targets []string
} {
	return map[string]struct {
		o       Options
		targets []string
	}{
		"lora":   {Options{Rank: 4, Dropout: 0.1}, []string{"query", "value"}},
		"rslora": {Options{Method: "rslora", Rank: 3, FirstLayer: 1, Targets: []string{"key"}}, []string{"1.attention.self.key"}},
		"dora":   {Options{Method: "dora", Rank: 4, Targets: []string{"value", "attention.output.dense"}}, []string{"attention.output.dense", "value"}},
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSavedAdaptersAsPEFTReadsThem loads adapters that this package trained and saved, and compares the vectors with those
// that PEFT gives with the same folders.
func TestSavedAdaptersAsPEFTReadsThem(t *testing.T) {
	dir := filepath.Join("testdata", "saved")
	var words []string
	readJSON(t, filepath.Join(dir, "texts.json"), &words)
	texts := make([]dataset.Text, len(words))
	for i, w := range words {
		texts[i].Text = w
	}
	plain := openEncoder(t, embed.Options{})
	ids, err := plain.Tokens(t.Context(), rowsOf(texts, embed.Document))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		writeSaved(t, plain, dir, ids)
	}
	var rows [][]int32
	readJSON(t, filepath.Join(dir, "rows.json"), &rows)
	if !reflect.DeepEqual(rows, ids) {
		t.Fatal("PEFT was given other tokens than the texts have now")
	}
	base, err := plain.Encode(t.Context(), rowsOf(texts, embed.Document))
	if err != nil {
		t.Fatal(err)
	}
	enc := withLibrary(t, tiny, dir)
	for name, c := range savedCases() {
		t.Run(name, func(t *testing.T) {
			var config struct {
				Targets []string `json:"target_modules"`
				DoRA    bool     `json:"use_dora"`
				RSLoRA  bool     `json:"use_rslora"`
			}
			readJSON(t, filepath.Join(dir, name, "adapter_config.json"), &config)
			if !reflect.DeepEqual(config.Targets, c.targets) || config.DoRA != (name == "dora") || config.RSLoRA != (name == "rslora") {
				t.Errorf("%+v, want the targets %q", config, c.targets)
			}
			f, err := safetensors.Open(filepath.Join(dir, name+".safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			flat, _, err := f.Float32("vectors")
			if err != nil {
				t.Fatal(err)
			}
			var want [][]float32
			for ; len(flat) > 0; flat = flat[len(base[0]):] {
				want = append(want, flat[:len(base[0])])
			}
			got := adapted(t, enc, name, texts, embed.Document)
			if d := maxDiff(got, want); d > 1e-5 {
				t.Errorf("%.1e off PEFT's vectors", d)
			}
			if d := maxDiff(got, base); d < 0.05 {
				t.Errorf("the adapter moves the vectors by %g only", d)
			}
		})
	}
}

func writeSaved(t *testing.T, enc *embed.Encoder, dir string, ids [][]int32) {
	t.Helper()
	text, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rows.json"), append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range savedCases() {
		o := c.o
		o.Batch, o.Epochs, o.LearningRate, o.Seed = 8, 8, 2e-2, 42
		tr := newTrainer(t, enc, Job{Data: task(24, 0)}, o)
		run(t, tr)
		card := cardFor(enc)
		card.Description = "made by TestSavedAdaptersAsPEFTReadsThem"
		a, err := tr.Adapter(card)
		if err != nil {
			t.Fatal(err)
		}
		save := adapters.SaveOptions{Sites: enc.Sites(), Replace: true, Dropout: o.Dropout}
		if err := adapters.Save(filepath.Join(dir, name), a, save); err != nil {
			t.Fatal(err)
		}
	}
}
