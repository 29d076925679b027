package peft

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"loradex/adapters/folder"
	"loradex/internal/fault"
)

// configWith is a plain configuration with some fields set; values are JSON, and an empty one takes the field out.
func configWith(t *testing.T, change map[string]string) []byte {
	t.Helper()
	raw := map[string]json.RawMessage{
		"peft_type": []byte(`"LORA"`), "r": []byte("4"), "lora_alpha": []byte("8"), "target_modules": []byte(`["query"]`),
		"bias": []byte(`"none"`), "megatron_core": []byte(`"megatron.core"`), "qalora_group_size": []byte("16"),
		"loftq_config": []byte("{}"), "layer_replication": []byte("null"), "use_dora": []byte("false"), "lora_dropout": []byte("0.1"),
	}
	for k, v := range change {
		if raw[k] = json.RawMessage(v); v == "" {
			delete(raw, k)
		}
	}
	text, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestParseConfigRefuses(t *testing.T) {
	for _, tt := range []struct {
		field, value string
		code         fault.Code
	}{
		{"use_dora", "1", fault.Corrupt},
		{"init_lora_weights", `"pissa"`, fault.Unsupported},
		{"init_lora_weights", `"pissa_niter_16"`, fault.Unsupported},
		{"init_lora_weights", `"olora"`, fault.Unsupported},
		{"init_lora_weights", `"corda"`, fault.Unsupported},
		{"init_lora_weights", `"loftq"`, fault.Unsupported},
		{"init_lora_weights", `"lora_ga"`, fault.Unsupported},
		{"init_lora_weights", `"mica"`, fault.Unsupported},
		{"init_lora_weights", `"something new"`, fault.Unsupported},
		{"lora_bias", "true", fault.Unsupported},
		{"megatron_config", `{"a":1}`, fault.Unsupported},
		{"layer_replication", "[[0,2]]", fault.Unsupported},
		{"trainable_token_indices", "[1]", fault.Unsupported},
		{"loftq_config", `{"loftq_bits":4}`, fault.Unsupported},
		{"target_parameters", `["x"]`, fault.Unsupported},
		{"use_qalora", "true", fault.Unsupported},
		{"alora_invocation_tokens", "[1]", fault.Unsupported},
		{"arrow_config", `{"top_k":3}`, fault.Unsupported},
		{"use_bdlora", `{"nblocks":2}`, fault.Unsupported},
		{"kasa_config", `{"x":1}`, fault.Unsupported},
		{"velora_config", `{"x":1}`, fault.Unsupported},
		{"monteclora_config", `{"x":1}`, fault.Unsupported},
		{"ensure_weight_tying", "true", fault.Unsupported},
		{"modules_to_save", `["pooler"]`, fault.Unsupported},
		{"modules_to_save", `["classifier","embeddings"]`, fault.Unsupported},
		{"brand_new_field", "1", fault.Unsupported},
		{"bias", `"some"`, fault.Unsupported},
		{"target_modules", `"a(?=b)"`, fault.Unsupported},
		{"target_modules", `"a{,3}"`, fault.Unsupported},
		{"rank_pattern", `{"a)(b":2}`, fault.Unsupported},
		{"peft_type", `"OFT"`, fault.Unsupported},
		{"peft_type", "null", fault.Corrupt},
		{"r", "0", fault.Corrupt},
		{"r", "-1", fault.Corrupt},
		{"r", "2.5", fault.Corrupt},
		{"r", "1e9", fault.Corrupt},
		{"r", `"8"`, fault.Corrupt},
		{"lora_alpha", "1e300", fault.Corrupt},
		{"target_modules", "null", fault.Corrupt},
		{"target_modules", "[]", fault.Corrupt},
		{"target_modules", "3", fault.Corrupt},
		{"rank_pattern", `{"query":0}`, fault.Corrupt},
		{"rank_pattern", `["query"]`, fault.Corrupt},
		{"alpha_pattern", `{"query":"x"}`, fault.Corrupt},
		{"layers_to_transform", `"1"`, fault.Corrupt},
		{"layers_pattern", `"layer"`, fault.Corrupt},
	} {
		_, err := parseConfig("dir/adapter_config.json", configWith(t, map[string]string{tt.field: tt.value}))
		if fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.field) || !strings.Contains(err.Error(), "dir/") {
			t.Errorf("%s = %s: %v (%s)", tt.field, tt.value, err, fault.CodeOf(err))
		}
	}
	// PEFT itself refuses layers beside a pattern.
	_, err := parseConfig("x", configWith(t, map[string]string{"target_modules": `".*query"`, "layers_to_transform": "[1]"}))
	if fault.CodeOf(err) != fault.Corrupt {
		t.Errorf("layers with a pattern: %v", err)
	}
	for _, text := range []string{"", "[]", "{", `{"peft_type":"LORA","r":NaN}`, strings.Repeat(" ", folder.MaxConfig+1)} {
		if _, err := parseConfig("x", []byte(text)); fault.CodeOf(err) != fault.Corrupt {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestParseConfigAccepts(t *testing.T) {
	for field, values := range map[string][]string{
		"init_lora_weights": {"true", "false", `"gaussian"`, `"orthogonal"`, `"eva"`, "null"},
		"fan_in_fan_out":    {"true"},
		"modules_to_save":   {`["classifier","score"]`, "null", "[]"},
		"eva_config":        {`{"rho":2.0}`},
		"brand_new_field":   {"null", "false", `""`, "[]", "{ }"},
		"auto_mapping":      {`{"base_model_class":"BertModel"}`},
		"bias":              {`"all"`, `"lora_only"`},
		"r":                 {"16", "16.0"},
	} {
		for _, v := range values {
			if _, err := parseConfig("x", configWith(t, map[string]string{field: v})); err != nil {
				t.Errorf("%s = %s: %v", field, v, err)
			}
		}
	}
}

// The expected values are PEFT's own: get_pattern_key and check_target_module_exists.
func TestRankAndScale(t *testing.T) {
	c, err := parseConfig("x", []byte(`{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":["query"],
		"rank_pattern":{"query":2,"layer.1.attention.self.query":6,"^encoder.layer.0.value":16},
		"alpha_pattern":{"layer\\.1\\..*":3,"query":5}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key   string
		rank  int
		scale float64
	}{
		{"encoder.layer.1.attention.self.query", 2, 1.5}, // the first pattern in the file wins, not the longest
		{"encoder.layer.0.attention.self.query", 2, 2.5},
		{"encoder.layer.1.attention.self.key", 4, 0.75},
		{"encoder.layer.0.attention.self.key", 4, 2},
		{"encoder.layer.0.xquery", 4, 2}, // a pattern starts after a dot
		{"encoder.layer.0.value", 16, 0.5},
		{"bert.encoder.layer.0.value", 4, 2}, // ^ is the start of the path
	} {
		if r, s := c.rank(tt.key), c.scale(tt.key); r != tt.rank || math.Abs(s-tt.scale) > 1e-12 {
			t.Errorf("%s: rank %d scale %v, want %d %v", tt.key, r, s, tt.rank, tt.scale)
		}
	}
}

func TestTargets(t *testing.T) {
	const q0, q1, k1, head = "encoder.layer.0.attention.self.query", "encoder.layer.1.attention.self.query", "encoder.layer.1.attention.self.key", "classifier.query"
	for name, tt := range map[string]struct {
		config map[string]string
		yes    []string
		no     []string
	}{
		"list":             {map[string]string{"target_modules": `["query"]`}, []string{q0, q1, "query"}, []string{k1, "xquery"}},
		"several segments": {map[string]string{"target_modules": `["1.attention.self.query"]`}, []string{q1}, []string{q0}},
		"whole path":       {map[string]string{"target_modules": `["` + q0 + `"]`}, []string{q0, "bert." + q0}, []string{q1}},
		"pattern":          {map[string]string{"target_modules": `".*\\.1\\..*(query|key)"`}, []string{q1, k1}, []string{q0, q1 + "x"}},
		"alternatives":     {map[string]string{"target_modules": `"a|` + q0 + `"`}, []string{q0, "a"}, []string{"ab", "x" + q0}},
		"all-linear":       {map[string]string{"target_modules": `"All-Linear"`}, []string{q0, k1}, nil},
		"exclude list":     {map[string]string{"exclude_modules": `["1.attention.self.query"]`}, []string{q0}, []string{q1}},
		"exclude pattern":  {map[string]string{"exclude_modules": `"encoder.layer.1.*"`}, []string{q0}, []string{q1}},
		"layers":           {map[string]string{"layers_to_transform": "[1]"}, []string{q1}, []string{q0}},
		"one layer":        {map[string]string{"layers_to_transform": "0"}, []string{q0}, []string{q1}},
		"no layers":        {map[string]string{"layers_to_transform": "[]"}, []string{q0, q1}, nil},
		"layers pattern":   {map[string]string{"layers_to_transform": "[1]", "layers_pattern": `"layer"`}, []string{q1}, []string{q0}},
		"other pattern":    {map[string]string{"layers_to_transform": "[1]", "layers_pattern": `["h","blocks"]`}, []string{"h.1.query", "a.blocks.1.query"}, []string{q1}},
		"grouped pattern":  {map[string]string{"layers_to_transform": "[1]", "layers_pattern": `"(lay)(er)"`}, []string{q1}, []string{q0}},
		"first number":     {map[string]string{"layers_to_transform": "[1]"}, []string{"m.layers.1.experts.0.query"}, []string{"m.layers.0.experts.1.query"}},
		"heads":            {map[string]string{"modules_to_save": `["classifier"]`}, []string{q0, "myclassifier.query"}, []string{head, "a." + head}},
	} {
		c, err := parseConfig("x", configWith(t, tt.config))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, key := range tt.yes {
			if !c.targets(key) {
				t.Errorf("%s: %s is not targeted", name, key)
			}
		}
		for _, key := range tt.no {
			if c.targets(key) {
				t.Errorf("%s: %s is targeted", name, key)
			}
		}
	}
}

func TestNormalise(t *testing.T) {
	const path = "encoder.layer.3.attention.self.query"
	for _, prefix := range []string{"", "bert.", "roberta.", "0.auto_model.", "auto_model.", "model.", "0.model.", "_orig_mod.bert."} {
		if p, m := Normalise(prefix + path); p != prefix || m != path {
			t.Errorf("%s: %q, %q", prefix, p, m)
		}
	}
	for _, key := range []string{"", "bert", "0", "bert.", "x.bert.y"} { // never stripped to nothing
		if p, m := Normalise(key); p != "" || m != key {
			t.Errorf("%q: %q, %q", key, p, m)
		}
	}
}

// TestTypesRefusedByName knows every type of PEFT 0.21: those that are not read are refused, with the name in the message.
func TestTypesRefusedByName(t *testing.T) {
	refused := 0
	for name := range strings.FieldsSeq("PROMPT_TUNING MULTITASK_PROMPT_TUNING P_TUNING PREFIX_TUNING LORA ADALORA ADAMSS BOFT ADAPTION_PROMPT IA3 BEFT LILY LOHA " +
		"LOKR OFT POLY LN_TUNING VERA FROD PVERA FOURIERFT GLORA XLORA HRA VBLORA UNILORA CPT MISS RANDLORA ROAD TRAINABLE_TOKENS HIRA SHIRA C3A WAVEFT OSF " +
		"DELORA GRALORA CARTRIDGE TINYLORA PSOFT PEANUT SHADOW SUPERTUNING DEFT") {
		if _, read := formatNamed(name); read {
			continue
		}
		refused++
		_, err := parseConfig("x", configWith(t, map[string]string{"peft_type": strconv.Quote(name)}))
		if fault.CodeOf(err) != fault.Unsupported || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if want := 45 - len(formats()); refused != want {
		t.Errorf("%d types are refused, want %d", refused, want)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{"peft_type":"VERA","target_modules":["query"],"r":4,"save_projection":true,"bias":"none"}`))
	f.Add([]byte(`{"peft_type":"LN_TUNING","target_modules":".*LayerNorm"}`))
	f.Add([]byte(`{"peft_type":"LORA","target_modules":["query"],"rank_pattern":{"a|b":2},"layers_to_transform":[1],"layers_pattern":"layer"}`))
	f.Add([]byte(`{"peft_type":"lora","target_modules":".*(q|v)","alpha_pattern":{"^x":1.5},"bias":"all","modules_to_save":["score"]}`))
	f.Add([]byte(`{"peft_type":"LORA","target_modules":"all-linear","exclude_modules":["a"],"r":1e3}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseConfig("fuzz", text)
		if err != nil {
			if code := fault.CodeOf(err); code != fault.Corrupt && code != fault.Unsupported {
				t.Fatalf("code %s: %v", code, err)
			}
			return
		}
		for _, key := range []string{"encoder.layer.1.attention.self.query", "", "."} {
			c.targets(key)
			if s := c.scale(key); math.IsNaN(s) || math.IsInf(s, 0) || c.rank(key) < 1 {
				t.Fatalf("%q: rank %d, scale %v", key, c.rank(key), s)
			}
		}
	})
}
