package adapters

import "math"

// Training is what making an adapter, or training all weights of a model, took: the columns of the adapter-efficiency
// study (Mundra et al. 2023, "A Comprehensive Analysis of Adapter Efficiency", arXiv:2305.07491). What is not known is zero.
type Training struct {
	Method     string  `json:"method"` // lora, rslora, dora, or full
	Recipe     string  `json:"recipe,omitempty"`
	Trainable  int64   `json:"trainable_parameters"` // numbers that were trained
	Total      int64   `json:"total_parameters"`     // numbers of the encoder; those of an adapter come on top
	Steps      int     `json:"steps"`
	Pairs      int     `json:"pairs"`
	Seconds    float64 `json:"seconds"`           // of training; looks at the dev split and the measurement after it do not count
	TokensPerS float64 `json:"tokens_per_second"` // that went through the encoder while training
	PeakBytes  int64   `json:"peak_bytes"`        // the most that the training process held in memory until its result was saved
	Seed       uint64  `json:"seed"`
}

// Share is the part of the encoder's parameters that was trained, 0 to 1 and more; 0 where the total is not known.
func (t *Training) Share() float64 {
	if t.Total == 0 {
		return 0
	}
	return float64(t.Trainable) / float64(t.Total)
}

// Bounds of a training block: far above what can be, and small enough to be added and multiplied without overflow.
const (
	maxTrainingCount = int64(1) << 50
	maxTrainingText  = 256
)

// Validate checks that every number is finite, not negative and of a possible size. Errors are Invalid and name the field.
func (t *Training) Validate() error {
	for _, f := range []struct{ field, text string }{{"method", t.Method}, {"recipe", t.Recipe}} {
		if len(f.text) > maxTrainingText {
			return cardError("training."+f.field, "%d bytes, more than %d", len(f.text), maxTrainingText)
		}
	}
	if t.Method == "" {
		return cardError("training.method", "missing")
	}
	for _, f := range []struct {
		field string
		n     int64
	}{
		{"trainable_parameters", t.Trainable},
		{"total_parameters", t.Total},
		{"steps", int64(t.Steps)},
		{"pairs", int64(t.Pairs)},
		{"peak_bytes", t.PeakBytes},
	} {
		if f.n < 0 || f.n > maxTrainingCount {
			return cardError("training."+f.field, "%d is not between 0 and %d", f.n, maxTrainingCount)
		}
	}
	for _, f := range []struct {
		field string
		v     float64
	}{{"seconds", t.Seconds}, {"tokens_per_second", t.TokensPerS}} {
		if math.IsNaN(f.v) || f.v < 0 || f.v > float64(maxTrainingCount) {
			return cardError("training."+f.field, "%v is not between 0 and %d", f.v, maxTrainingCount)
		}
	}
	return nil
}
