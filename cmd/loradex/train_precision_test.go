package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

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
	if doc["options"].(map[string]any)["precision"] != "fp16" || training["loss_scale"].(float64) < 1 || training["steps"] != 8.0 {
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
