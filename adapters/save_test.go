package adapters_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/adapters/delta"
	"loradex/adapters/peft"
	"loradex/internal/fault"
)

// What is saved and loaded is the same adapter, by digest and number by number, for every golden that PEFT made.
func TestSaveThenLoad(t *testing.T) {
	dirs, _ := filepath.Glob("testdata/golden/*")
	specs := map[string]string{}
	for _, d := range dirs {
		specs[filepath.Base(d)] = d
	}
	specs["dora"] = adapterstest.Write(t, t.TempDir(), adapterstest.Spec{Sites: goldenBase(), DoRA: true, RSLoRA: true, BaseModel: "org/base"})
	for name, dir := range specs {
		t.Run(name, func(t *testing.T) {
			a, err := adapters.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			out := filepath.Join(t.TempDir(), "deep", "out")
			if err := adapters.Save(out, a, adapters.SaveOptions{Sites: goldenBase(), Dropout: 0.1}); err != nil {
				t.Fatal(err)
			}
			b, err := adapters.Load(out)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if b.Digest != a.Digest || b.Method != a.Method || b.RSLoRA != a.RSLoRA || b.Name != "out" || b.Card.BaseModel != a.Card.BaseModel || b.Card.Side != a.Card.Side {
				t.Errorf("%+v, want %+v", b, a)
			}
			for path, want := range a.Updates {
				if got := b.Updates[path]; !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %+v, want %+v", path, got, want)
				}
			}
			if err := b.Check(goldenBase()); err != nil {
				t.Error(err)
			}
		})
	}
}

// made is an adapter that was never a file.
func made() *adapters.Adapter {
	b := delta.Branch{Rank: 1, A: make([]float32, 16), B: make([]float32, 16), Scale: 2}
	b.A[0], b.B[0] = 1, 1
	u := delta.Update{Site: "encoder.layer.0.attention.self.query", In: 16, Out: 16, Branches: []delta.Branch{b}}
	return &adapters.Adapter{
		Method:  "lora",
		Card:    adapters.Card{Side: adapters.SideBoth, BaseModel: "org/base", Languages: []string{"go"}, Pairs: 7, Metrics: map[string]float64{"mrr": 0.5}},
		Updates: map[string]delta.Update{u.Site: u},
	}
}

func TestSaveKeepsCard(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my-go")
	a := made()
	if err := adapters.Save(dir, a, adapters.SaveOptions{Sites: goldenBase()}); err != nil {
		t.Fatal(err)
	}
	b, err := adapters.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	want := a.Card
	want.Name = "my-go"
	if !reflect.DeepEqual(b.Card, want) {
		t.Errorf("%+v, want %+v", b.Card, want)
	}
	// The folder holds the three files and nothing else, and nothing is left beside it.
	for _, d := range []string{dir, filepath.Dir(dir)} {
		entries, err := os.ReadDir(d)
		if err != nil || len(entries) != map[bool]int{true: 3, false: 1}[d == dir] {
			t.Errorf("%s: %v %v", d, entries, err)
		}
	}
}

// Every refusal leaves what was there as it was, and nothing beside it.
func TestSaveRefuses(t *testing.T) {
	write := func(dir, name string) {
		t.Helper()
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const q = "encoder.layer.0.attention.self.query"
	for name, tt := range map[string]struct {
		before  string // a file that is in the folder
		change  func(a *adapters.Adapter)
		replace bool
		code    fault.Code
		part    string
	}{
		"taken":           {peft.ConfigFile, nil, false, fault.Conflict, "exists already"},
		"taken by others": {"main.go", nil, true, fault.Conflict, "main.go"},
		"bad card":        {peft.ConfigFile, func(a *adapters.Adapter) { a.Card.Side = "left" }, true, fault.Invalid, "side"},
		"changes nothing": {peft.ConfigFile, func(a *adapters.Adapter) { clear(a.Updates[q].Branches[0].B) }, true, fault.Invalid, "nothing"},
		"diverged":        {peft.ConfigFile, func(a *adapters.Adapter) { a.Updates[q].Branches[0].B[3] = float32(math.NaN()) }, true, fault.Corrupt, "lora_B holds NaN"},
		"no updates":      {peft.ConfigFile, func(a *adapters.Adapter) { clear(a.Updates) }, true, fault.Conflict, "no layer"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			write(dir, tt.before)
			a := made()
			if tt.change != nil {
				tt.change(a)
			}
			wantError(t, adapters.Save(dir, a, adapters.SaveOptions{Replace: tt.replace, Sites: goldenBase()}), tt.code, tt.part)
			if text, err := os.ReadFile(filepath.Join(dir, tt.before)); err != nil || string(text) != "old" {
				t.Errorf("what was there is %q, %v", text, err)
			}
			for _, d := range []string{dir, filepath.Dir(dir)} {
				if entries, err := os.ReadDir(d); err != nil || len(entries) != 1 {
					t.Errorf("%s holds %v, %v", d, entries, err)
				}
			}
		})
	}
}

// An existing adapter is replaced when asked for, also by one with other files; an empty folder may always exist.
func TestSaveReplaces(t *testing.T) {
	dir := adapterstest.Write(t, filepath.Join(t.TempDir(), "out"), adapterstest.Spec{Sites: goldenBase()})
	a := made()
	for range 2 {
		if err := adapters.Save(dir, a, adapters.SaveOptions{Replace: true}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := adapters.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if len(b.Updates) != 1 {
		t.Errorf("%d updates", len(b.Updates))
	}
	if entries, _ := os.ReadDir(filepath.Dir(dir)); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
	empty := t.TempDir()
	if err := adapters.Save(empty, a, adapters.SaveOptions{}); err != nil {
		t.Error(err)
	}
	wantError(t, adapters.CanSave(empty, false), fault.Conflict, "exists")
	if err := adapters.CanSave(empty, true); err != nil {
		t.Error(err)
	}
}
