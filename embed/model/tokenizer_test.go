package model_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// tokenizerModel makes a model folder of a tokenizer case by putting it beside the weights of a model that has the
// same vocabulary, or one that is larger.
func tokenizerModel(t testing.TB, caseName string) string {
	t.Helper()
	dir := t.TempDir()
	weights := "bert-bin"
	if strings.HasPrefix(caseName, "roberta") {
		weights = "roberta"
	} else if caseName == "unixcoder" {
		weights = "unixcoder"
	}
	copyFiles(t, filepath.Join("testdata", "models", weights), dir, "vocab.txt", "vocab.json", "merges.txt", "golden.json")
	copyFiles(t, filepath.Join("testdata", "tokenizers", caseName), dir, "want.json")
	return dir
}

// copyFiles copies the files of a folder, and of its folders, but for those left out.
func copyFiles(t testing.TB, from, to string, without ...string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for _, name := range without {
		if err := os.RemoveAll(filepath.Join(to, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func decode(t testing.TB, data []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %.200s", err, data)
	}
	return v
}

// TestBuiltTokenizers compares with what transformers builds from the same files, member by member.
func TestBuiltTokenizers(t *testing.T) {
	cases, err := os.ReadDir("testdata/tokenizers")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, entry := range cases {
		if !entry.IsDir() {
			continue
		}
		n++
		t.Run(entry.Name(), func(t *testing.T) {
			dir := tokenizerModel(t, entry.Name())
			growVocabulary(t, dir)
			m := open(t, dir)
			data, err := os.ReadFile(filepath.Join("testdata", "tokenizers", entry.Name(), "want.json"))
			if err != nil {
				t.Fatal(err)
			}
			got, want := decode(t, m.TokenizerJSON), decode(t, data)
			if entry.Name() == "unixcoder" {
				// transformers does not know the prefix; the ids of golden.json say what it has to be.
				checkEncoderOnly(t, got)
				delete(got, "post_processor")
				delete(want, "post_processor")
			}
			for key := range want {
				if !reflect.DeepEqual(got[key], want[key]) {
					t.Errorf("%s:\n got %.1500s\nwant %.1500s", key, toJSON(t, got[key]), toJSON(t, want[key]))
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d members, want %d", len(got), len(want))
			}
		})
	}
	if n < 8 {
		t.Errorf("only %d cases", n)
	}
}

func toJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// checkEncoderOnly runs the template over the sequence [-1] and compares with golden ids.
func checkEncoderOnly(t *testing.T, tok map[string]any) {
	t.Helper()
	var g struct {
		IDs map[string][][]int `json:"ids"`
	}
	readTestJSON(t, "testdata/tokenizers/golden.json", &g)
	post := tok["post_processor"].(map[string]any)
	special := post["special_tokens"].(map[string]any)
	var ids []int
	for _, p := range post["single"].([]any) {
		if s, ok := p.(map[string]any)["SpecialToken"].(map[string]any); ok {
			for _, id := range special[s["id"].(string)].(map[string]any)["ids"].([]any) {
				ids = append(ids, int(id.(float64)))
			}
		} else {
			ids = append(ids, -1)
		}
	}
	want := g.IDs["unixcoder"][4] // the empty text: nothing but special tokens
	want = append(append(append([]int{}, want[:3]...), -1), want[3:]...)
	if !reflect.DeepEqual(ids, want) {
		t.Errorf("template gives %v, want %v", ids, want)
	}
}

// growVocabulary adds rows to the word embeddings for the tokens that a case adds.
func growVocabulary(t testing.TB, dir string) {
	t.Helper()
	m, err := openTorchTensors(dir)
	if err != nil {
		t.Fatal(err)
	}
	const rows = 512
	for i := range m {
		if strings.HasSuffix(m[i].Name, "word_embeddings.weight") {
			width := m[i].Shape[1]
			m[i].Shape = []int{rows, width}
			m[i].Data = append(m[i].Data[:len(m[i].Data):len(m[i].Data)], make([]byte, rows*width*m[i].DType.Size()-len(m[i].Data))...)
		}
	}
	writeSafetensors(t, dir, m)
	edit(t, filepath.Join(dir, "config.json"), func(c map[string]any) { c["vocab_size"] = rows })
}

// edit changes a JSON object in a file.
func edit(t testing.TB, path string, change func(map[string]any)) {
	t.Helper()
	v := map[string]any{}
	if data, err := os.ReadFile(path); err == nil {
		v = decode(t, data)
	}
	change(v)
	if err := os.WriteFile(path, []byte(toJSON(t, v)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTokenizerJSON(t *testing.T) {
	dir := t.TempDir()
	copyFiles(t, "testdata/models/bert-fp16", dir, "vocab.txt")
	src := decode(t, openTest(t, "bert-fp16").TokenizerJSON)
	src["truncation"] = map[string]any{"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
	src["padding"] = map[string]any{"strategy": map[string]any{"Fixed": 128}}
	write := func(tok map[string]any) {
		if err := os.WriteFile(filepath.Join(dir, "tokenizer.json"), []byte(toJSON(t, tok)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(src)

	t.Run("truncation and padding cleared", func(t *testing.T) {
		m := open(t, dir)
		tok := decode(t, m.TokenizerJSON)
		if tok["truncation"] != nil || tok["padding"] != nil {
			t.Errorf("truncation %v, padding %v", tok["truncation"], tok["padding"])
		}
		if same, err := m.TokenizerFor(0); err != nil || string(same) != string(m.TokenizerJSON) {
			t.Errorf("without a limit: %v", err)
		}
		data, err := m.TokenizerFor(20)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"direction": "Right", "max_length": 20.0, "strategy": "LongestFirst", "stride": 0.0}
		if got := decode(t, data)["truncation"]; !reflect.DeepEqual(got, want) {
			t.Errorf("truncation %v", got)
		}
		for _, n := range []int{-1, 1, 2, 41} {
			if _, err := m.TokenizerFor(n); err == nil {
				t.Errorf("%d tokens are accepted", n)
			}
		}
	})
	t.Run("left side", func(t *testing.T) {
		edit(t, filepath.Join(dir, "tokenizer_config.json"), func(c map[string]any) { c["truncation_side"] = "left" })
		data, err := open(t, dir).TokenizerFor(20)
		if err != nil {
			t.Fatal(err)
		}
		if got := decode(t, data)["truncation"].(map[string]any)["direction"]; got != "Left" {
			t.Errorf("direction %v", got)
		}
	})
	t.Run("tokenizer_config overrules", func(t *testing.T) {
		edit(t, filepath.Join(dir, "tokenizer_config.json"), func(c map[string]any) { c["do_lower_case"], c["strip_accents"] = false, true })
		got := decode(t, open(t, dir).TokenizerJSON)["normalizer"].(map[string]any)
		if want := map[string]any{"lowercase": false, "strip_accents": true, "handle_chinese_chars": true}; !contains(got, want) {
			t.Errorf("normalizer %v", got)
		}
	})
	t.Run("sentence-transformers lower-cases", func(t *testing.T) {
		edit(t, filepath.Join(dir, "sentence_bert_config.json"), func(c map[string]any) { c["do_lower_case"], c["max_seq_length"] = true, 1000 })
		m := open(t, dir)
		list := decode(t, m.TokenizerJSON)["normalizer"].(map[string]any)["normalizers"].([]any)
		if list[0].(map[string]any)["type"] != "Lowercase" || list[1].(map[string]any)["type"] != "BertNormalizer" {
			t.Errorf("normalizers %v", list)
		}
		if m.MaxTokens != 40 {
			t.Errorf("%d tokens, the positions serve 40", m.MaxTokens)
		}
	})
	t.Run("id beyond the embeddings", func(t *testing.T) {
		src["added_tokens"] = append(src["added_tokens"].([]any), map[string]any{"id": 9999, "content": "<far>"})
		write(src)
		wantError(t, dir, "corrupt", `"<far>"`, "9999")
	})
}

// contains tells whether got has all members of want.
func contains(got, want map[string]any) bool {
	for k, v := range want {
		if got[k] != v {
			return false
		}
	}
	return true
}
