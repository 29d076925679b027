package perturb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"loradex/evaluation/perturb"
)

func query(k perturb.Kind, text string, o perturb.Options) (string, error) {
	r, err := perturb.Apply(context.Background(), k, "", text, o)
	return r.Text, err
}

func TestLower(t *testing.T) {
	for text, want := range map[string]string{
		"Return a new instance of ```HostsLine```.": "return a new instance of hostsline",
		"C#: How-to?": "c how to", "…": "…", "": "", "Größe Ändern": "größe ändern",
	} {
		if got, err := query(perturb.Lower, text, perturb.Options{}); got != want || err != nil {
			t.Errorf("%q: %q, want %q (%v)", text, got, want, err)
		}
	}
}

func TestTypos(t *testing.T) {
	const text = "Read the configuration file of a Server, and return its default values as a map"
	all := map[string]bool{}
	wrong, words := 0, 0
	for seed := range uint64(200) {
		got, err := query(perturb.Typos, text, perturb.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		again, _ := query(perturb.Typos, text, perturb.Options{Seed: seed})
		if got != again {
			t.Errorf("seed %d gives two texts", seed)
		}
		all[got] = true
		before, after := strings.Fields(text), strings.Fields(got)
		if len(before) != len(after) {
			t.Fatalf("words came or went: %q", got)
		}
		for i, w := range before {
			if len(strings.Trim(w, ",")) < 4 {
				if after[i] != w {
					t.Errorf("a short word changed: %q to %q", w, after[i])
				}
				continue
			}
			words++
			if after[i] == w {
				continue
			}
			wrong++
			if after[i][0] != w[0] || max(len(after[i])-len(w), len(w)-len(after[i])) > 1 {
				t.Errorf("%q became %q", w, after[i])
			}
		}
	}
	if share := float64(wrong) / float64(words); share < 0.25 || share > 0.35 {
		t.Errorf("%.3f of the words are misspelled, want 0.3", share)
	}
	if len(all) < 150 {
		t.Errorf("200 seeds give %d texts", len(all))
	}
	// Every one of them, with a rate of 1.
	got, err := query(perturb.Typos, text, perturb.Options{TypoRate: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range strings.Fields(text) {
		if changed := strings.Fields(got)[i] != w; changed != (len(strings.Trim(w, ",")) >= 4) {
			t.Errorf("%q became %q", w, strings.Fields(got)[i])
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, text := range []string{"", "a", "aaaa", "Ünïcode wörds", "\xff\xfeabcd", "日本語テキスト", "x̂ŷzz"} {
		f.Add(text, uint64(1))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		for _, k := range []perturb.Kind{perturb.Typos, perturb.Lower} {
			got, err := query(k, text, perturb.Options{Seed: seed, TypoRate: 1})
			if err != nil {
				t.Fatal(err)
			}
			if utf8.ValidString(text) && !utf8.ValidString(got) {
				t.Fatalf("%s of %q is %q", k, text, got)
			}
			if strings.TrimSpace(text) != "" && strings.TrimSpace(got) == "" {
				t.Fatalf("%s leaves nothing of %q", k, text)
			}
		}
	})
}

func ExampleApply() {
	out, err := perturb.Apply(context.Background(), perturb.Typos, "", "read a configuration file", perturb.Options{Seed: 4, TypoRate: 1})
	fmt.Println(out.Text, err)
	// Output:
	// raed a conviguration fille <nil>
}
