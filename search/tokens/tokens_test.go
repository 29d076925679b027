package tokens_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"loradex/search/tokens"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"separators alone", " \t\n(){}--__", ""},
		{"words", "open the file", "open the file"},
		{"camel", "parseJson", "parse json parsejson"},
		{"pascal", "ParseJSON", "parse json parsejson"},
		{"acronym first", "HTTPServer", "http server httpserver"},
		{"acronym inside", "newHTTPServerV2", "new http server v 2 newhttpserverv2"},
		{"acronym alone", "HTTP", "http"},
		{"plural acronym", "URLs", "url"},
		{"plural acronym inside", "userIDsByName", "user id by name useridbyname"},
		{"acronym then word with s", "HTTPset", "htt pset httpset"},
		{"snake", "parse_json", "parse json parsejson"},
		{"screaming snake", "MAX_TOKEN_BYTES", "max token byte maxtokenbyte"},
		{"dunder", "__init__", "init"},
		{"digits", "utf8 sha256sum", "utf 8 utf8 sha 256 sum sha256sum"},
		{"numbers", "0x1F 10px 3d 42 1e5 1_000", "0x1f 10px 3d 42 1e5 1 000 1000"},
		{"digit first word", "3DVector", "3 d vector 3dvector"},
		{"call", "os.ReadFile(path)", "os read file readfile path"},
		{"plurals", "queries classes indexes hashes matches caches files uses", "query class index hash match cache file use"},
		{"no plurals", "class status axis is as s", "class status axis is as s"},
		{"third person", "parsesHeaders", "parse header parseheader"},
		{"kebab", "data-set", "data set"},
		{"umlaut", "ÜberGröße", "über größe übergröße"},
		{"greek", "αΒγ", "α βγ αβγ"},
		{"cyrillic", "ПриветМир", "привет мир приветмир"},
		{"chinese", "打开文件 x", "打 打开 开 开文 文 文件 件 x"},
		{"combining mark", "cafe\u0301Bar", "café bar cafébar"},
		{"Hangul in Jamo", "\u1109\u1173\u11bc\u110b\u1175\u11ab", "승 승인 인"},
		{"Kana and Han", "月間上限は", "月 月間 間 間上 上 上限 限 限は は"},
		{"long vowel", "サーバー", "サ サー ー ーバ バ バー ー"},
		{"dense beside others", "HTTPサー_max値", "http サ サー ー max 値"},
		{"wide and narrow", "ＡＰＩ ｶﾞ", "api ガ"},
		{"Thai with marks", "ที่นี่", "ที่ ที่นี่ นี่"},
		{"ends in s", "timeout_ms timeoutMs", "timeout ms timeoutms timeout ms timeoutms"},
		{"invalid bytes", "a\xffb", "a b"},
		{"replacement rune", "a\ufffdb", "a b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(tokens.Split(c.text), " "); got != c.want {
				t.Errorf("Split(%q)\n got %q\nwant %q", c.text, got, c.want)
			}
		})
	}
}

func TestLongTokensAreCutAtRunes(t *testing.T) {
	long := strings.Repeat("ä", tokens.MaxBytes)
	got := tokens.Split(long)
	if len(got) != 1 || len(got[0]) != tokens.MaxBytes || !utf8.ValidString(got[0]) {
		t.Errorf("Split of %d bytes gave %q", len(long), got)
	}
	odd := tokens.Split("a" + long)
	if len(odd) != 1 || len(odd[0]) != tokens.MaxBytes-1 {
		t.Errorf("a rune was cut in two: %q", odd)
	}
}

func TestUnique(t *testing.T) {
	if got := strings.Join(tokens.Unique("b a B c a"), " "); got != "b a c" {
		t.Errorf("Unique = %q", got)
	}
}

// FuzzSplit holds for any text: tokens are valid, bounded, lower-cased, without separators, and splitting a token
// again changes nothing that would make query and document disagree.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"HTTPServer", "parse_json", "ÜberGröße", "a\xff_b", "0x1Fz", "İstanbul", "\u0301x", strings.Repeat("aB1_", 60)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if general := tokens.Split(text + " é"); len(general) == 0 || !slices.Equal(tokens.Split(text), general[:len(general)-1]) {
			t.Fatalf("%q is split into %q, and into %q by itself", text, general, tokens.Split(text))
		}
		for _, tok := range tokens.Split(text) {
			if tok == "" || len(tok) > tokens.MaxBytes || !utf8.ValidString(tok) {
				t.Fatalf("bad token %q of %q", tok, text)
			}
			for _, r := range tok {
				if r == ' ' || r == '_' || r == '"' || r == 0 || unicode.ToLower(r) != r {
					t.Fatalf("rune %q in token %q of %q", r, tok, text)
				}
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	text := strings.Repeat("func (s *HTTPServer) handleRequest(w http.ResponseWriter, max_size int) error {\n", 20)
	b.SetBytes(int64(len(text)))
	var buf []byte
	for b.Loop() {
		buf = tokens.Append(buf[:0], text)
	}
}

func ExampleSplit() {
	fmt.Println(tokens.Split("HTTPServer parse_json"))
	// Output: [http server httpserver parse json parsejson]
}
