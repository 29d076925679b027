package model_test

import (
	"os"
	"path/filepath"
	"testing"

	"loradex/embed/arch"
)

func TestPooling(t *testing.T) {
	for _, tc := range []struct {
		config string
		want   arch.Pooling
	}{
		{`{}`, arch.Pooling{Mode: arch.PoolMean, IncludePrompt: true}},
		{`{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}`, arch.Pooling{Mode: arch.PoolCLS, IncludePrompt: true}},
		{`{"pooling_mode_max_tokens":true}`, arch.Pooling{Mode: arch.PoolMax, IncludePrompt: true}},
		{`{"pooling_mode_mean_sqrt_len_tokens":true}`, arch.Pooling{Mode: arch.PoolMeanSqrtLen, IncludePrompt: true}},
		{`{"pooling_mode_weightedmean_tokens":true}`, arch.Pooling{Mode: arch.PoolWeightedMean, IncludePrompt: true}},
		{`{"pooling_mode_lasttoken":true,"include_prompt":false}`, arch.Pooling{Mode: arch.PoolLastToken}},
		{`{"pooling_mode":"cls","embedding_dimension":16}`, arch.Pooling{Mode: arch.PoolCLS, IncludePrompt: true}},
		{`{"pooling_mode":["mean_sqrt_len_tokens"]}`, arch.Pooling{Mode: arch.PoolMeanSqrtLen, IncludePrompt: true}},
	} {
		t.Run(tc.config, func(t *testing.T) {
			dir := broken(t, "bert-sharded")
			writeText(t, dir, "1_Pooling/config.json", tc.config)
			if m := open(t, dir); m.Pooling != tc.want {
				t.Errorf("%+v, want %+v", m.Pooling, tc.want)
			}
		})
	}
}

func TestPrompts(t *testing.T) {
	for _, tc := range []struct{ config, query, document string }{
		{`{}`, "", ""},
		{`{"prompts":{"query":"q: ","document":"d: ","passage":"p: "}}`, "q: ", "d: "},
		{`{"prompts":{"query":"q: ","passage":"p: "}}`, "q: ", "p: "},
		{`{"prompts":{"query":"q: ","corpus":"c: "}}`, "q: ", "c: "},
		{`{"prompts":{"query":"q: "},"default_prompt_name":"query"}`, "q: ", "q: "},
		{`{"prompts":{"code":"x: ","document":""},"default_prompt_name":"code"}`, "x: ", ""},
		{`{"prompts":{"query":null},"default_prompt_name":null}`, "", ""},
	} {
		t.Run(tc.config, func(t *testing.T) {
			dir := broken(t, "bert-sharded")
			writeText(t, dir, "config_sentence_transformers.json", tc.config)
			m := open(t, dir)
			if q, d := m.Prompts.Query(), m.Prompts.Document(); q != tc.query || d != tc.document {
				t.Errorf("%q and %q, want %q and %q", q, d, tc.query, tc.document)
			}
		})
	}
}

func TestNormalizeAsModulesSay(t *testing.T) {
	dir := broken(t, "bert-sharded")
	writeText(t, dir, "modules.json", `[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]`)
	if m := open(t, dir); m.Normalize {
		t.Error("vectors are normalised, but no module says so")
	}
}

// TestTransformerFolder opens the old layout, with the transformer in a folder of its own.
func TestTransformerFolder(t *testing.T) {
	dir := t.TempDir()
	copyFiles(t, "testdata/models/bert-sharded", filepath.Join(dir, "0_Transformer"))
	writeText(t, dir, "modules.json", `[{"path":"0_Transformer/","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]`)
	writeText(t, dir, "1_Pooling/config.json", `{"pooling_mode_cls_token":true}`)
	m := open(t, dir)
	if m.MaxTokens != 32 || m.Pooling.Mode != arch.PoolCLS || m.Normalize || m.Prompts.Query() != "" {
		t.Errorf("model is %+v", m)
	}
}

func TestMaxTokens(t *testing.T) {
	for _, tc := range []struct {
		name, sentence, tokenizer string
		want                      int
	}{
		{"nothing given", "", "", 40},
		{"tokenizer", "", `{"model_max_length":20}`, 20},
		{"tokenizer above the positions", "", `{"model_max_length":512}`, 40},
		{"tokenizer without a limit", "", `{"model_max_length":1000000000000000019884624838656}`, 40},
		{"sentence first", `{"max_seq_length":30}`, `{"model_max_length":20}`, 30},
		{"sentence null", `{"max_seq_length":null}`, `{"model_max_length":20}`, 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := broken(t, "roberta") // 42 positions, of which 2 stand before the first token
			if tc.sentence != "" {
				writeText(t, dir, "sentence_bert_config.json", tc.sentence)
			}
			if tc.tokenizer != "" {
				writeText(t, dir, "tokenizer_config.json", tc.tokenizer)
			}
			if m := open(t, dir); m.MaxTokens != tc.want {
				t.Errorf("%d tokens, want %d", m.MaxTokens, tc.want)
			}
		})
	}
}

// TestUniXcoder: the prefix is for the plain model; a sentence-transformers model is taken as it was trained. Only
// with the prefix is is_decoder taken for what it is there, a flag without effect.
func TestUniXcoder(t *testing.T) {
	if m := openTest(t, "unixcoder"); !m.Tokenizer.EncoderOnlyPrefix || m.Tokenizer.SpecialTokens != 4 {
		t.Errorf("plain: %+v", m.Tokenizer)
	}
	dir := broken(t, "unixcoder")
	copyFiles(t, "testdata/models/bert-sharded/1_Pooling", filepath.Join(dir, "1_Pooling"))
	data, err := os.ReadFile("testdata/models/bert-sharded/modules.json")
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, dir, "modules.json", string(data))
	wantError(t, dir, "unsupported", "is_decoder")
	edit(t, filepath.Join(dir, "config.json"), func(c map[string]any) { c["is_decoder"] = false })
	if m := open(t, dir); m.Tokenizer.EncoderOnlyPrefix || m.Tokenizer.SpecialTokens != 2 {
		t.Errorf("sentence-transformers: %+v", m.Tokenizer)
	}
}

func TestNameInHubCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "models--some-org--bert-tiny", "snapshots", "0123abcd")
	copyFiles(t, "testdata/models/bert-bin", dir)
	if m := open(t, dir); m.Name != "bert-tiny" {
		t.Errorf("name %q", m.Name)
	}
}
