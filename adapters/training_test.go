package adapters_test

import (
	"math"
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
