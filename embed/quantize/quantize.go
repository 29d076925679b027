package quantize

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"

	"loradex/embed"
	"loradex/internal/fault"
)

// Options say what a model in integers is made with.
type Options struct {
	// Texts are what is rounded is calibrated on, as documents: some 64 or more of the kind that will be encoded.
	Texts []string
	// Trial are other texts, on which the loss and the time of each choice are measured.
	Trial []string
	// Choice is how layers compute; nil: the fastest of little loss, by measurement on Trial.
	Choice Choice
	// Rounds is how often each choice is timed, in turns with the twin. The default is 5.
	Rounds int
	// Slack is how much more of the loss a faster choice may have than the choice with the least loss, of those in which every layer is in
	// integers. The default is 0.5.
	Slack float64
	// Step is told what is done next; nil for nobody.
	Step func(format string, args ...any)
}

// withDefaults returns a copy with defaults filled in.
func (o Options) withDefaults() Options {
	o.Rounds, o.Slack = cmp.Or(o.Rounds, 5), cmp.Or(o.Slack, 0.5)
	if o.Step == nil {
		o.Step = func(string, ...any) {}
	}
	return o
}

// leastTexts is how many texts a calibration or a trial needs to say something.
const leastTexts = 16

// Validate says what cannot work.
func (o Options) Validate() error {
	switch {
	case len(o.Texts) < leastTexts || len(o.Trial) < leastTexts && o.Choice == nil:
		return fault.New(fault.Invalid, "%d texts to calibrate on and %d to try are too few: at least %d of each are needed", len(o.Texts), len(o.Trial), leastTexts)
	case o.Rounds < 0 || o.Rounds > 1000:
		return fault.New(fault.Invalid, "Rounds is %d, want 0 (the default) to 1000", o.Rounds)
	case !(o.Slack >= 0) || o.Slack > 100:
		return fault.New(fault.Invalid, "Slack is %g, want 0 (the default) to 100", o.Slack)
	}
	return nil
}

// Report says how the choice was made.
type Report struct {
	Texts  int     `json:"texts"` // of the calibration
	Choice Choice  `json:"choice"`
	Layers int     `json:"layers"`          // in integers
	Trial  int     `json:"trial,omitempty"` // texts that the curve was measured on
	Curve  []Point `json:"curve,omitempty"` // what the choice was made of
}

// Make makes the folder dir, which must not exist, of the twin's model in integers: the choice of forms whose loss is little and
// whose time is the least, by measurement over the trial's texts. Errors: Invalid for options; Unsupported for a model that is
// in integers already; Conflict where dir exists.
func Make(ctx context.Context, twin *embed.Encoder, dir string, o Options) (_ *Report, err error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	m := twin.Model()
	if m.Quantized != nil {
		return nil, fault.New(fault.Unsupported, "model %s is in integers already", m.Name).WithHint("name its twin in floats, %s", m.Quantized.Twin.Name)
	}
	if _, err := os.Lstat(dir); err == nil {
		return nil, fault.New(fault.Conflict, "%s exists already", dir)
	}
	o.Step("calibrating on %d texts", len(o.Texts))
	tokens, err := twin.Tokens(ctx, documents(o.Texts))
	if err != nil {
		return nil, err
	}
	extents, err := calibrate(ctx, twin.Environment(), m, tokens)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".quantize-*")
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "a folder beside %s", dir)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	o.Step("rounding %d layers", len(m.Config.Linears()))
	for i := range extents {
		if err := cmp.Or(ctx.Err(), extents[i].round(m)); err != nil {
			return nil, err
		}
	}
	report := &Report{Texts: len(o.Texts), Choice: o.Choice}
	if o.Choice == nil {
		if err := report.choose(ctx, twin, extents, tmp, o); err != nil {
			return nil, err
		}
	}
	layers := layersOf(m, extents, report.Choice)
	report.Layers = len(layers)
	made := filepath.Join(tmp, "made")
	if err := writeFolder(m, made, layers, report); err != nil {
		return nil, err
	}
	if err := os.Rename(made, dir); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be put in place", dir)
	}
	return report, nil
}

// documents makes rows of texts.
func documents(texts []string) []embed.Row {
	rows := make([]embed.Row, len(texts))
	for i, t := range texts {
		rows[i] = embed.Row{Text: t}
	}
	return rows
}
