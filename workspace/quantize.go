package workspace

import (
	"context"
	"os"
	"path/filepath"

	"loradex/embed"
	"loradex/embed/quantize"
	"loradex/evaluation/speed"
	"loradex/internal/fault"
)

// QuantizeOptions say how an installed model is made into one in integers.
type QuantizeOptions struct {
	Name    string // of the model in floats
	Out     string // name of the model that is made; "" is Name with "-int8"
	Replace bool   // a model of that name
	Source  string // folder of source code, whose chunks calibrate and try
	Chunks  int    // how many; half calibrate, half try
	Rounds  int    // of timing; 0: the default
	Choice  string // how layers compute, by the name of [quantize.ChoiceNamed]; "": by measurement
	// Step is told what is done next.
	Step func(format string, args ...any)
}

// QuantizedModel is a model in integers that was made, and how.
type QuantizedModel struct {
	ModelEntry
	Report *quantize.Report `json:"report"`
}

// QuantizeModel makes an installed model of another one, in integers.
func (s *Session) QuantizeModel(ctx context.Context, o QuantizeOptions) (*QuantizedModel, error) {
	dir, err := s.Home.Model(o.Name)
	if err != nil {
		return nil, err
	}
	if o.Out == "" {
		o.Out = modelName(dir) + "-int8"
	}
	target, err := s.newModel(o.Out)
	if err != nil {
		return nil, err
	}
	_, there := os.Stat(target)
	if there == nil && !o.Replace {
		return nil, fault.New(fault.Conflict, "a model %q is installed already", o.Out).WithHint("give --replace, or another --out")
	}
	chunks, err := speed.Chunks(ctx, o.Source, o.Chunks)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(chunks))
	for i, c := range chunks {
		texts[i] = c.Text
	}
	twin, err := s.Encoder(ctx, func(e *embed.Options) { e.Model, e.Window, e.Stride = dir, 0, 0 })
	if err != nil {
		return nil, err
	}
	made := target
	if there == nil {
		tmp, err := os.MkdirTemp(s.Home.Models(), ".quantize-*")
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "the models folder cannot be written")
		}
		defer os.RemoveAll(tmp) //nolint:errcheck // a hidden folder, which nothing takes for a model
		made = filepath.Join(tmp, o.Out)
	}
	q := quantize.Options{Texts: texts[:len(texts)/2], Trial: texts[len(texts)/2:], Rounds: o.Rounds, Step: o.Step}
	if o.Choice != "" {
		if q.Choice, err = quantize.ChoiceNamed(o.Choice); err != nil {
			return nil, err
		}
	}
	report, err := quantize.Make(ctx, twin, made, q)
	if err != nil {
		return nil, err
	}
	if there == nil {
		if err := os.Rename(target, filepath.Join(filepath.Dir(made), "replaced")); err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "model %s cannot be replaced", o.Out)
		}
		if err := os.Rename(made, target); err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "model %s cannot be put in place", o.Out)
		}
	}
	entry := describeModel(target, o.Out)
	if entry.Problem != "" {
		return nil, fault.New(fault.Internal, "model %s was made and cannot be used: %s", o.Out, entry.Problem)
	}
	return &QuantizedModel{entry, report}, nil
}
