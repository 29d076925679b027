package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/evaluation/compare"
)

// TestEvalEfficiency trains an adapter and a whole model, and holds them against the base and the plain evaluation.
func TestEvalEfficiency(t *testing.T) {
	p := newPlace(t).withEncoder()
	data, full := trainable(t, 40), filepath.Join(p.home, "whole")
	p.ok(trainArgs(data, "tiny", "--no-eval")...)
	p.ok(trainArgs(data, full, "--full", "--lr", "1e-3", "--no-eval")...)
	file := filepath.Join(t.TempDir(), "efficiency.json")
	args := []string{
		"eval", "efficiency", "--model", tinyModel, "--data", data, "--adapter", "tiny", "--full", full,
		"--queries", "7", "--documents", "10", "--rounds", "2", "--out", file,
	}
	text := p.ok(args...)
	for _, want := range []string{"base", "tiny", "whole", "TRAINING OF", "100.00 %", "lora", "tokens/s"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	in, err := os.Open(file)
	must(t, err)
	defer in.Close()
	report, err := compare.ReadCosts(in, file)
	must(t, err)
	wantMRR := map[string]string{"base": "--model " + tinyModel, "tiny": "--adapter tiny --model " + tinyModel, "whole": "--model " + full}
	for _, s := range report.Systems {
		got := p.json(append([]string{"eval", "run", "--data", data}, strings.Fields(wantMRR[s.Name])...)...)
		if mrr := number(t, map[string]any{"m": got["metrics"].(map[string]any)["mrr@10"]}, "m"); mrr != s.MRR {
			t.Errorf("%s: eval run says %v, efficiency %v", s.Name, mrr, s.MRR)
		}
		if s.Latency.N != 7 || s.Latency.P50 <= 0 || s.Latency.P95 < s.Latency.P50 || s.TokensPerS <= 0 || s.Bytes <= 0 {
			t.Errorf("%s: %+v, %d bytes", s.Name, s.Timing, s.Bytes)
		}
		if isBase := s.Name == "base"; (s.Training == nil) != isBase || (s.Difference == nil) != isBase {
			t.Errorf("%s: training %v, difference %v", s.Name, s.Training, s.Difference)
		}
	}
	if len(report.Systems) != 3 || report.Systems[1].Bytes >= report.Systems[2].Bytes {
		t.Errorf("systems %+v", report.Systems)
	}
	doc := p.json(args...)
	if doc["dataset"] != filepath.Base(data) || len(doc["systems"].([]any)) != 3 {
		t.Errorf("JSON %v", doc)
	}
}

func TestEvalEfficiencyBadInput(t *testing.T) {
	p := newPlace(t)
	p.fails(exitUsage, "invalid", "--rounds", "eval", "efficiency", "--data", "x", "--rounds", "0")
	p.fails(exitUsage, "invalid", "required flag", "eval", "efficiency")
	p = newPlace(t).withEncoder().withAdapter("small")
	data := tinyData(t)
	p.fails(exitUsage, "invalid", "measured anyway", "eval", "efficiency", "--data", data, "--adapter", "none")
	p.fails(exitUsage, "invalid", "already", "eval", "efficiency", "--data", data, "--adapter", "small", "--adapter", "small")
	p.fails(exitFailure, "not_found", "--full", "eval", "efficiency", "--data", data, "--full", "./nowhere")
	p.fails(exitFailure, "not_found", "folder", "eval", "efficiency", "--data", data, "--rounds", "1", "--out", filepath.Join(t.TempDir(), "no", "x.json"))
}
