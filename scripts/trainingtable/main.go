// Command trainingtable prints the tables of docs/results.md, section "Training", from the JSON files that
// scripts/results-train.sh leaves:
//
//	go run ./scripts/trainingtable .results/train
//
// Seeds of one training stand together where there are several.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// result is what the tables need of a file: of `train --json`, or of `eval run --json`.
type result struct {
	name    string // the file's
	Adapter string `json:"adapter"`
	Method  string `json:"method"`
	Side    string `json:"side"`
	Data    string `json:"data"`
	Pairs   int    `json:"pairs"`
	Options struct {
		MaxDocTokens, Batch int
	} `json:"options"`
	Training struct {
		Steps   int     `json:"steps"`
		Best    int     `json:"best"`
		Params  int     `json:"params"`
		Share   float64 `json:"share"`
		Seconds float64 `json:"seconds"`
	} `json:"training"`
	Before, After *report
	Difference    *struct {
		Mean float64    `json:"difference"`
		CI95 [2]float64 `json:"ci95"`
		P    float64    `json:"p"`
	} `json:"difference"`
	PeakBytes int64 `json:"peak_bytes"`
	report
}

type report struct {
	Dataset string                `json:"dataset"`
	Metrics map[string]float64    `json:"metrics"`
	CI95    map[string][2]float64 `json:"ci95"`
}

const metric = "mrr@10"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "give the folder of the results")
		os.Exit(2)
	}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.json"))
	if err != nil || len(files) == 0 {
		fmt.Fprintln(os.Stderr, "no results in", os.Args[1], err)
		os.Exit(1)
	}
	all := map[string]result{}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			r := result{name: strings.TrimSuffix(filepath.Base(file), ".json")}
			if err = json.Unmarshal(text, &r); err == nil {
				all[r.name], names = r, append(names, r.name)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, file, err)
			os.Exit(1)
		}
	}
	slices.Sort(names)
	trainings(all, names)
	seeds(all)
	languages(all)
	outside(all, names)
}

// trainings is one row for each training that was measured on its own test split.
func trainings(all map[string]result, names []string) {
	fmt.Println("| run | what is trained | pairs | steps (kept) | seconds | base | trained | difference (95 % interval) | p |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, n := range names {
		r := all[n]
		if r.Difference == nil {
			continue
		}
		d := r.Difference
		fmt.Printf("| %s | %s, %.2f %%, %s | %d | %d (%d) | %.0f | %.4f | %.4f | %+.4f (%+.4f to %+.4f) | %.4f |\n", n, r.Method,
			100*r.Training.Share, r.Side, r.Pairs, r.Training.Steps, r.Training.Best, r.Training.Seconds, r.Before.Metrics[metric],
			r.After.Metrics[metric], d.Mean, d.CI95[0], d.CI95[1], d.P)
	}
	fmt.Println()
}

// languages compares one adapter for each language with one for the task.
func languages(all map[string]result) {
	fmt.Println("| test split | base | one adapter for the language | one adapter for the task |")
	fmt.Println("|---|---|---|---|")
	for _, l := range []string{"csn_go", "csn_java", "csn_javascript", "csn_ruby"} {
		own, task := all[l+"-0"], all["eval-"+l+"-csn_all-0"]
		if own.After == nil || task.Metrics == nil {
			continue
		}
		fmt.Printf("| %s | %.4f | %.4f | %.4f |\n", l, own.Before.Metrics[metric], own.After.Metrics[metric], task.Metrics[metric])
	}
	fmt.Println()
}

// outside says what adapters do to data that they were not trained for.
func outside(all map[string]result, names []string) {
	var sets []string
	for _, n := range names {
		if set, ok := strings.CutPrefix(n, "eval-"); ok && strings.HasSuffix(set, "-base") && !strings.HasPrefix(set, "csn_") {
			sets = append(sets, strings.TrimSuffix(set, "-base"))
		}
	}
	if len(sets) == 0 {
		return
	}
	fmt.Print("| adapter")
	for _, s := range sets {
		fmt.Printf(" | %s (base %.4f)", s, all["eval-"+s+"-base"].Metrics[metric])
	}
	fmt.Println(" |\n|" + strings.Repeat("---|", len(sets)+1))
	for _, n := range names {
		if all[n].Training.Steps == 0 || all[n].Method == "full" {
			continue
		}
		fmt.Printf("| %s", n)
		for _, s := range sets {
			cell := ""
			if r, ok := all["eval-"+s+"-"+n]; ok {
				cell = fmt.Sprintf("%+.4f", r.Metrics[metric]-all["eval-"+s+"-base"].Metrics[metric])
			}
			fmt.Printf(" | %s", cell)
		}
		fmt.Println(" |")
	}
}

// seeds is one row for each training that was run with several seeds: what is chance in it. The test split and its queries are
// the same for all of them.
func seeds(all map[string]result) {
	values := map[string]map[string]float64{} // by run, then by seed
	base := map[string]float64{}
	put := func(run, seed string, before, after float64) {
		if values[run] == nil {
			values[run] = map[string]float64{}
		}
		values[run][seed], base[run] = after, before
	}
	for name, r := range all {
		at := strings.LastIndexByte(name, '-')
		if at < 0 {
			continue
		}
		run, seed := name[:at], name[at+1:]
		set, task := strings.CutPrefix(run, "eval-")
		set, task2 := strings.CutSuffix(set, "-csn_all")
		switch {
		case r.Difference != nil:
			put(run, seed, r.Before.Metrics[metric], r.After.Metrics[metric])
		case task && task2 && strings.HasPrefix(set, "csn_"): // one adapter for the task, on each language
			put(set+" with csn_all", seed, all["eval-"+set+"-base"].Metrics[metric], r.Metrics[metric])
		}
	}
	for run, bySeed := range values {
		if len(bySeed) < 2 {
			delete(values, run)
		}
	}
	if len(values) == 0 {
		return
	}
	fmt.Println("| run | base | by seed | mean | lowest to highest difference to the base |")
	fmt.Println("|---|---|---|---|---|")
	for _, run := range slices.Sorted(maps.Keys(values)) {
		var list []float64
		var texts []string
		sum := 0.0
		for _, seed := range slices.Sorted(maps.Keys(values[run])) {
			v := values[run][seed]
			list, texts, sum = append(list, v), append(texts, fmt.Sprintf("%.4f", v)), sum+v
		}
		fmt.Printf("| %s | %.4f | %s | %.4f | %+.4f to %+.4f |\n", run, base[run], strings.Join(texts, ", "), sum/float64(len(list)),
			slices.Min(list)-base[run], slices.Max(list)-base[run])
	}
	fmt.Println()
}
