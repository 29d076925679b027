package training

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/train"
	"loradex/evaluation/metrics"
	"loradex/internal/fault"
)

// Options say what is trained and where it goes. Name, Where and Train are needed.
type Options struct {
	Name    string // of the adapter, as people call it
	Where   string // its folder, absolute; or that of the model, with Train.Full
	Replace bool   // an adapter or model that is there
	Recipe  string // for the report
	Command string // that made it, for the card
	// Train are the options of the run. Its Progress is set here, and a checkpoint without a place lies beside Where.
	Train train.Options
	// Limit takes so many pairs only. The default 0 takes all.
	Limit int
	// HardNegatives is how many of them each pair has in a batch, and NegativeMargin how far below the answer they must be.
	// The default is none.
	HardNegatives  int
	NegativeMargin float64
	// Unmeasured leaves the test split alone.
	Unmeasured bool
	// OnlyBetter saves the result only where its verdict is [Better].
	OnlyBetter bool
}

// Check looks at the place of the result before an hour of work, not after: Conflict where something is there.
func (o Options) Check() error {
	if err := os.MkdirAll(filepath.Dir(o.Where), 0o755); err != nil { //nolint:gosec // as other folders of the user
		return fault.Wrap(fault.Unavailable, err, "the folder of --out cannot be made")
	}
	if !o.Train.Full {
		return adapters.CanSave(o.Where, o.Replace)
	}
	if _, err := os.Stat(o.Where); err == nil && !o.Replace {
		return fault.New(fault.Conflict, "%s exists already", o.Where).WithHint("give another --out, or --replace")
	}
	return nil
}

// Tools are what training takes from the program. Encoder and Trial are needed.
type Tools struct {
	// Encoder has Trial as its adapters.
	Encoder *embed.Encoder
	Trial   *Trial
	// Indexed gives the vectors that an index holds of documents in the base's space, nil where it has none. The default nil
	// has no index.
	Indexed func(ctx context.Context, base embed.Space, texts []string) ([][]float32, error)
	// Note tells people what they should know beside the report. The default drops it.
	Note func(format string, args ...any)
	// Progress is told how far encoding and ranking are, and Step each step of the run. The defaults drop it.
	Progress func(what string, done, total int)
	Step     func(train.Progress)
}

func (t Tools) withDefaults() Tools {
	if t.Note == nil {
		t.Note = func(string, ...any) {}
	}
	if t.Progress == nil {
		t.Progress = func(string, int, int) {}
	}
	if t.Step == nil {
		t.Step = func(train.Progress) {}
	}
	return t
}

// Metrics are what before and after are measured by; the first decides.
func Metrics() []string {
	const decides = "mrr@10"
	others := slices.DeleteFunc(slices.Clone(metrics.Default()), func(name string) bool { return name == decides })
	return append([]string{decides}, others...)
}
