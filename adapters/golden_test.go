package adapters_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/adapters/delta"
)

// goldenBase is the model of testdata/gen/golden.py.
func goldenBase() []delta.Site { return adapterstest.BERT(3, 16, 24) }

type goldenCheck struct{ Abs, Dot float64 }

type goldenSite struct {
	Rank, In, Out int
	Scale         float64
	Delta, Bias   *goldenCheck
}

// TestGolden compares what we read with what PEFT itself made of the same files: see testdata/gen/golden.py.
func TestGolden(t *testing.T) {
	dirs, _ := filepath.Glob("testdata/golden/*")
	if len(dirs) < 12 {
		t.Fatalf("only %d golden adapters", len(dirs))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]goldenSite{}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			a, err := adapters.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			if err := a.Check(goldenBase()); err != nil {
				t.Errorf("Check: %v", err)
			}
			for path, w := range want {
				compareSite(t, a.Updates[path], path, w)
			}
			for path, u := range a.Updates {
				// A bias that training left alone is saved all the same: only pooler's, which no golden trains.
				if _, ok := want[path]; !ok && u.Rank() > 0 {
					t.Errorf("%s: PEFT does not adapt this layer", path)
				}
			}
		})
	}
}

func compareSite(t *testing.T, u delta.Update, path string, w goldenSite) {
	t.Helper()
	if len(u.Branches) != 1 && w.Rank > 0 {
		t.Errorf("%s: %d branches", path, len(u.Branches))
		return
	}
	scale := float32(0)
	for _, b := range u.Branches {
		scale = b.Scale
	}
	if u.Rank() != w.Rank || u.In != w.In || u.Out != w.Out || math.Abs(float64(scale)-w.Scale) > 1e-6 {
		t.Errorf("%s: rank %d, %d → %d, scale %v; PEFT has %+v", path, u.Rank(), u.In, u.Out, scale, w)
		return
	}
	if w.Delta != nil {
		compareCheck(t, path+" delta", deltaOf(u), *w.Delta)
	}
	if (w.Bias != nil) != (u.Shift != nil) {
		t.Errorf("%s: bias %v, PEFT changes it: %v", path, u.Shift != nil, w.Bias != nil)
		return
	}
	if w.Bias != nil {
		values := make([]float64, len(u.Shift))
		for i, v := range u.Shift {
			values[i] = float64(v)
		}
		compareCheck(t, path+" bias", values, *w.Bias)
	}
}

// compareCheck allows for PEFT's merged weights being rounded to float32.
func compareCheck(t *testing.T, what string, values []float64, want goldenCheck) {
	t.Helper()
	got := goldenCheck{}
	for i, v := range values {
		got.Abs += math.Abs(v)
		got.Dot += v * math.Sin(float64(i+1))
	}
	if math.Abs(got.Abs-want.Abs) > 1e-5 || math.Abs(got.Dot-want.Dot) > 1e-5 {
		t.Errorf("%s: got %+v, PEFT has %+v", what, got, want)
	}
}
