package model_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"loradex/adapters/delta"
	"loradex/embed/model"
	"loradex/internal/fault"
)

// crossCopy copies a cross-encoder to a folder that the test may damage.
func crossCopy(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	copyFiles(t, filepath.Join("..", "..", "testdata", "cross", name), dir)
	return dir
}

func openClassifier(t *testing.T, dir string) *model.Classifier {
	t.Helper()
	c, err := model.OpenClassifier(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestOpenClassifier(t *testing.T) {
	bert := []model.PairPart{{Special: []int32{2}}, {Text: 1}, {Special: []int32{3}}, {Text: 2, Type: 1}, {Special: []int32{3}, Type: 1}}
	roberta := []model.PairPart{{Special: []int32{0}}, {Text: 1}, {Special: []int32{2}}, {Special: []int32{2}}, {Text: 2}, {Special: []int32{2}}}
	for _, tt := range []struct {
		name, activation string
		labels           int
		pair             []model.PairPart
	}{
		{"bert-sigmoid", delta.Sigmoid, 1, bert},
		{"bert-identity", model.ActIdentity, 1, bert},
		{"bert-three", model.ActIdentity, 3, bert},
		{"roberta-one", delta.Sigmoid, 1, roberta},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := openClassifier(t, crossCopy(t, tt.name))
			if c.Activation != tt.activation || len(c.Labels) != tt.labels || c.Labels[0] != "LABEL_0" || c.MaxTokens != 64 {
				t.Errorf("activation %s, labels %q, %d tokens", c.Activation, c.Labels, c.MaxTokens)
			}
			if !reflect.DeepEqual(c.Pair, tt.pair) {
				t.Errorf("a pair is %+v, want %+v", c.Pair, tt.pair)
			}
		})
	}
}

// TestClassifierPair: other ways to write the same template, and a tokenizer that passes no types on.
func TestClassifierPair(t *testing.T) {
	want := openClassifier(t, crossCopy(t, "bert-sigmoid")).Pair
	for name, post := range map[string]any{
		"BertProcessing": map[string]any{"type": "BertProcessing", "sep": []any{"[SEP]", 3}, "cls": []any{"[CLS]", 2}},
		"Sequence": map[string]any{"type": "Sequence", "processors": []any{
			map[string]any{"type": "ByteLevel"},
			map[string]any{"type": "BertProcessing", "sep": []any{"[SEP]", 3}, "cls": []any{"[CLS]", 2}},
		}},
	} {
		dir := crossCopy(t, "bert-sigmoid")
		edit(t, filepath.Join(dir, "tokenizer.json"), func(o map[string]any) { o["post_processor"] = post })
		if got := openClassifier(t, dir).Pair; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	dir := crossCopy(t, "bert-sigmoid")
	edit(t, filepath.Join(dir, "tokenizer_config.json"), func(o map[string]any) { o["model_input_names"] = []string{"input_ids", "attention_mask"} })
	for _, p := range openClassifier(t, dir).Pair {
		if p.Type != 0 {
			t.Errorf("type %d without types", p.Type)
		}
	}
}

func TestOpenClassifierRefuses(t *testing.T) {
	set := func(file, key string, value any) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, file), func(c map[string]any) { c[key] = value })
		}
	}
	bare := map[string]any{"type": "TemplateProcessing", "single": []any{}, "pair": []any{}, "special_tokens": map[string]any{}}
	for _, tt := range []struct {
		name, model string
		change      func(*testing.T, string)
		code        fault.Code
		words       string
	}{
		{"another architecture", "bert-sigmoid", set("config.json", "architectures", []string{"BertForMaskedLM"}), fault.Invalid, "BertForMaskedLM"},
		{"another activation", "bert-sigmoid", set("config.json", "sentence_transformers", map[string]any{"activation_fn": "torch.nn.Mish"}), fault.Unsupported, "Mish"},
		{"its own file's activation", "roberta-one", set("config_sentence_transformers.json", "activation_fn", "my.module.Fn"), fault.Unsupported, "my.module.Fn"},
		{"a prompt", "roberta-one", func(t *testing.T, dir string) {
			writeText(t, dir, "config_sentence_transformers.json", `{"prompts":{"x":"y: "},"default_prompt_name":"x"}`)
		}, fault.Unsupported, "default_prompt_name"},
		{"more labels than rows", "bert-sigmoid", set("config.json", "id2label", map[string]string{"0": "no", "1": "yes"}), fault.Corrupt, "classifier.weight"},
		{"a gap in the labels", "bert-sigmoid", set("config.json", "id2label", map[string]string{"1": "yes"}), fault.Invalid, "label 0"},
		{"too many labels", "bert-sigmoid", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "config.json"), func(c map[string]any) { delete(c, "id2label"); c["num_labels"] = 1 << 20 })
		}, fault.Invalid, "labels"},
		{"the modules of an encoder", "roberta-one", func(t *testing.T, dir string) {
			writeText(t, dir, "modules.json", `[{"path":"","type":"x.Transformer"},{"path":"","type":"x.Normalize"}]`)
		}, fault.Invalid, "encoder"},
		{"a template without the second text", "bert-sigmoid", set("tokenizer.json", "post_processor", bare), fault.Unsupported, "both texts"},
		{"a token outside the vocabulary", "bert-sigmoid", set("tokenizer.json", "post_processor",
			map[string]any{"type": "BertProcessing", "sep": []any{"[SEP]", 100_000}, "cls": []any{"[CLS]", 2}}), fault.Corrupt, "100000"},
		{"no weights", "bert-sigmoid", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "model.safetensors")); err != nil {
				t.Fatal(err)
			}
		}, fault.NotFound, "weights"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := crossCopy(t, tt.model)
			tt.change(t, dir)
			c, err := model.OpenClassifier(dir)
			if err == nil {
				_ = c.Close()
			}
			if fault.CodeOf(err) != tt.code || !strings.Contains(err.Error()+fault.HintOf(err), tt.words) {
				t.Errorf("%v, want %s with %q", err, tt.code, tt.words)
			}
		})
	}
	if _, err := model.OpenClassifier(filepath.Join("testdata", "models", "bert-bin")); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an encoder: %v", err)
	}
	// And a cross-encoder is no encoder that could be opened by mistake with the pooling of one.
	if _, err := model.Open(filepath.Join("..", "..", "testdata", "cross", "roberta-one")); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("a cross-encoder as an encoder: %v", err)
	}
}
