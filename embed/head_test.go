//go:build cgo && ORT

package embed

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/embed/embedtest"
	"loradex/embed/model"
	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// TestHeadIsExact: the tokens of a text that was cut before it was tokenized are the first ones of the whole, for every
// tokenizer that is committed and texts of all that words are made of and end with.
func TestHeadIsExact(t *testing.T) {
	dirs, err := filepath.Glob("model/testdata/models/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal(err)
	}
	dirs = append(dirs, embedtest.BaseModel)
	pieces := strings.Split("a|the|Function|x9|getUserName|é|e\u0301|\u0301|ß|İ|中|国|ひ|カ|한|да|नमस्ते|\u0600|\u0d4e|👩‍👧|\u200d|\u00ad|\u0000|\u0001|\xff|"+
		" | |  |    |\n|\n\n|\t|\r\n|\u00a0|\u3000|\u2028|.|,|;|=|=\u0338|(|)|[|]|<|>|'s|'|_|-|#|[MASK]|[SEP]|<mask>|</s>|[|UNK|]|<s|>|"+
		"==>|0|12345|deadbeefdeadbeef|"+strings.Repeat("x", 120)+"|"+strings.Repeat("ab1", 40), "|")
	cut := 0
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m, err := model.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			whole, err := runtime.NewTokenizer(m.TokenizerJSON)
			if err != nil {
				t.Fatal(err)
			}
			defer whole.Close()
			random := rand.New(rand.NewPCG(14, 15))
			for range 300 {
				var b strings.Builder
				for range 1 + random.IntN(60) {
					b.WriteString(pieces[random.IntN(len(pieces))])
					if random.IntN(3) == 0 {
						b.WriteByte(' ')
					}
				}
				text := b.String()
				want, err := whole.BareIDs(nil, text)
				if err != nil {
					t.Fatal(err)
				}
				for range 4 {
					part := m.Head(text, 1+random.IntN(len(text)))
					if len(part) < len(text) {
						cut++
					}
					got, err := whole.BareIDs(nil, part)
					if err != nil {
						t.Fatal(err)
					}
					if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
						t.Fatalf("%q has the tokens %v\n%q has %v", part, got, text, want)
					}
				}
			}
		})
	}
	if cut < 4_000 {
		t.Errorf("only %d texts were cut", cut)
	}
}

// TestHugeTexts: vectors and tokens of texts of megabytes are those of the whole text, wherever its words stand.
func TestHugeTexts(t *testing.T) {
	dir := filepath.Join("model", "testdata", "models", "bert-bin")
	m, err := model.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	data, err := m.TokenizerFor(20)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := runtime.NewTokenizer(data)
	if err != nil {
		t.Fatal(err)
	}
	defer tok.Close()
	for name, text := range map[string]string{
		"words":        strings.Repeat("the cat, and ", 50_000),
		"spaces":       strings.Repeat(" ", 1<<19) + "x" + strings.Repeat("\t\n", 1<<18) + "[MASK]" + strings.Repeat(" ", 1<<18) + "y",
		"no spaces":    strings.Repeat("x", 1<<19),
		"behind space": strings.Repeat(" \n", 1<<18) + strings.Repeat("the end ", 30),
		"few tokens":   strings.Repeat(strings.Repeat("x", 10_000)+" ", 12) + strings.Repeat("a b c ", 1000),
	} {
		want, err := tok.IDs(nil, text)
		if err != nil {
			t.Fatal(err)
		}
		longest := 0
		got, err := head(m, text, 20, func(part string) ([]int32, error) {
			longest = len(part)
			return tok.IDs(nil, part)
		})
		if err != nil || !slices.Equal(got, want) || len(want) < 3 {
			t.Errorf("%s: %v, %v\nnot %v", name, got, err, want)
		}
		if (name == "words" || name == "spaces") && longest > 2*leastHead {
			t.Errorf("%s: %d bytes are tokenized for 20 tokens", name, longest)
		}
	}
}

// TestHeadOfPairs: the cross-encoder's pairs do not change where long texts are tokenized in part.
func TestHeadOfPairs(t *testing.T) {
	for first := range 30 {
		for second := range 60 {
			for limit := 5; limit < 25; limit++ {
				room := limit - 3
				a, b := longestFirst(first, second, room)
				seen := second
				if first < limit {
					seen = min(second, limit+second%3) // what head gives has at least limit tokens, if there are so many
				}
				if c, d := longestFirst(first, seen, room); a != c || b != d {
					t.Fatalf("%d and %d into %d: %d and %d, not %d and %d", first, second, room, c, d, a, b)
				}
			}
		}
	}
}

// TestText: tokens become the text that they are the tokens of.
func TestText(t *testing.T) {
	m, err := model.Open(embedtest.BaseModel)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	e := &Encoder{model: m, maxTokens: 64}
	if err := e.openTokenizer(); err != nil {
		t.Fatal(err)
	}
	defer e.tokenizer.Close()
	for _, text := range []string{"read a file", "func (s *Server) Serve(ctx) error { return nil }", "don't , stop", "[UNK] x", "", "naïve café 中国"} {
		want, err := e.read(Row{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		for _, ids := range [][]int32{want, want[1 : len(want)-1]} {
			back, err := e.Text(ids)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := e.read(Row{Text: back}); err != nil || !slices.Equal(got, want) {
				t.Errorf("%q became %q, with the tokens %v, not %v (%v)", text, back, got, want, err)
			}
		}
	}
	for _, ids := range [][]int32{{-1}, {101, int32(e.tokenizer.Size())}, {1 << 30}} {
		if _, err := e.Text(ids); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%v: %v", ids, err)
		}
	}
	if _, err := e.Text([]int32{100277}); fmt.Sprint(err) != "token 100277 is not one of the 30522 of the model all-MiniLM-L6-v2" {
		t.Errorf("a token of another vocabulary: %v", err)
	}
}
