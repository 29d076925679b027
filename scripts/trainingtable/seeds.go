package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

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
