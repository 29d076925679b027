package peft

// This file writes adapter_config.json.

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// encodeConfig makes the text of adapter_config.json. Fields that PEFT has and that stand at its defaults are left out,
// but for those that other readers look for.
func encodeConfig(sites []Site, o WriteOptions) ([]byte, error) {
	c := map[string]any{
		"peft_type": "LORA", "task_type": cmp.Or(o.TaskType, "FEATURE_EXTRACTION"), "base_model_name_or_path": o.BaseModel,
		"inference_mode": true, "fan_in_fan_out": false, "init_lora_weights": true, "modules_to_save": nil,
		"lora_dropout": o.Dropout, "use_rslora": o.RSLoRA, "use_dora": false, "bias": biasOf(sites),
		"target_modules": targetsOf(sites, o.Layers),
	}
	ranks, alphas := map[string]int{}, map[string]float64{}
	rankCount, alphaCount := map[int]int{}, map[float64]int{}
	for _, s := range sites {
		if s.Rank == 0 {
			continue
		}
		c["use_dora"] = s.Magnitude != nil // of all or of none
		ranks[s.Key], alphas[s.Key] = s.Rank, alphaOf(s, o.RSLoRA)
		rankCount[s.Rank]++
		alphaCount[alphas[s.Key]]++
	}
	r, alpha := commonest(rankCount), commonest(alphaCount)
	c["r"], c["rank_pattern"] = r, others(ranks, r)
	c["lora_alpha"], c["alpha_pattern"] = alpha, others(alphas, alpha)
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s", ConfigFile)
	}
	return append(text, '\n'), nil
}

// biasOf is PEFT's field for the biases that the sites have.
func biasOf(sites []Site) Bias {
	bias := BiasNone
	for _, s := range sites {
		if s.Bias != nil && s.Rank == 0 {
			return BiasAll
		}
		if s.Bias != nil {
			bias = BiasLoraOnly
		}
	}
	return bias
}

// alphaOf is the α that gives a site's scale: the one with the fewest digits of those that give it exactly, as float32.
func alphaOf(s Site, rs bool) float64 {
	by := float64(s.Rank)
	if rs {
		by = math.Sqrt(by)
	}
	alpha := s.Scale * by
	for digits := 1; digits < 17; digits++ {
		short, err := strconv.ParseFloat(strconv.FormatFloat(alpha, 'g', digits, 64), 64)
		if err == nil && float32(short/by) == float32(s.Scale) {
			return short
		}
	}
	return alpha
}

// commonest is the key with the highest count, the least of several.
func commonest[K cmp.Ordered](count map[K]int) K {
	var best K
	n := 0
	for _, k := range slices.Sorted(maps.Keys(count)) {
		if count[k] > n {
			best, n = k, count[k]
		}
	}
	return best
}

// others is what a pattern field says: the values that are not the common one, by a pattern that only the path matches.
func others[V comparable](values map[string]V, common V) map[string]V {
	out := map[string]V{}
	for key, v := range values {
		if v != common {
			out[regexp.QuoteMeta(key)] = v
		}
	}
	return out
}

// targetsOf lists what target_modules must match: for each site the shortest end of its path that no other layer of
// the base has, or the whole path where the layers are unknown.
func targetsOf(sites []Site, layers []string) []string {
	adapted := map[string]bool{}
	for _, s := range sites {
		if s.Rank > 0 {
			adapted[s.Key] = true
		}
	}
	targets := map[string]bool{}
	for path := range adapted {
		targets[shortest(path, adapted, layers)] = true
	}
	return slices.Sorted(maps.Keys(targets))
}

func shortest(path string, adapted map[string]bool, layers []string) string {
	for at := strings.LastIndexByte(path, '.'); at > 0 && layers != nil; at = strings.LastIndexByte(path[:at], '.') {
		end := path[at+1:]
		only := matcher{names: map[string]bool{end: true}}
		if !slices.ContainsFunc(layers, func(l string) bool { return !adapted[l] && only.match(l) }) {
			return end
		}
	}
	return path
}

// verify reads the configuration back: whoever writes a path that a pattern reads otherwise must not learn it later.
func verify(text []byte, sites []Site) error {
	c, err := ParseConfig(ConfigFile, text)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "what was to be written cannot be read")
	}
	for _, s := range sites {
		if s.Rank > 0 && (!c.Targets(s.Key) || c.Rank(s.Key) != s.Rank || float32(c.Scale(s.Key)) != float32(s.Scale)) {
			return fault.New(fault.Invalid, "layer %s: rank %d and scale %v cannot be said in %s", s.Key, s.Rank, s.Scale, ConfigFile)
		}
	}
	return nil
}
