//go:build cgo && ORT

package quantize_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/embed"
	"loradex/embed/arch"
	"loradex/embed/embedtest"
	"loradex/embed/quantize"
	"loradex/internal/fault"
)

func TestMain(m *testing.M) { os.Exit(embedtest.Main(m)) }

// small opens a model of a few numbers.
func small(t *testing.T, dir string) *embed.Encoder {
	t.Helper()
	e, err := embed.Open(t.Context(), embedtest.Env, embed.Options{Model: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// texts are of words of the small model's vocabulary.
func texts() (calibration, trial []string) {
	words := strings.Fields("open close read list file def return the of to and a with for in on by from")
	for i := range 64 {
		var b strings.Builder
		for j := range 3 + i%9 {
			b.WriteString(words[(i*7+j*5)%len(words)] + " ")
		}
		if i%2 == 0 {
			calibration = append(calibration, b.String())
		} else {
			trial = append(trial, b.String())
		}
	}
	return calibration, trial
}

// TestChoice measures every choice, and takes the fastest one whose loss is small enough; the folder that comes of it says so.
func TestChoice(t *testing.T) {
	for _, name := range []string{"bert-sharded", "roberta"} {
		t.Run(name, func(t *testing.T) {
			twin := small(t, filepath.Join("..", "model", "testdata", "models", name))
			dir := filepath.Join(t.TempDir(), "made")
			calibration, trial := texts()
			r, err := quantize.Make(t.Context(), twin, dir, quantize.Options{Texts: calibration, Trial: trial, Rounds: 3})
			if err != nil {
				t.Fatal(err)
			}
			least, chosen := 1.0, 0
			for _, p := range r.Curve {
				if p.Choice[arch.ReadsActivation] != quantize.Float {
					least = min(least, p.MedianLoss)
				}
			}
			for _, p := range r.Curve {
				if p.Speedup <= 0 || p.MedianLoss < 0 || p.WorstLoss < p.MedianLoss || p.MedianLoss > 0.05 {
					t.Errorf("%+v", p)
				}
				if !p.Chosen {
					continue
				}
				chosen++
				if p.MedianLoss > 1.5*least {
					t.Errorf("%s was chosen, whose loss is %g, with %g to be had", p.Name, p.MedianLoss, least)
				}
				for _, q := range r.Curve {
					if q.MedianLoss <= 1.5*least && q.Speedup > p.Speedup {
						t.Errorf("%s was chosen, and %s is faster", p.Name, q.Name)
					}
				}
			}
			if chosen != 1 {
				t.Errorf("%d choices were taken", chosen)
			}
			made := small(t, dir)
			if got := len(made.Model().Int8); got != r.Layers || made.Model().Quantized.Twin.Digest != twin.Model().BaseDigest() {
				t.Errorf("the folder has %d layers in integers, want %d; twin %+v", got, r.Layers, made.Model().Quantized.Twin)
			}
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".quantize-*")); err != nil || len(left) > 0 {
				t.Errorf("%v is left, %v", left, err)
			}
			if _, err := quantize.Make(t.Context(), twin, dir, quantize.Options{Texts: calibration, Trial: trial}); fault.CodeOf(err) != fault.Conflict {
				t.Errorf("over a folder that is there: %v", err)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	twin := small(t, filepath.Join("..", "model", "testdata", "models", "bert-sharded"))
	calibration, trial := texts()
	for name, o := range map[string]quantize.Options{
		"few texts": {Texts: calibration[:3], Trial: trial}, "few trials": {Texts: calibration, Trial: trial[:3]},
		"rounds": {Texts: calibration, Trial: trial, Rounds: -1}, "slack": {Texts: calibration, Trial: trial, Slack: -1},
	} {
		if _, err := quantize.Make(t.Context(), twin, filepath.Join(t.TempDir(), "x"), o); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := quantize.ChoiceNamed("some"); fault.CodeOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), "all fixed") {
		t.Errorf("a choice that does not exist: %v", err)
	}
	if c, err := quantize.ChoiceNamed("all rows"); err != nil || c[arch.ReadsNorm] != quantize.Rows {
		t.Errorf("all rows: %v, %v", c, err)
	}
}
