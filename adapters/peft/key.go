package peft

import "strings"

// part says what a tensor of the file is.
type part int

const (
	partUnknown   part = iota
	partA              // X.lora_A.weight
	partB              // X.lora_B.weight
	partBias           // X.bias, or X.base_layer.bias where X has a LoRA
	partMagnitude      // X.lora_magnitude_vector, of DoRA
)

// What PEFT puts before and behind the path of a layer X in the names of tensors.
const (
	keyPrefix       = "base_model.model."
	suffixA         = ".lora_A.weight"
	suffixB         = ".lora_B.weight"
	suffixBaseBias  = ".base_layer.bias"
	suffixBias      = ".bias"
	suffixMagnitude = ".lora_magnitude_vector"
)

// wrappers are the first segments of a path that only say how the encoder was wrapped when PEFT saw it.
// "0" and "auto_model" are sentence-transformers', "_orig_mod" is torch.compile's, "module" is data-parallel's.
var wrappers = map[string]bool{
	"0": true, "auto_model": true, "bert": true, "roberta": true, "xlm_roberta": true, "model": true,
	"module": true, "_orig_mod": true,
}

// splitKey takes a tensor name apart: the module's path as PEFT saw it, and which part of the module it is.
func splitKey(name string) (key string, p part) {
	name = strings.TrimPrefix(name, keyPrefix)
	for _, s := range []struct {
		suffix string
		part   part
	}{
		{suffixA, partA},
		{suffixB, partB},
		{suffixBaseBias, partBias},
		{suffixBias, partBias},
		// PEFT writes the first form; the second is the parameter's name in a model that PEFT has loaded.
		{suffixMagnitude, partMagnitude},
		{suffixMagnitude + ".weight", partMagnitude},
	} {
		// "X.lora_B.bias" is not the bias of a layer, so what is left must not be a part of a LoRA itself.
		if key, ok := strings.CutSuffix(name, s.suffix); ok && key != "" && !strings.Contains(key, "lora_") {
			return key, s.part
		}
	}
	return name, partUnknown
}

// Normalise strips wrappers from a module's path: "0.auto_model.encoder.layer.3" and "bert.encoder.layer.3" are
// both "encoder.layer.3". It returns what it stripped, too: prefix + module is key again.
func Normalise(key string) (prefix, module string) {
	at := 0
	for {
		first, rest, more := strings.Cut(key[at:], ".")
		if !more || rest == "" || !wrappers[first] {
			return key[:at], key[at:]
		}
		at += len(first) + 1
	}
}
