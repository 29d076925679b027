package peft

import (
	"slices"
	"strings"
)

// keyPrefix is what PEFT puts before the path of a layer in the names of tensors.
const keyPrefix = "base_model.model."

// part is one kind of tensor that a layer may have in a file.
type part struct {
	name   string   // in messages
	suffix []string // behind the layer's path; what is written has the first
	dims   int
	many   string // two of them, in messages: "biases"
}

// wrappers are the first segments of a path that only say how the encoder was wrapped when PEFT saw it.
// "0" and "auto_model" are sentence-transformers', "_orig_mod" is torch.compile's, "module" is data-parallel's.
var wrappers = map[string]bool{
	"0": true, "auto_model": true, "bert": true, "roberta": true, "xlm_roberta": true, "distilbert": true, "model": true,
	"module": true, "_orig_mod": true,
}

// splitKey takes a tensor name apart: the layer's path as PEFT saw it, which of the parts it is, nil for none, and the name of the
// adapter, which keys have where the state of a model was saved and not an adapter: lora_A.default.weight.
func splitKey(name string, parts []part) (key string, p *part, adapter string) {
	if key, p = partOf(name, parts); p != nil {
		return key, p, ""
	}
	segments := strings.Split(name, ".")
	for i := len(segments) - 1; i > 0 && i >= len(segments)-2; i-- {
		// What follows the part's own name is the adapter's.
		if !strings.HasPrefix(segments[i-1], "lora_") && !strings.HasPrefix(segments[i-1], "ia3_") {
			continue
		}
		plain := strings.Join(slices.Delete(slices.Clone(segments), i, i+1), ".")
		if named, p := partOf(plain, parts); p != nil {
			return named, p, segments[i]
		}
	}
	return key, nil, ""
}

// partOf takes apart the name of a tensor that names no adapter.
func partOf(name string, parts []part) (key string, p *part) {
	name = strings.TrimPrefix(name, keyPrefix)
	for i := range parts {
		for _, suffix := range parts[i].suffix {
			// "X.lora_B.bias" is not the bias of a layer, so what is left must not be a part of a LoRA itself.
			if key, ok := strings.CutSuffix(name, suffix); ok && key != "" && !strings.Contains(key, "lora_") {
				return key, &parts[i]
			}
		}
	}
	return name, nil
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
