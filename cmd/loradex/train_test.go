package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loradex/adapters"
	"loradex/embed/model"
)

// tinyModel is a BERT of 16 dimensions.
var tinyModel = filepath.Join("..", "..", "embed", "model", "testdata", "models", "bert-sharded")

// trainable writes a BEIR folder of n training pairs whose documents repeat words of their queries; dev and test are like
// them.
func trainable(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "qrels"), 0o750))
	words := strings.Fields("the a read write open close file list name path code test line value key")
	var corpus, queries strings.Builder
	qrels := map[string]*strings.Builder{}
	i := 0
	for _, split := range []struct {
		name string
		n    int
	}{{"train", n}, {"dev", 8}, {"test", 12}} {
		qrels[split.name] = &strings.Builder{}
		qrels[split.name].WriteString("query-id\tcorpus-id\tscore\n")
		for range split.n {
			a, b := words[i%len(words)], words[(i/len(words)+3*i)%len(words)]
			fmt.Fprintf(&corpus, "{\"_id\":\"d%03d\",\"title\":\"\",\"text\":\"%s %s %s\"}\n", i, a, a, b)
			fmt.Fprintf(&queries, "{\"_id\":\"q%03d\",\"text\":\"%s %s\"}\n", i, b, a)
			fmt.Fprintf(qrels[split.name], "q%03d\td%03d\t1\n", i, i)
			i++
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "corpus.jsonl"), []byte(corpus.String()), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "queries.jsonl"), []byte(queries.String()), 0o600))
	for name, text := range qrels {
		must(t, os.WriteFile(filepath.Join(dir, "qrels", name+".tsv"), []byte(text.String()), 0o600))
	}
	return dir
}

func trainArgs(data, out string, more ...string) []string {
	return append([]string{"train", "--model", tinyModel, "--data", data, "--out", out, "--rank", "4", "--batch", "8", "--epochs", "2", "--patience", "-1"}, more...)
}

// A fifth of the pairs is held back for the dev split, which has eight queries of its own.
func TestTrain(t *testing.T) {
	p := newPlace(t).withEncoder()
	data := trainable(t, 40)
	doc := p.json(trainArgs(data, "tiny")...)
	training, _ := doc["training"].(map[string]any)
	if training["steps"] != 8.0 || doc["pairs"] != 32.0 || doc["dev_queries"] != 16.0 || doc["dev_metric"] != "loss" || doc["too_little"] == nil || doc["difference"] == nil || doc["verdict"] == "" {
		t.Errorf("report %v", doc)
	}
	// What was trained is an adapter like any other, and says where it comes from.
	a, err := adapters.Load(filepath.Join(p.home, "adapters", "tiny"))
	must(t, err)
	defer a.Close()
	if a.Card.Pairs != 32 || a.Card.BaseDigest == "" || a.Card.Metrics["mrr@10 before"] == 0 || !strings.Contains(a.Card.Command, "train") {
		t.Errorf("card %+v", a.Card)
	}
	if tr := a.Card.Training; tr == nil || tr.Method != "lora" || tr.Steps != 8 || tr.Pairs != 32 || tr.Trainable == 0 || tr.Total <= tr.Trainable ||
		tr.Seconds <= 0 || tr.TokensPerS <= 0 || tr.Share() != training["share"] {
		t.Errorf("training %+v, the report says %v", tr, training)
	}
	if text := p.ok("adapters", "show", "tiny"); !strings.Contains(text, "8 steps over 32 pairs") {
		t.Errorf("show says %s", text)
	}
	after, _ := doc["after"].(map[string]any)["metrics"].(map[string]any)
	report := p.json("eval", "run", "--model", tinyModel, "--data", data, "--adapter", "tiny")
	if got := report["metrics"].(map[string]any)["mrr@10"]; got != after["mrr@10"] {
		t.Errorf("eval run gives %v, training said %v", got, after["mrr@10"])
	}
	if _, err := os.Stat(filepath.Join(p.home, "adapters", "tiny.checkpoint")); err == nil {
		t.Error("a finished run left its checkpoint")
	}
	p.fails(exitFailure, "conflict", "exists", trainArgs(data, "tiny")...)
	p.ok(trainArgs(data, "tiny", "--replace", "--side", "query", "--method", "dora", "--extra-negatives", "4")...)
	if text := p.ok(trainArgs(data, filepath.Join(p.home, "elsewhere", "a"), "--no-eval")...); !strings.Contains(text, "not measured") {
		t.Errorf("without a measurement: %s", text)
	}
}

func TestTrainPerLanguage(t *testing.T) {
	p := newPlace(t).withEncoder()
	second := trainable(t, 40)
	args := append([]string{"train", "--model", tinyModel, "--out", "code", "--per-language", "--epochs", "1", "--batch", "8"},
		"--data", "go="+trainable(t, 16), "--data", "c++="+second)
	var reports []map[string]any
	must(t, json.Unmarshal([]byte(p.ok(append(args, "--json")...)), &reports))
	if len(reports) != 2 || reports[0]["adapter"] != "code-go" || reports[1]["adapter"] != "code-cpp" {
		t.Errorf("reports %v", reports)
	}
	// The second adapter was measured, not the first one again.
	after := reports[1]["after"].(map[string]any)["metrics"].(map[string]any)["mrr"]
	got := p.json("eval", "run", "--model", tinyModel, "--data", second, "--adapter", "code-cpp")["metrics"].(map[string]any)["mrr"]
	if got != after {
		t.Errorf("eval run gives %v, training said %v", got, after)
	}
	// As after an interruption between the two: the first is finished, the second was not begun.
	must(t, os.RemoveAll(filepath.Join(p.home, "adapters", "code-cpp")))
	r := p.run(append(args, "--json", "--resume")...)
	if reports = nil; r.code != 0 || json.Unmarshal([]byte(r.out), &reports) != nil || len(reports) != 1 || reports[0]["adapter"] != "code-cpp" || !strings.Contains(r.err, "code-go is there already") {
		t.Errorf("resumed: exit %d, %s%s", r.code, r.out, r.err)
	}
	p.fails(exitUsage, "invalid", "--data go=DIR", "train", "--model", tinyModel, "--out", "x", "--per-language", "--data", trainable(t, 16))
}

func TestTrainFull(t *testing.T) {
	p := newPlace(t).withEncoder()
	data, out := trainable(t, 24), filepath.Join(p.home, "whole")
	doc := p.json(trainArgs(data, out, "--full", "--lr", "1e-3")...)
	if share := doc["training"].(map[string]any)["share"]; share != 1.0 {
		t.Errorf("share %v", share)
	}
	if tr, err := model.ReadTraining(out); err != nil || tr == nil || tr.Method != "full" || tr.Share() != 1 || tr.Steps == 0 {
		t.Errorf("beside the model: %+v, %v", tr, err)
	}
	after := doc["after"].(map[string]any)["metrics"].(map[string]any)["mrr@10"].(float64)
	report := p.json("eval", "run", "--model", out, "--data", data)
	if got := report["metrics"].(map[string]any)["mrr@10"].(float64); got != after {
		t.Errorf("the saved model gives %v, training said %v", got, after)
	}
}

func TestTrainBadInput(t *testing.T) {
	p := newPlace(t).withEncoder()
	data := trainable(t, 24)
	broken := func(file, text string) string {
		dir := trainable(t, 24)
		must(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
		return dir
	}
	head := "query-id\tcorpus-id\tscore\n"
	p.fails(exitFailure, "invalid", "no judgement", trainArgs(broken("qrels/train.tsv", head), "x")...)
	p.fails(exitFailure, "invalid", "pairs", trainArgs(broken("qrels/train.tsv", head+"q000\td000\t1\n"), "x")...)
	p.fails(exitFailure, "invalid", "d999", trainArgs(broken("qrels/train.tsv", head+"q000\td999\t1\n"), "x")...)
	p.fails(exitFailure, "invalid", "corpus.jsonl", trainArgs(broken("corpus.jsonl", "{"), "x")...)
	p.fails(exitFailure, "not_found", "nowhere", trainArgs(filepath.Join(t.TempDir(), "nowhere"), "x")...)
	p.fails(exitFailure, "invalid", "went astray", trainArgs(data, "x", "--lr", "10", "--warm-up", "-1", "--clip", "-1", "--weight-decay", "1", "--epochs", "40")...)
	p.fails(exitFailure, "not_found", "checkpoint", trainArgs(data, "x", "--resume")...)
	p.fails(exitUsage, "invalid", "recipe", trainArgs(data, "x", "--recipe", "none")...)
	p.fails(exitUsage, "invalid", "Rank", trainArgs(data, "x", "--rank", "5000")...)
	p.fails(exitUsage, "invalid", "one kind of data", "train", "--out", "x")
	p.fails(exitUsage, "invalid", "..x", trainArgs(data, "..x")...)
	if list, err := os.ReadDir(filepath.Join(p.home, "adapters")); err == nil {
		for _, f := range list {
			if !strings.HasPrefix(f.Name(), ".") && !strings.HasSuffix(f.Name(), ".checkpoint") {
				t.Errorf("a failed training left %s", f.Name())
			}
		}
	}
}

// TestTrainInterrupted stops a run, and goes on with it.
func TestTrainInterrupted(t *testing.T) {
	p := newPlace(t).withEncoder()
	args := trainArgs(trainable(t, 400), "long", "--epochs", "20", "--eval-every", "1000", "--checkpoint-every", "20")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for range 600 { // until the first checkpoint is there
			if _, err := os.Stat(filepath.Join(p.home, "adapters", "long.checkpoint")); err == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		cancel()
	}()
	var out, errs strings.Builder
	code := run(ctx, args, p.getenv, strings.NewReader(""), &out, &errs)
	if code != exitFailure || !strings.Contains(errs.String(), "--resume") {
		t.Fatalf("exit %d\n%s", code, errs.String())
	}
	p.fails(exitFailure, "conflict", "options", append(args, "--resume", "--lr", "0.002")...)
	doc := p.json(append(args, "--resume")...)
	if training := doc["training"].(map[string]any); training["steps"] != 900.0 || doc["pairs"] != 358.0 {
		t.Errorf("training %v", training)
	}
}

// TestTrainInterruptedWhileMeasuring stops a run when all steps are taken: the weights are there, and --resume measures them.
func TestTrainInterruptedWhileMeasuring(t *testing.T) {
	p := newPlace(t).withEncoder()
	args := trainArgs(trainable(t, 200), "whole", "--epochs", "1")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	weights := filepath.Join(p.home, "adapters", "whole", "adapter_model.safetensors")
	go func() {
		for range 2400 { // until the weights are there, which is before they are measured
			if _, err := os.Stat(weights); err == nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
	}()
	var out, errs strings.Builder
	code := run(ctx, args, p.getenv, strings.NewReader(""), &out, &errs)
	if code != exitFailure || !strings.Contains(errs.String(), "the weights are in "+filepath.Dir(weights)) || !strings.Contains(errs.String(), "--resume measures them") {
		t.Fatalf("exit %d\n%s", code, errs.String())
	}
	p.ok("adapters", "show", "whole")
	p.fails(exitFailure, "conflict", "whole", args...)
	doc := p.json(append(args, "--resume")...)
	if doc["verdict"] == "not measured" || number(t, doc, "after.metrics.mrr") <= 0 || len(doc["differences"].([]any)) != 3 {
		t.Errorf("%v", doc["verdict"])
	}
	if _, err := os.Stat(weights); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(p.home, "adapters", "whole.checkpoint")); err == nil {
		t.Error("the checkpoint is still there")
	}
}
