package adapters_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/internal/fault"
)

func sampleTraining() *adapters.Training {
	return &adapters.Training{
		Method: "lora", Recipe: "loracode", Trainable: 147456, Total: 22713216, Steps: 200, Pairs: 3200, Seconds: 95.5,
		TokensPerS: 4100.25, PeakBytes: 1 << 30, Seed: math.MaxUint64,
	}
}

func TestTrainingValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*adapters.Training)
		field  string
	}{
		"as it is":       {func(*adapters.Training) {}, ""},
		"no method":      {func(t *adapters.Training) { t.Method = "" }, "training.method"},
		"long recipe":    {func(t *adapters.Training) { t.Recipe = strings.Repeat("x", 257) }, "training.recipe"},
		"negative steps": {func(t *adapters.Training) { t.Steps = -1 }, "training.steps"},
		"huge total":     {func(t *adapters.Training) { t.Total = 1 << 51 }, "training.total_parameters"},
		"no seconds":     {func(t *adapters.Training) { t.Seconds = math.NaN() }, "training.seconds"},
		"infinite speed": {func(t *adapters.Training) { t.TokensPerS = math.Inf(1) }, "training.tokens_per_second"},
	} {
		training := sampleTraining()
		c.change(training)
		err := adapters.Card{Side: adapters.SideBoth, Training: training}.Validate()
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.field != "" && (fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.field)):
			t.Errorf("%s: %v, want %s", name, err, c.field)
		}
	}
	if share := sampleTraining().Share(); math.Abs(share-0.00649) > 1e-5 || (&adapters.Training{Trainable: 1}).Share() != 0 {
		t.Errorf("share %g", share)
	}
}

func TestTrainingFile(t *testing.T) {
	dir := t.TempDir()
	if got, err := adapters.ReadTraining(dir); got != nil || err != nil {
		t.Errorf("none there: %v, %v", got, err)
	}
	want := sampleTraining()
	if err := adapters.WriteTraining(dir, want); err != nil {
		t.Fatal(err)
	}
	if got, err := adapters.ReadTraining(dir); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %+v, %v", got, err)
	}
	if err := adapters.WriteTraining(dir, &adapters.Training{}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an empty block was written: %v", err)
	}
	for _, bad := range []string{"", "[]", `{"method":"lora","steps":-1}`, `{"method":"lora","steps":1e99}`, strings.Repeat(" ", 1<<20+1)} {
		if err := os.WriteFile(filepath.Join(dir, adapters.TrainingFile), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := adapters.ReadTraining(dir); fault.CodeOf(err) != fault.Corrupt {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// FuzzReadTraining checks that whatever is accepted survives being written and read.
func FuzzReadTraining(f *testing.F) {
	f.Add([]byte(`{"method":"lora","trainable_parameters":12,"seconds":1.5,"seed":18446744073709551615}`))
	f.Add([]byte(`{"method":"full","steps":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, adapters.TrainingFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := adapters.ReadTraining(dir)
		if err != nil {
			if fault.CodeOf(err) != fault.Corrupt {
				t.Fatalf("an error without the code corrupt: %v", err)
			}
			return
		}
		if err := adapters.WriteTraining(dir, got); err != nil {
			t.Fatal(err)
		}
		if again, err := adapters.ReadTraining(dir); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("read back %+v, %v; want %+v", again, err, got)
		}
	})
}
