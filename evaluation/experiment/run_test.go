package experiment_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/experiment"
	"loradex/internal/fault"
	"loradex/search"
)

const tiny = "../testdata/tiny"

// lexical is an experiment that needs no encoder.
func lexical() experiment.Options {
	return experiment.Options{
		Data: []string{tiny}, Split: "test", Mixes: []adapters.Mix{{}},
		Index:   experiment.Index{Mode: search.Lexical, Coverage: 1, Seed: experiment.UsualSeed, Hits: 10, Depth: experiment.UsualDepth},
		Metrics: []string{"mrr@10"},
	}
}

// TestRun: what a first experiment saves is a baseline that the same one passes, and another one is refused by.
func TestRun(t *testing.T) {
	lab := experiment.New(experiment.Tools{})
	dir := t.TempDir()
	o := lexical()
	o.Out = filepath.Join(dir, "out")
	outcomes, gates, err := lab.Run(t.Context(), o)
	if err != nil || len(outcomes) != 1 || gates != nil {
		t.Fatalf("%v, %v, %v", outcomes, gates, err)
	}
	if r := outcomes[0].Report; r.Model != "bm25" || r.Search.Mode != "lexical" || r.Depth != 10 || r.Metrics["mrr@10"] <= 0 {
		t.Errorf("%+v", r)
	}
	if saved, err := evaluation.OpenSaved(o.Out); err != nil || saved.Report.Metrics["mrr@10"] != outcomes[0].Report.Metrics["mrr@10"] {
		t.Errorf("saved: %v", err)
	}
	o.Baseline = experiment.Baseline{Folder: o.Out, On: []string{"mrr@10"}, JUnit: filepath.Join(dir, "eval.xml")}
	if _, _, err = lab.Run(t.Context(), o); !fault.IsUsage(err) { // it would replace what it is held against
		t.Errorf("out and baseline in one folder: %v", err)
	}
	o.Out = ""
	if _, gates, err = lab.Run(t.Context(), o); err != nil || len(gates) != 1 || gates[0].Failed || gates[0].Mean != 0 {
		t.Errorf("%v, %v", gates, err)
	}
	o.Split = "dev"
	if _, _, err = lab.Run(t.Context(), o); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("another split: %v", err)
	}
	if text, err := os.ReadFile(o.Baseline.JUnit); err != nil || !strings.Contains(string(text), `errors="1"`) {
		t.Errorf("JUnit: %s, %v", text, err)
	}
}

func TestValidate(t *testing.T) {
	mix, err := adapters.ParseMix("a")
	if err != nil {
		t.Fatal(err)
	}
	for words, change := range map[string]func(*experiment.Options){
		"no mix":     func(o *experiment.Options) { o.Mixes = nil },
		"no adapter": func(o *experiment.Options) { o.Mixes = []adapters.Mix{mix} },
		"twice":      func(o *experiment.Options) { o.Index.Mode, o.Mixes = search.Hybrid, []adapters.Mix{mix, mix} },
		"--mode":     func(o *experiment.Options) { o.Index.Mode = "psychic" },
		"--coverage": func(o *experiment.Options) { o.Index.Coverage = 2 },
		"--hits":     func(o *experiment.Options) { o.Index.Hits = 0 },
		"--pool":     func(o *experiment.Options) { o.Pool = 2 },
		"--max-drop": func(o *experiment.Options) { o.Baseline = experiment.Baseline{Folder: "x", MaxDrop: -1} },
	} {
		o := lexical()
		change(&o)
		if err := o.Validate(); !fault.IsUsage(err) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
	}
}
