package delta

import (
	"reflect"
	"slices"
	"testing"
)

// lowRank is the update that digests knew first.
func lowRank() Update {
	return Update{
		Site: "q", In: 2, Out: 3, Shift: []float32{1, 2, 3}, Whole: true, Lengths: []float32{1, 1, 1},
		Branches: []Branch{{Rank: 1, A: []float32{1, 0}, B: []float32{1, 0, 0}, Scale: 2}},
	}
}

// bottleneck has one of everything that came later.
func bottleneck() Update {
	return Update{
		Site: "p", In: 1, Out: 1, Inputs: []float32{2}, Outputs: []float32{3}, Shift: []float32{4},
		Branches: []Branch{
			{Rank: 1, Act: ReLU, A: []float32{1}, ABias: []float32{5}, B: []float32{1}, BBias: []float32{6}, Scale: 1},
			{Rank: 1, A: []float32{1}, B: []float32{1}, Scale: 1},
		},
	}
}

// What is nil is no tensor, whatever is there is one, and only what is new has a form.
func TestTensors(t *testing.T) {
	names := func(u Update) (out []string) {
		for _, tensor := range u.Tensors() {
			out = append(out, tensor.Name)
		}
		return out
	}
	if got := names(lowRank()); !slices.Equal(got, []string{"lora_A", "lora_B", "bias", "scale", "magnitude"}) {
		t.Errorf("%v", got)
	}
	if n := len(names(bottleneck())); n != 11 {
		t.Errorf("%d tensors: %v", n, names(bottleneck()))
	}
	if lowRank().Form() != "" || bottleneck().Form() == "" {
		t.Errorf("forms %q and %q", lowRank().Form(), bottleneck().Form())
	}
	seen := map[string]bool{}
	for name, change := range map[string]func(u *Update){
		"as it is": func(*Update) {}, "act": func(u *Update) { u.Branches[0].Act = Tanh }, "no a": func(u *Update) { u.Branches[0].ABias = nil },
		"no b": func(u *Update) { u.Branches[0].BBias = nil }, "one branch": func(u *Update) { u.Branches = u.Branches[:1] },
		"no inputs": func(u *Update) { u.Inputs = nil }, "no outputs": func(u *Update) { u.Outputs = nil }, "whole": func(u *Update) { u.Whole = true },
	} {
		u := bottleneck()
		change(&u)
		if seen[u.Form()] {
			t.Errorf("%s: another update has the form %q", name, u.Form())
		}
		seen[u.Form()] = true
	}
}

func TestMalformed(t *testing.T) {
	for _, u := range []Update{lowRank(), bottleneck(), {Out: 1, Outputs: []float32{2}}, {Out: 1, Shift: []float32{1}}} {
		if why := u.Malformed(); why != "" {
			t.Errorf("%+v: %s", u, why)
		}
	}
	for name, change := range map[string]func(u *Update){
		"short A": func(u *Update) { u.Branches[0].A = nil }, "long a": func(u *Update) { u.Branches[0].ABias = []float32{1, 2} },
		"rank 0": func(u *Update) { u.Branches[1].Rank = 0 }, "factors": func(u *Update) { u.Outputs = []float32{1, 2} },
		"shift": func(u *Update) { u.Shift = []float32{} }, "lengths alone": func(u *Update) { u.Branches, u.Lengths = nil, []float32{1} },
	} {
		u := bottleneck()
		change(&u)
		if u.Malformed() == "" {
			t.Errorf("%s: nothing is wrong with %+v", name, u)
		}
	}
}

func TestActs(t *testing.T) {
	site := Site{Path: "q", In: 1, Out: 1, Bias: []float32{7}}
	branch := func(b Branch) Update { return Update{In: 1, Out: 1, Branches: []Branch{b}} }
	for name, tt := range map[string]struct {
		u    Update
		want bool
	}{
		"nothing":                   {Update{}, false},
		"A of zero":                 {branch(Branch{Rank: 1, A: []float32{0}, B: []float32{1}, Scale: 1}), false},
		"A of zero, moved":          {branch(Branch{Rank: 1, A: []float32{0}, ABias: []float32{1}, Act: ReLU, B: []float32{1}, Scale: 1}), true},
		"B of zero":                 {branch(Branch{Rank: 1, Act: ReLU, A: []float32{1}, B: []float32{0}, Scale: 1}), false},
		"B of zero with a constant": {branch(Branch{Rank: 1, A: []float32{1}, B: []float32{0}, BBias: []float32{1}, Scale: 1}), true},
		"scale of zero":             {branch(Branch{Rank: 1, A: []float32{1}, B: []float32{1}}), false},
		"the base's bias":           {Update{Shift: []float32{7}, Whole: true}, false},
		"another bias":              {Update{Shift: []float32{0}, Whole: true}, true},
		"a shift":                   {Update{Shift: []float32{7}}, true},
		"a shift of zero":           {Update{Shift: []float32{0}}, false},
		"factors of one":            {Update{Inputs: []float32{1}, Outputs: []float32{1}, Rows: []float32{1 + 1e-6}}, false},
		"a factor":                  {Update{Outputs: []float32{0}}, true},
		"rows":                      {Update{Rows: []float32{1.1}}, true},
	} {
		if got := tt.u.Acts(site); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What a method has prepared takes the place of what it was made of, and of nothing else.
func TestWith(t *testing.T) {
	u := lowRank()
	if got := u.With(Update{}); !reflect.DeepEqual(got, u) {
		t.Errorf("%+v", got)
	}
	got := u.With(Update{Rows: []float32{2, 2, 2}})
	if got.Lengths != nil || got.Rows[0] != 2 || got.Branches[0].Rank != 1 || got.Site != "q" || !got.Whole {
		t.Errorf("%+v", got)
	}
	got = u.With(Update{Branches: bottleneck().Branches, Inputs: []float32{1, 1}, Shift: []float32{0, 0, 0}})
	if len(got.Branches) != 2 || got.Inputs == nil || got.Whole || u.Branches[0].Act != "" {
		t.Errorf("%+v", got)
	}
}
