package quantize

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"loradex/embed"
	"loradex/embed/arch"
	"loradex/internal/fault"
)

// This file chooses how layers compute, by what was measured.

// Point is one choice with what it costs and gives. Losses are 1 − cosine to the twin's vector of the same text.
type Point struct {
	Name       string  `json:"name"`
	Choice     Choice  `json:"choice"`
	MedianLoss float64 `json:"median_loss"`
	WorstLoss  float64 `json:"worst_loss"`
	Speedup    float64 `json:"speedup"` // seconds of the twin by its own, the median over rounds
	Chosen     bool    `json:"chosen"`
}

// candidates are the choices that are tried. What normalisations give has much the same extent in every row, once its channels
// are evened out; what an activation gives has not.
func candidates() []Point {
	of := func(name string, norm, attention, activation Form) Point {
		return Point{Name: name, Choice: Choice{arch.ReadsNorm: norm, arch.ReadsAttention: attention, arch.ReadsActivation: activation}}
	}
	return []Point{
		of("all fixed", Fixed, Fixed, Fixed),
		of("rows behind activations", Fixed, Fixed, Rows),
		of("rows behind activations and attention", Fixed, Rows, Rows),
		of("all rows", Rows, Rows, Rows),
		of("floats behind activations", Fixed, Fixed, Float),
	}
}

// ChoiceNamed is one of the choices that are tried, by its name. NotFound lists them.
func ChoiceNamed(name string) (Choice, error) {
	var names []string
	for _, p := range candidates() {
		if p.Name == name {
			return p.Choice, nil
		}
		names = append(names, p.Name)
	}
	return nil, fault.New(fault.NotFound, "there is no choice %q", name).WithHint("choices are: %s", strings.Join(names, ", "))
}

// trial is a choice that is being tried.
type trial struct {
	*Point
	layers  int
	encoder *embed.Encoder
	ratios  []float64
}

// choose tries all candidates: each is written to a folder below tmp, and encodes.
func (r *Report) choose(ctx context.Context, twin *embed.Encoder, extents []extent, tmp string, o Options) (err error) {
	r.Trial, r.Curve = len(o.Trial), candidates()
	var trials []*trial
	defer func() {
		for _, t := range trials {
			err = errors.Join(err, t.encoder.Close())
		}
	}()
	for i := range r.Curve {
		t := &trial{Point: &r.Curve[i]}
		layers := layersOf(twin.Model(), extents, t.Choice)
		dir := filepath.Join(tmp, strconv.Itoa(i))
		if err := writeFolder(twin.Model(), dir, layers, nil); err != nil {
			return err
		}
		t.layers = len(layers)
		if t.encoder, err = embed.Open(ctx, twin.Environment(), embed.Options{Model: dir, MaxTokens: twin.MaxTokens()}); err != nil {
			return err
		}
		trials = append(trials, t)
	}
	if err := measure(ctx, twin, trials, o); err != nil {
		return err
	}
	b := best(trials, o.Slack)
	b.Chosen, r.Choice = true, b.Choice
	return nil
}

// measure fills in the losses and times of the trials.
func measure(ctx context.Context, twin *embed.Encoder, trials []*trial, o Options) error {
	rows := documents(o.Trial)
	want, err := twin.Encode(ctx, rows)
	if err != nil {
		return err
	}
	for _, t := range trials {
		got, err := t.encoder.Encode(ctx, rows)
		if err != nil {
			return err
		}
		losses := make([]float64, len(rows))
		for i, v := range got {
			losses[i] = 1 - cosine(v, want[i])
		}
		slices.Sort(losses)
		t.MedianLoss, t.WorstLoss = losses[len(losses)/2], losses[len(losses)-1]
	}
	for round := range o.Rounds {
		o.Step("timing %d choices, round %d of %d", len(trials), round+1, o.Rounds)
		base, err := seconds(ctx, twin, rows)
		if err != nil {
			return err
		}
		for _, t := range trials {
			own, err := seconds(ctx, t.encoder, rows)
			if err != nil {
				return err
			}
			t.ratios = append(t.ratios, base/own)
		}
	}
	for _, t := range trials {
		slices.Sort(t.ratios)
		t.Speedup = t.ratios[len(t.ratios)/2]
	}
	return nil
}

func seconds(ctx context.Context, e *embed.Encoder, rows []embed.Row) (float64, error) {
	start := time.Now()
	_, err := e.Encode(ctx, rows)
	return time.Since(start).Seconds(), err
}

// cosine is that of vectors of length 1.
func cosine(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// best is the fastest trial whose median loss is within the slack of the least one of those that have all layers in integers.
func best(trials []*trial, slack float64) *trial {
	least, most := math.Inf(1), 0
	for _, t := range trials {
		most = max(most, t.layers)
	}
	for _, t := range trials {
		if t.layers == most {
			least = min(least, t.MedianLoss)
		}
	}
	var found *trial
	for _, t := range trials {
		if t.MedianLoss <= least*(1+slack) && (found == nil || t.Speedup > found.Speedup) {
			found = t
		}
	}
	return found
}
