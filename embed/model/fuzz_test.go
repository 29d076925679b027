package model

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"loradex/internal/fault"
)

func seed(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("%s: %v", pattern, err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// FuzzTokenizerJSON: what finish accepts is valid JSON without truncation and padding, and says the same when it is read again.
func FuzzTokenizerJSON(f *testing.F) {
	// Small seeds: a fuzzer makes nothing of a real vocabulary. The real ones are in TestBuiltTokenizers.
	f.Add([]byte(`{"model":{"vocab":{"<s>":0,"</s>":1,"<encoder-only>":2}},"post_processor":{"type":"RobertaProcessing","sep":["</s>",1],"cls":["<s>",0]},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}}`))
	f.Add([]byte(`{"truncation":{"max_length":8},"added_tokens":[{"id":3,"content":"x"}],"normalizer":{"type":"BertNormalizer","lowercase":true,"strip_accents":null},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"a":{"id":"a","ids":[0],"tokens":["a"]}}},"model":{"vocab":{"a":0}}}`))
	f.Add([]byte(`{"model":{"vocab":[["a",0.5],["<encoder-only>",1]]},"post_processor":{"type":"Sequence","processors":[]}}`))
	f.Add([]byte(`{"model":{"vocab":{"a":0}},"normalizer":{"type":"Sequence","normalizers":[{"type":"Lowercase"}]},"padding":1,"a":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range []layout{{lowerCase: true}, {hasModules: true}} {
			o, err := parseObject(data)
			if err != nil {
				return
			}
			lower := false
			c := &tokenizerConfig{LowerCase: &lower, AddPrefixSpace: &lower}
			if o, err = c.overrule(o); err != nil {
				return
			}
			first := &loadedTokenizer{path: "fuzz"}
			if err := first.finish(o, l); err != nil {
				if fault.CodeOf(err) != fault.Corrupt {
					t.Fatal(err)
				}
				continue
			}
			var top map[string]any
			if err := json.Unmarshal(first.object.bytes(), &top); err != nil {
				t.Fatalf("%v: %s", err, first.object.bytes())
			}
			if top["truncation"] != nil || top["padding"] != nil {
				t.Fatalf("still there: %s", first.object.bytes())
			}
			again, err := parseObject(first.object.bytes())
			if err != nil {
				t.Fatal(err)
			}
			second := &loadedTokenizer{path: "fuzz"}
			if err := second.finish(again, layout{hasModules: true}); err != nil {
				t.Fatal(err)
			}
			if string(second.object.bytes()) != string(first.object.bytes()) || second.info.SpecialTokens != first.info.SpecialTokens || second.maxID != first.maxID {
				t.Fatalf("%+v then %+v", first, second)
			}
		}
	})
}

// FuzzConfig: a configuration that is accepted has sizes that can be multiplied.
func FuzzConfig(f *testing.F) {
	seed(f, "testdata/models/*/config.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		var raw map[string]json.RawMessage
		if json.Unmarshal(data, &raw) != nil {
			return
		}
		c, err := resolveConfig("fuzz", raw, false)
		if err != nil {
			if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Unsupported && code != fault.Corrupt {
				t.Fatal(err)
			}
			return
		}
		if c.HeadSize()*c.Heads != c.HiddenSize || c.PositionLimit() < 1 || len(c.Tensors()) != 5+16*c.Layers {
			t.Fatalf("%+v", c)
		}
		for _, spec := range c.Tensors() {
			n := 4
			for _, d := range spec.Shape {
				if d < 1 || n > (1<<62)/d {
					t.Fatalf("%s %v", spec.Name, spec.Shape)
				}
				n *= d
			}
		}
	})
}

// FuzzTokenizerConfig: the three files of a tokenizer's settings, in any state.
func FuzzTokenizerConfig(f *testing.F) {
	f.Add([]byte(`{"added_tokens_decoder":{"4":{"content":"[MASK]","lstrip":true}},"strip_accents":null}`), []byte(`{}`), []byte(`{}`))
	f.Add([]byte(`{"model_max_length":1e30}`), []byte(`{"mask_token":{"content":"<m>"},"additional_special_tokens":["<x>"]}`), []byte(`{"<x>":7}`))
	f.Fuzz(func(t *testing.T, config, special, added []byte) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{
			"tokenizer_config.json": config, "special_tokens_map.json": special, "added_tokens.json": added,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := readTokenizerConfig(dir)
		if err != nil {
			if fault.CodeOf(err) == fault.Internal {
				t.Fatal(err)
			}
			return
		}
		vocab := map[string]int{"[MASK]": 0, "a": 1}
		seen := map[int]bool{}
		for _, token := range c.addedTokens(vocab, map[string]string{"mask_token": c.token("mask_token", "[MASK]")}) {
			if seen[token.ID] || token.Content == "" {
				t.Fatalf("%+v", token)
			}
			seen[token.ID] = true
		}
		if n := c.modelMax(); n < 0 {
			t.Fatal(n)
		}
	})
}
