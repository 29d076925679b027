package adapters_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/internal/fault"
)

func TestParseMix(t *testing.T) {
	term := func(id string, w float32) adapters.Term { return adapters.Term{ID: id, Weight: w} }
	for text, want := range map[string]struct {
		canonical string
		terms     []adapters.Term
	}{
		"none":                    {"none", nil},
		" none ":                  {"none", nil},
		"go":                      {"go", []adapters.Term{term("go", 1)}},
		"go*1":                    {"go", []adapters.Term{term("go", 1)}},
		"go+security*0.3":         {"go+security*0.3", []adapters.Term{term("go", 1), term("security", 0.3)}},
		"go + security * 0.30":    {"go+security*0.3", []adapters.Term{term("go", 1), term("security", 0.3)}},
		"security*0.3+go":         {"go+security*0.3", []adapters.Term{term("go", 1), term("security", 0.3)}},
		"go - tests*0.5":          {"go - tests*0.5", []adapters.Term{term("go", 1), term("tests", -0.5)}},
		"zed - alpha":             {"zed - alpha", []adapters.Term{term("zed", 1), term("alpha", -1)}},
		"go - tests*-0.5":         {"go+tests*0.5", []adapters.Term{term("go", 1), term("tests", 0.5)}},
		"tests*-1":                {"tests*-1", []adapters.Term{term("tests", -1)}},
		"b*-2+a*-.5":              {"a*-0.5 - b*2", []adapters.Term{term("a", -0.5), term("b", -2)}},
		"go-tests":                {"go-tests", []adapters.Term{term("go-tests", 1)}},
		"go-+x":                   {"go-+x", []adapters.Term{term("go-", 1), term("x", 1)}},
		"go*1e-2+x*1E2":           {"go*0.01+x*100", []adapters.Term{term("go", 0.01), term("x", 100)}},
		"9.v_1-x":                 {"9.v_1-x", []adapters.Term{term("9.v_1-x", 1)}},
		"\tgo\t*\t2":              {"go*2", []adapters.Term{term("go", 2)}},
		strings.Repeat("a", 64):   {strings.Repeat("a", 64), []adapters.Term{term(strings.Repeat("a", 64), 1)}},
		"a+b+c+d+e+f+g+h+i+j*2.5": {"a+b+c+d+e+f+g+h+i+j*2.5", nil},
	} {
		m, err := adapters.ParseMix(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if m.String() != want.canonical {
			t.Errorf("%q prints as %q, want %q", text, m.String(), want.canonical)
		}
		if want.terms != nil && !reflect.DeepEqual(m.Terms(), want.terms) {
			t.Errorf("%q: terms %v", text, m.Terms())
		}
		if m.IsBase() != (want.canonical == "none") || m.Resolvable() != nil {
			t.Errorf("%q: IsBase %v, Resolvable %v", text, m.IsBase(), m.Resolvable())
		}
	}
}

func TestParseMixRoutes(t *testing.T) {
	for text, want := range map[string]string{
		"auto":                           "auto",
		"arrow(go,python;k=2)":           "arrow(go,python;k=2)",
		"arrow (python ,go ; k = 2 )":    "arrow(go,python;k=2)",
		"gate(a)":                        "gate(a)",
		"blend(a,b;t=0.5,k=3)":           "blend(a,b;k=3,t=0.5)",
		"centroid(x-y,z;metric=l2_norm)": "centroid(x-y,z;metric=l2_norm)",
	} {
		m, err := adapters.ParseMix(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if m.String() != want || m.IsBase() {
			t.Errorf("%q prints as %q", text, m.String())
		}
		if m.Route().Name != "arrow" {
			wantError(t, m.Resolvable(), fault.Unsupported, m.Route().Name)
		} else if err := m.Resolvable(); err != nil || !slices.Equal(m.Names(), []string{"go", "python"}) {
			t.Errorf("%q: %v, %v", text, m.Names(), err)
		}
	}
}

func TestParseMixRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "Go", "none+go", "go+none", "go+auto", "base", "+go", "- go", "go+", "go -", "go -tests", "go- tests", "go py",
		"go*", "go*x", "go*0", "go*-0", "go*1e-60", "go*1e9", "go*inf", "go*nan", "go*0x10", "go*1_0", "go*1e", "go*1.2.3", "go*--1", "go**2",
		"go+go", "go - go", "go/../x", "../x", ".go", "-go", "go\x00", "gö", strings.Repeat("a", 65),
		"a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q", strings.Repeat("a+", 5000),
		"arrow()", "arrow(", "arrow(go", "arrow(go,)", "arrow(go;)", "arrow(go;k)", "arrow(go;k=1,k=2)", "arrow(go)x", "arrow(go)+x", "arrow(go,go)",
		"arrow(go;k=)", "arrow(go;=2)", "arrow(go;k=a b)", "other(go)", "auto(go)", "arrow", "arrow(none)", "none(go)",
	} {
		m, err := adapters.ParseMix(text)
		if fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%.40q gives %q, %v", text, m, err)
		}
	}
}

func TestMixJSON(t *testing.T) {
	for text, want := range map[string]string{
		`"go+security*0.3"`:                     "go+security*0.3",
		`"none"`:                                "none",
		`null`:                                  "none",
		`{"adapters":[]}`:                       "none",
		`{"adapters":[{"id":"go","weight":1}]}`: "go",
		`{"adapters":[{"id":"go"}]}`:            "go",
		`{"adapters":[{"id":"t","weight":-2},{"id":"g"}]}`:      "g - t*2",
		`{"route":"arrow","of":["python","go"],"top_k":2}`:      "arrow(go,python;k=2)",
		`{"route":"gate","of":["a"],"k":1,"soft":true,"t":"x"}`: "gate(a;k=1,soft=true,t=x)",
		`{"route":"auto"}`: "auto",
	} {
		var m adapters.Mix
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		out, err := json.Marshal(m)
		if err != nil || m.String() != want || string(out) != `"`+want+`"` {
			t.Errorf("%s: %q, %s, %v", text, m, out, err)
		}
		var again adapters.Mix
		if err := json.Unmarshal(out, &again); err != nil || m != again {
			t.Errorf("%s: %+v then %+v, %v", text, m, again, err)
		}
	}
	for _, text := range []string{
		`""`, `1`, `true`, `[]`, `{}`, `{"adapters":null}`, `{"adapters":{}}`, `{"adapters":[{"id":"go","wieght":1}]}`, `{"adapters":[],"x":1}`,
		`{"adapters":[{"weight":1}]}`, `{"adapters":[{"id":"go","weight":0}]}`, `{"adapters":[{"id":"go","weight":1e40}]}`, `{"adapters":[{"id":"go"},{"id":"go"}]}`,
		`{"route":"x","of":["a"]}`, `{"route":"arrow"}`, `{"route":"arrow","of":["a"],"k":1,"top_k":2}`, `{"route":"arrow","of":["a"],"k":[1]}`,
		`{"route":"arrow","of":["a"],"k":null}`, `{"route":1}`, `{"route":"auto","of":["a"]}`, `{"route":"arrow","of":"a"}`,
		`{"adapters":[{"id":"` + strings.Repeat("a", 40000) + `"}]}`,
	} {
		var m adapters.Mix
		if err := json.Unmarshal([]byte(text), &m); err == nil {
			t.Errorf("%.60s gives %q", text, m)
		}
	}
}

// A mix that is built by hand does not depend on the order of its parts, nor changes it; what makes no mix cannot be built.
func TestSum(t *testing.T) {
	terms := []adapters.Term{{ID: "b", Weight: -1}, {ID: "c", Weight: 2}, {ID: "a", Weight: 1}}
	m, err := adapters.Sum(terms...)
	if err != nil || m.String() != "a+c*2 - b" || terms[0].ID != "b" {
		t.Errorf("%q, %v, %v", m, terms, err)
	}
	if base, err := adapters.Sum(); err != nil || !base.IsBase() {
		t.Errorf("%q, %v", base, err)
	}
	for _, bad := range []adapters.Term{{ID: "../x", Weight: 1}, {ID: "UPPER", Weight: 1}, {ID: "none", Weight: 1}, {ID: "a"}} {
		m, err := adapters.Sum(bad)
		if wantError(t, err, fault.Invalid); !m.IsBase() {
			t.Errorf("%+v gives %q", bad, m)
		}
	}
}

func BenchmarkMixTerms(b *testing.B) {
	m, err := adapters.ParseMix("go+security*0.3 - tests*0.5")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_ = m.Terms()
	}
}

func TestValidName(t *testing.T) {
	for _, name := range []string{"go", "9", "a.b_c-d", strings.Repeat("x", 64), "gone", "autos"} {
		if err := adapters.ValidName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{
		"", ".", "..", "../go", "a/b", `a\b`, "-a", "_a", ".a", "A", "é", "a b", "a\n", "none", "auto", "base", "arrow", "centroid", "gate", "select", "blend",
		strings.Repeat("x", 65),
	} {
		wantError(t, adapters.ValidName(name), fault.Invalid)
	}
}

func FuzzParseMix(f *testing.F) {
	for _, s := range []string{"none", "go+security*0.3", "go - tests*0.5", "arrow(go,python;k=2)", "auto", "a*1e-3 - b*.5", "a*-1", "x(y;z=1", "a*3.4028235e2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := adapters.ParseMix(text)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("%q: code %s", text, fault.CodeOf(err))
			}
			return
		}
		again, err := adapters.ParseMix(m.String())
		if err != nil || m != again || again.String() != m.String() {
			t.Fatalf("%q: %+v prints as %q, which gives %+v, %v", text, m, m, again, err)
		}
		data, err := json.Marshal(m)
		var fromJSON adapters.Mix
		if err != nil || json.Unmarshal(data, &fromJSON) != nil || m != fromJSON {
			t.Fatalf("%q: JSON %s gives %+v, %v", text, data, fromJSON, err)
		}
	})
}

func FuzzMixJSON(f *testing.F) {
	for _, s := range []string{`"go"`, `{"adapters":[{"id":"go","weight":1}]}`, `{"route":"arrow","of":["go"],"top_k":2}`, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m adapters.Mix
		if json.Unmarshal(data, &m) != nil {
			return
		}
		again, err := adapters.ParseMix(m.String())
		if err != nil || m != again {
			t.Fatalf("%s: %+v prints as %q, which gives %+v, %v", data, m, m, again, err)
		}
	})
}
