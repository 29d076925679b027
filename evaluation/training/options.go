package training

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
	// Train are the options of the run. Its Progress is set here, and a checkpoint without a place lies beside Where. Its
	// HardNegatives are looked for among the documents that the base takes for answers, NegativeMargin below the answer.
	Train          train.Options
	NegativeMargin float64
	// Limit takes so many pairs only. The default 0 takes all.
	Limit int
	// Unmeasured leaves the test split alone.
	Unmeasured bool
	// OnlyBetter saves the result only where its verdict is [Better].
	OnlyBetter bool
}

// Words are what options may say, and what there is to say about recipes.
func Words() (methods, precisions, recipes []string, about string) {
	for _, p := range train.Precisions() {
		precisions = append(precisions, string(p))
	}
	for _, r := range train.Recipes() {
		recipes = append(recipes, r.Name)
		about += fmt.Sprintf("\n  %-10s %s\n             (%s)", r.Name, r.About, r.Source)
	}
	return train.Methods(), precisions, recipes, about
}

// TakeRecipe sets what the recipe says and the user does not: given tells of rank, targets and dropout whether they are the
// user's. With Train.Full a recipe's adapter is not asked for; one that the user describes is refused.
func (o *Options) TakeRecipe(given func(option string) bool) error {
	recipe, err := train.RecipeNamed(o.Recipe)
	if err != nil {
		return err
	}
	t, r := &o.Train, recipe.Options
	if !given("rank") {
		t.Rank = r.Rank
	}
	if t.Full {
		r = train.Options{}
	}
	if !given("targets") {
		t.Targets = r.Targets
	}
	if !given("dropout") {
		t.Dropout = r.Dropout
	}
	probe := *t
	probe.Checkpoint = "beside the adapters" // where, depends on the place of the result
	return probe.Validate()
}

// ForLanguage are the options of one of several languages: name and checkpoint end in it.
func (o Options) ForLanguage(language string) Options {
	suffix := "-" + strings.NewReplacer("+", "p", "#", "sharp").Replace(language)
	o.Name += suffix
	if o.Train.Checkpoint != "" {
		o.Train.Checkpoint += suffix
	}
	return o
}

// GoOn says where Train.Resume finds one of several languages: finished, interrupted with a checkpoint, or not begun, where it
// is taken away. With Replace it is not known whether an adapter is of this run: it is then trained again.
func (o *Options) GoOn() (finished bool) {
	if !o.Train.Resume {
		return false
	}
	if _, err := os.Stat(o.checkpoint()); err == nil {
		return false
	}
	o.Train.Resume = false
	info, err := os.Stat(o.Where)
	return !o.Replace && err == nil && info.IsDir()
}

// checkpoint is the file of the state: beside the result, where nothing else is said.
func (o *Options) checkpoint() string { return cmp.Or(o.Train.Checkpoint, o.Where+".checkpoint") }

// measures tells whether a result that is there, with its checkpoint beside it, is one that was not measured yet: it is replaced by
// itself.
func (o *Options) measures() bool {
	_, err := os.Stat(o.checkpoint())
	return o.Train.Resume && err == nil
}

// Check looks at the place of the result before an hour of work, not after: Conflict where something is there.
func (o Options) Check() error {
	if err := os.MkdirAll(filepath.Dir(o.Where), 0o755); err != nil { //nolint:gosec // as other folders of the user
		return fault.Wrap(fault.Unavailable, err, "the folder of --out cannot be made")
	}
	replace := o.Replace || o.measures()
	if !o.Train.Full {
		return adapters.CanSave(o.Where, replace)
	}
	if _, err := os.Stat(o.Where); err == nil && !replace {
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
	// Progress shows how far encoding, ranking and the steps are, with a text about the run. The default drops it.
	Progress func(what string, done, total int, text string)
	// Started is when the command began: seconds are counted from there. The default is the call.
	Started time.Time
	// Log takes each look at the dev split. The default drops them.
	Log *slog.Logger
}

func (t Tools) withDefaults() Tools {
	if t.Note == nil {
		t.Note = func(string, ...any) {}
	}
	if t.Progress == nil {
		t.Progress = func(string, int, int, string) {}
	}
	if t.Log == nil {
		t.Log = slog.New(slog.DiscardHandler)
	}
	return t
}

// Metrics are what before and after are measured by; the first decides.
func Metrics() []string {
	const decides = "mrr@10"
	others := slices.DeleteFunc(slices.Clone(metrics.Default()), func(name string) bool { return name == decides })
	return append([]string{decides}, others...)
}
