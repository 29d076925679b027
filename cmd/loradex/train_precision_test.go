package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed/train"
	"loradex/evaluation"
	"loradex/internal/home"
)

// TestTrainPrecision: half precision works on a CPU, which says that it is the wrong place for it, and the report tells of
// the loss scale.
func TestTrainPrecision(t *testing.T) {
	p := newPlace(t).withEncoder()
	data := trainable(t, 40)
	var out, errs strings.Builder
	args := trainArgs(data, "half", "--precision", "fp16")
	if code := run(context.Background(), args, p.getenv, strings.NewReader(""), &out, &errs); code != exitOK {
		t.Fatalf("exit %d\n%s", code, errs.String())
	}
	if !strings.Contains(errs.String(), "half precision is for GPUs") || !strings.Contains(out.String(), "loss scale") {
		t.Errorf("%s\n%s", errs.String(), out.String())
	}
	doc := p.json(trainArgs(data, "half", "--precision", "fp16", "--replace")...)
	training := doc["training"].(map[string]any)
	if doc["options"].(map[string]any)["precision"] != "fp16" || training["loss_scale"].(float64) < 1 || training["steps"] != 10.0 {
		t.Errorf("report %v", doc)
	}
	doc = p.json(trainArgs(data, "full")...)
	if _, ok := doc["training"].(map[string]any)["loss_scale"]; ok || doc["options"].(map[string]any)["precision"] != "fp32" {
		t.Errorf("report %v", doc)
	}
	// All weights in half precision: the saved model gives what was measured.
	where := filepath.Join(p.home, "whole")
	doc = p.json(trainArgs(data, where, "--full", "--precision", "fp16", "--lr", "1e-3")...)
	report := p.json("eval", "run", "--model", where, "--data", data)
	after := doc["after"].(map[string]any)["metrics"].(map[string]any)["mrr@10"]
	if got := report["metrics"].(map[string]any)["mrr@10"]; got != after {
		t.Errorf("the saved model gives %v, training said %v", got, after)
	}
	p.fails(exitUsage, "invalid", "fp32 or fp16", trainArgs(data, "x", "--precision", "bf16")...)
}

// TestTrainFullRefusesAdapterFlags: what describes an adapter is not dropped silently.
func TestTrainFullRefusesAdapterFlags(t *testing.T) {
	p := newPlace(t)
	for _, flag := range [][]string{{"--dropout", "0.1"}, {"--targets", "query"}, {"--first-layer", "1"}, {"--method", "dora"}} {
		p.fails(exitUsage, "invalid", "there is no adapter", append([]string{"train", "--data", "x", "--out", "x", "--full"}, flag...)...)
	}
}

// TestTrainWithoutTheDevice: a device whose library is missing, or has no such provider, is an error and never the CPU.
func TestTrainWithoutTheDevice(t *testing.T) {
	p := newPlace(t).withEncoder()
	data := trainable(t, 40)
	p.fails(exitFailure, "unavailable", "DEVICE=cuda", trainArgs(data, "x", "--device", "cuda")...)
	delete(p.env, home.EnvRuntime)
	p.fails(exitFailure, "unavailable", "DEVICE=cuda", trainArgs(data, "x", "--device", "cuda")...)
	p.fails(exitUsage, "invalid", "unknown device", trainArgs(data, "x", "--device", "gpu")...)
}

// TestVectorSpace: what a checkpoint of the query side belongs to changes with what an index gives.
func TestVectorSpace(t *testing.T) {
	p := newPlace(t).withEncoder()
	a := newApp(p.getenv, strings.NewReader(""), &strings.Builder{}, &strings.Builder{})
	must(t, a.setup(func(string) bool { return false }))
	eng, err := a.Engine(t.Context())
	must(t, err)
	defer func() { must(t, a.Close()) }()
	own, err := eng.Encoder.Space(t.Context(), adapters.Mix{})
	must(t, err)
	docs := []train.Text{{ID: "1", Text: "one"}, {ID: "2", Text: "two"}, {ID: "3", Text: "three"}, {ID: "4", Text: "two"}}
	for _, tt := range []struct {
		name  string
		holds map[string][]float32 // nil: there is no index
		want  string
	}{
		{"no index", nil, "space " + own.ID},
		{"an index without vectors", map[string][]float32{}, "space " + own.ID + ", 0 of them from the index"},
		{"some", map[string][]float32{"two": {1}}, "space " + own.ID + ", 2 of them from the index"},
		{"all", map[string][]float32{"one": {1}, "two": {1}, "three": {1}}, "space " + own.ID + ", 4 of them from the index"},
	} {
		w := &trainWork{a: a, eng: eng, cache: vectorMemo{}, taken: map[evaluation.VectorKey]bool{}}
		if tt.holds != nil {
			w.indexed = func(_ context.Context, texts []string) ([][]float32, error) {
				out := make([][]float32, len(texts))
				for i, text := range texts {
					out[i] = tt.holds[text]
				}
				return out, nil
			}
		}
		for range 2 { // what is in the memory of the command already counts, too
			if got, err := w.vectorSpace(t.Context(), docs); err != nil || got != tt.want {
				t.Errorf("%s: %q %v, want %q", tt.name, got, err, tt.want)
			}
		}
	}
}
