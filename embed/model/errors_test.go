package model_test

import (
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// broken copies a model of testdata to a folder that the test may damage.
func broken(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	copyFiles(t, filepath.Join("testdata", "models", name), dir)
	return dir
}

func writeText(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	set := func(file, key string, value any) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, file), func(c map[string]any) { c[key] = value })
		}
	}
	config := func(key string, value any) func(*testing.T, string) { return set("config.json", key, value) }
	text := func(file, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { writeText(t, dir, file, text) }
	}
	remove := func(file string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
		}
	}
	cut := func(file string, keep int64) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, file), keep); err != nil {
				t.Fatal(err)
			}
		}
	}
	tensors := func(change func([]safetensors.Tensor) []safetensors.Tensor) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			list, err := openTorchTensors(dir)
			if err != nil {
				t.Fatal(err)
			}
			writeSafetensors(t, dir, change(list))
		}
	}
	shard := func(name string) func(*testing.T, string) {
		return set("model.safetensors.index.json", "weight_map", map[string]any{"embeddings.word_embeddings.weight": name})
	}
	for _, tc := range []struct {
		name, from string
		damage     func(*testing.T, string)
		code       fault.Code
		names      []string
	}{
		{"other type", "bert-bin", config("model_type", "t5"), fault.Unsupported, []string{"t5", "config.json"}},
		{"no type", "bert-bin", config("model_type", nil), fault.Invalid, []string{"model_type"}},
		{"relative positions", "bert-bin", config("position_embedding_type", "relative_key"), fault.Unsupported, []string{"relative_key"}},
		{"activation", "bert-bin", config("hidden_act", "mish"), fault.Unsupported, []string{"mish"}},
		{"decoder", "bert-bin", config("is_decoder", true), fault.Unsupported, []string{"is_decoder"}},
		{"cross attention", "bert-bin", config("add_cross_attention", true), fault.Unsupported, []string{"add_cross_attention"}},
		{"quantised", "bert-bin", config("quantization_config", map[string]any{"bits": 4}), fault.Unsupported, []string{"quantization_config"}},
		{"own code", "bert-bin", config("auto_map", map[string]any{"AutoModel": "x.Y"}), fault.Unsupported, []string{"auto_map"}},
		{"heads", "bert-bin", config("num_attention_heads", 3), fault.Invalid, []string{"num_attention_heads", "3", "16"}},
		{"no heads", "bert-bin", config("num_attention_heads", 0), fault.Invalid, []string{"num_attention_heads"}},
		{"negative size", "bert-bin", config("hidden_size", -16), fault.Invalid, []string{"hidden_size"}},
		{"huge size", "bert-bin", config("num_hidden_layers", 1<<40), fault.Invalid, []string{"num_hidden_layers"}},
		{"pad outside", "bert-bin", config("pad_token_id", 1<<20), fault.Invalid, []string{"pad_token_id"}},
		{"eps", "bert-bin", config("layer_norm_eps", 0), fault.Invalid, []string{"layer_norm_eps"}},
		{"config is no JSON", "bert-bin", text("config.json", "{"), fault.Corrupt, []string{"config.json"}},
		{"config missing", "bert-bin", remove("config.json"), fault.NotFound, []string{"config.json"}},
		{"weights missing", "bert-bin", remove("pytorch_model.bin"), fault.NotFound, []string{"model.safetensors"}},
		{"tokenizer missing", "bert-bin", remove("vocab.txt"), fault.NotFound, []string{"tokenizer.json"}},
		{"one layer too many", "bert-bin", config("num_hidden_layers", 3), fault.Corrupt, []string{"encoder.layer.2.attention.self.query.weight", "missing"}},
		{"wrong shape", "bert-bin", config("intermediate_size", 48), fault.Corrupt, []string{"encoder.layer.0.intermediate.dense.weight", "[32, 16]", "[48, 16]"}},
		{"wrong vocabulary", "bert-bin", config("vocab_size", 5000), fault.Corrupt, []string{"embeddings.word_embeddings.weight", "5000"}},
		{"transposed", "bert-bin", tensors(func(list []safetensors.Tensor) []safetensors.Tensor {
			for i := range list {
				if list[i].Name == "encoder.layer.1.output.dense.weight" {
					list[i].Shape = []int{32, 16}
				}
			}
			return list
		}), fault.Corrupt, []string{"encoder.layer.1.output.dense.weight", "[32, 16]", "[16, 32]"}},
		{"integers", "bert-bin", tensors(func(list []safetensors.Tensor) []safetensors.Tensor {
			for i := range list {
				if list[i].Name == "encoder.layer.1.output.dense.bias" {
					list[i].DType = safetensors.I32
				}
			}
			return list
		}), fault.Unsupported, []string{"encoder.layer.1.output.dense.bias", "I32"}},
		{"two encoders", "bert-bin", tensors(func(list []safetensors.Tensor) []safetensors.Tensor {
			for i := range list {
				list[i].Name = "left." + list[i].Name
			}
			return append(list, safetensors.FromFloat32("right.embeddings.word_embeddings.weight", []int{1}, []float32{1}))
		}), fault.Unsupported, []string{"left.", "right."}},
		{"no encoder", "bert-bin", tensors(func([]safetensors.Tensor) []safetensors.Tensor {
			return []safetensors.Tensor{safetensors.FromFloat32("x", []int{1}, []float32{1})}
		}), fault.Corrupt, []string{"embeddings.word_embeddings.weight"}},
		{"safetensors cut short", "bert-fp16", cut("model.safetensors", 9000), fault.Corrupt, []string{"model.safetensors"}},
		{"safetensors empty", "bert-fp16", cut("model.safetensors", 0), fault.Corrupt, []string{"model.safetensors"}},
		{"bin cut short", "bert-bin", cut("pytorch_model.bin", 20000), fault.Corrupt, []string{"pytorch_model.bin"}},
		{"legacy cut short", "bert-legacy", cut("pytorch_model.bin", 20000), fault.Corrupt, []string{"pytorch_model.bin", "cut short"}},
		{"LFS pointer", "bert-fp16", text("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), fault.Corrupt, []string{"git lfs pull"}},
		{"shard escapes", "bert-sharded", shard("../model.safetensors"), fault.Invalid, []string{"../model.safetensors"}},
		{"shard in a folder", "bert-sharded", shard("x/y.safetensors"), fault.Invalid, []string{"x/y.safetensors"}},
		{"shard absolute", "bert-sharded", shard("/y.safetensors"), fault.Invalid, []string{"/y.safetensors"}},
		{"shard without a name", "bert-sharded", shard(""), fault.Invalid, []string{"index.json"}},
		{"shard is the folder", "bert-sharded", shard(".."), fault.Invalid, []string{".."}},
		{"shard missing", "bert-sharded", remove("model-00002-of-00002.safetensors"), fault.NotFound, []string{"model-00002-of-00002.safetensors"}},
		{"index is wrong", "bert-sharded", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "model.safetensors.index.json"), func(c map[string]any) {
				c["weight_map"].(map[string]any)["ghost"] = "model-00001-of-00002.safetensors"
			})
		}, fault.Corrupt, []string{"ghost", "model-00001-of-00002.safetensors"}},
		{"index is empty", "bert-sharded", text("model.safetensors.index.json", "{}"), fault.Corrupt, []string{"weight_map"}},
		{"tokenizer.json is no JSON", "bert-bin", text("tokenizer.json", "["), fault.Corrupt, []string{"tokenizer.json"}},
		{"tokenizer.json without a model", "bert-bin", text("tokenizer.json", `{"version":"1.0"}`), fault.Corrupt, []string{"model"}},
		{"tokenizer.json without tokens", "bert-bin", text("tokenizer.json", `{"model":{"vocab":{}}}`), fault.Corrupt, []string{"empty"}},
		{"unknown post-processor", "bert-bin", text("tokenizer.json", `{"model":{"vocab":{"a":0}},"post_processor":{"type":"Magic"}}`), fault.Corrupt, []string{"Magic"}},
		{"no [SEP]", "bert-bin", text("vocab.txt", "[PAD]\n[UNK]\n[CLS]\na\n"), fault.Corrupt, []string{"[SEP]", "vocab.txt"}},
		{"vocabulary too large", "bert-bin", func(t *testing.T, dir string) {
			data, err := os.ReadFile(filepath.Join(dir, "vocab.txt"))
			if err != nil {
				t.Fatal(err)
			}
			writeText(t, dir, "vocab.txt", string(data)+"one-more\n")
		}, fault.Corrupt, []string{"one-more"}},
		{"vocabulary is no UTF-8", "bert-bin", text("vocab.txt", "\xff\n"), fault.Corrupt, []string{"UTF-8"}},
		{"merges missing", "roberta", remove("merges.txt"), fault.NotFound, []string{"merges.txt"}},
		{"merge of three", "roberta", text("merges.txt", "#version: 0.2\na b c\n"), fault.Corrupt, []string{"merges.txt:2"}},
		{"merge unknown", "roberta", text("merges.txt", "zq xj\n"), fault.Corrupt, []string{"merges.txt:1", "zq"}},
		{"class", "roberta", set("tokenizer_config.json", "tokenizer_class", "CamembertTokenizer"), fault.Unsupported, []string{"CamembertTokenizer"}},
		{"dense module", "bert-sharded", text("modules.json", `[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"path":"2_Dense","type":"sentence_transformers.models.Dense"}]`), fault.Unsupported, []string{"models.Dense"}},
		{"module order", "bert-sharded", text("modules.json", `[{"path":"","type":"sentence_transformers.models.Transformer"}]`), fault.Unsupported, []string{"Pooling"}},
		{"module escapes", "bert-sharded", text("modules.json", `[{"path":"../x","type":"a.Transformer"}]`), fault.Invalid, []string{"../x"}},
		{"two poolings", "bert-sharded", text("1_Pooling/config.json", `{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true}`), fault.Unsupported, []string{"cls, mean"}},
		{"unknown pooling", "bert-sharded", text("1_Pooling/config.json", `{"pooling_mode":"median"}`), fault.Unsupported, []string{"median"}},
		{"pooling missing", "bert-sharded", remove("1_Pooling/config.json"), fault.NotFound, []string{"1_Pooling"}},
		{"length", "bert-sharded", text("sentence_bert_config.json", `{"max_seq_length":-1}`), fault.Invalid, []string{"max_seq_length"}},
		{"length of the special tokens", "bert-sharded", text("sentence_bert_config.json", `{"max_seq_length":2}`), fault.Invalid, []string{"special tokens"}},
		{"default prompt", "bert-sharded", text("config_sentence_transformers.json", `{"prompts":{},"default_prompt_name":"code"}`), fault.Invalid, []string{"code"}},
		{"truncation side", "bert-sharded", text("tokenizer_config.json", `{"truncation_side":"middle"}`), fault.Invalid, []string{"middle"}},
		{"added token id", "bert-sharded", text("tokenizer_config.json", `{"added_tokens_decoder":{"x":{"content":"a"}}}`), fault.Invalid, []string{"added_tokens_decoder"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := broken(t, tc.from)
			tc.damage(t, dir)
			wantError(t, dir, tc.code, tc.names...)
		})
	}
}

func TestOpenNotAFolder(t *testing.T) {
	wantError(t, filepath.Join(t.TempDir(), "nothing"), fault.NotFound, "nothing")
	wantError(t, filepath.Join("testdata", "models", "roberta", "vocab.json"), fault.Invalid, "vocab.json")
}

// TestEvilWeights opens weights that would run a program if they were unpickled, and sees that nothing ran.
func TestEvilWeights(t *testing.T) {
	for _, name := range []string{"call.bin", "call-legacy.bin"} {
		t.Run(name, func(t *testing.T) {
			dir := broken(t, "bert-bin")
			data, err := os.ReadFile(filepath.Join("testdata", "evil", name))
			if err != nil {
				t.Fatal(err)
			}
			writeText(t, dir, "pytorch_model.bin", string(data))
			wantError(t, dir, fault.Unsupported, "posix.system", "pytorch_model.bin")
			for _, where := range []string{".", dir} {
				if _, err := os.Stat(filepath.Join(where, "loradex-was-here")); err == nil {
					t.Fatal("the file's program has run")
				}
			}
		})
	}
}

func TestOpenTwice(t *testing.T) {
	a, b := openTest(t, "bert-bin"), openTest(t, "bert-bin")
	x, _, err := a.Weight("embeddings.LayerNorm.bias")
	if err != nil {
		t.Fatal(err)
	}
	y, _, err := b.Weight("embeddings.LayerNorm.bias")
	if err != nil {
		t.Fatal(err)
	}
	if x[0] != y[0] || &x[0] == &y[0] {
		t.Error("two models share their mapping, or differ")
	}
	if _, _, err := a.Weight("embeddings.nothing"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown tensor: %v", err)
	}
}
