package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/hub/hubtest"
)

// withHub gives a place a hub of its own, with small models and an adapter.
func (p *place) withHub() *hubtest.Server {
	p.t.Helper()
	s := hubtest.New(p.t)
	data := filepath.Join("..", "..", "testdata")
	s.AddFolder(p.t, "tiny/bert", filepath.Join(data, "models", "bert-cased-bf16"))
	s.Add("tiny/bert", "pytorch_model.bin", []byte("the same again"))
	s.Add("tiny/bert", "onnx/model_quantized.onnx", []byte("the same again"))
	graph, err := os.ReadFile(filepath.Join(data, "onnx", "model.onnx"))
	must(p.t, err)
	s.Add("tiny/exported", "onnx/model.onnx", graph)
	for _, name := range []string{"config.json", "tokenizer_config.json"} {
		text, err := os.ReadFile(filepath.Join(data, "models", "bert-bin-shards", name))
		must(p.t, err)
		s.Add("tiny/exported", name, text)
	}
	tokenizer, err := os.ReadFile(filepath.Join(data, "onnx", "tokenizer.json"))
	must(p.t, err)
	s.Add("tiny/exported", "tokenizer.json", tokenizer)
	s.AddFolder(p.t, "tiny/lora", filepath.Join(data, "adapters", "qv_r4"))
	p.env["HF_ENDPOINT"], p.env["HF_HOME"] = s.URL, p.t.TempDir()
	return s
}

// TestModelFromHub: of a repository what a model needs, a private one with a token, an export to ONNX, and none of it twice.
func TestModelFromHub(t *testing.T) {
	p := newPlace(t)
	s := p.withHub()
	s.Token = "hf_secret"
	p.fails(exitFailure, "not_found", "HF_TOKEN", "model", "pull", "tiny/bert")
	p.env["HF_TOKEN"] = "hf_secret"
	s.Requests()
	got := p.json("model", "pull", "tiny/bert@main")
	if got["name"] != "bert" || got["pooling"] != "cls" || got["problem"] != nil {
		t.Errorf("%v", got)
	}
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Path, ".bin") || strings.HasSuffix(r.Path, ".onnx") {
			t.Errorf("loaded %s, too", r.Path)
		}
	}
	got = p.json("model", "pull", "tiny/exported", "--name", "onnx", "--pooling", "cls", "--query-prompt", "find: ")
	if got["pooling"] != "cls" || got["family"] != "bert" {
		t.Errorf("%v", got)
	}
	dir := filepath.Join(p.home, "models", "onnx")
	if _, err := os.Stat(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "onnx")); err == nil {
		t.Error("the ONNX file was installed, too")
	}
	if text, err := os.ReadFile(filepath.Join(dir, "config_sentence_transformers.json")); err != nil || !strings.Contains(string(text), `"find: "`) {
		t.Errorf("%s %v", text, err)
	}

	s.Requests()
	p.ok("model", "pull", "tiny/bert", "--name", "again", "--offline")
	p.env["HF_HUB_OFFLINE"] = "1"
	p.fails(exitFailure, "not_found", "not in the cache", "model", "pull", "tiny/lora")
	if n := s.Requests(); len(n) > 0 {
		t.Errorf("asked %v", n)
	}
	delete(p.env, "HF_HUB_OFFLINE")
	p.fails(exitFailure, "not_found", "no weights", "model", "pull", "tiny/lora")
	p.fails(exitFailure, "not_found", "tiny/none", "model", "pull", "tiny/none")
	p.fails(exitUsage, "invalid", "OWNER/NAME", "model", "pull", "tiny/bert@../x")
	if r := p.run("model", "pull", "tiny/none"); !strings.Contains(r.err, "asking "+strings.TrimPrefix(s.URL, "http://")) {
		t.Errorf("nothing says who is asked: %s", r.err)
	}
}

// TestAdapterFromHub adds an adapter of a repository, online and again without.
func TestAdapterFromHub(t *testing.T) {
	p := newPlace(t).withEncoder()
	s := p.withHub()
	got := p.json("adapters", "add", "tiny/lora", "--name", "first")
	s.Requests()
	again := p.json("adapters", "add", "tiny/lora", "--name", "second", "--offline")
	if got["digest"] != again["digest"] || got["digest"] == nil || len(s.Requests()) > 0 {
		t.Errorf("%v\n%v", got, again)
	}
	p.fails(exitFailure, "not_found", "adapter_config.json", "adapters", "add", "tiny/bert", "--name", "x")
	s.Add("tiny/pickled", "adapter_config.json", []byte("{}"))
	s.Add("tiny/pickled", "adapter_model.bin", []byte("pickle"))
	p.fails(exitFailure, "unsupported", "pickle", "adapters", "add", "tiny/pickled", "--name", "x")
}
