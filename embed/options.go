package embed

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"loradex/adapters"
	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// AdapterSource finds adapters by name: [adapters.Library] is the one that is used.
type AdapterSource interface {
	// Resolve returns the adapters of a mix with their weights. The caller closes them; until then they stay open.
	// NotFound lists the known names.
	Resolve(ctx context.Context, m adapters.Mix) ([]adapters.Weighted, error)
	// MixDigest identifies what a mix does to a vector, whatever its adapters are called.
	MixDigest(ctx context.Context, m adapters.Mix) (string, error)
}

// Options configure an [Encoder].
type Options struct {
	// Model is the folder of the base model.
	Model string
	// Adapters finds the adapters of mixes. With nil, every mix but the base's is NotFound.
	Adapters AdapterSource
	// MaxTokens cuts texts, special tokens included. The default, 0, is the model's own limit.
	MaxTokens int
	// Window makes a text longer than it into several windows of so many tokens, whose vectors are averaged and
	// scaled to unit length. The default, 0, truncates. A prompt of the model's configuration is part of the first
	// window only. At most 4,096 windows are made of a text.
	Window int
	// Stride is how many tokens of text lie between the starts of two windows. The default is half the window.
	Stride int
	// BatchTokens is the budget of one run: rows times the longest row's tokens. The default is 1024 on the CPU, where
	// larger batches fall out of the cores' caches (4096 took 1.25 times as long on 2 MiB of L2), and 16384 elsewhere.
	BatchTokens int
	// PackBytes bounds the copies of adapters that one run takes; a run has fewer rows where they would take more.
	// The default is 256 MiB.
	PackBytes int
	// JoinWait is how long a small request waits for others to share its run. The default is 1 ms; at most 2 ms.
	JoinWait time.Duration
	// Variants bounds how many graphs with adapters are kept loaded beside the plain one; each holds its own copy of
	// the weights. The default is 4.
	Variants int
}

const (
	maxWindowsPerText = 1 << 12
	// leastHead is the size up to which a text is tokenized as it is; of longer ones so much as is needed.
	leastHead = 8 << 10
	// maxSpaced is the size beyond which white space is squeezed first: there may be nothing else.
	maxSpaced = 1 << 18
)

// withDefaults returns a copy with defaults filled in for a device.
func (o Options) withDefaults(device runtime.Device) Options {
	budget := 1024
	if device != runtime.CPU {
		budget = 16384
	}
	o.BatchTokens = cmp.Or(o.BatchTokens, budget)
	o.PackBytes, o.JoinWait, o.Variants = cmp.Or(o.PackBytes, 256<<20), cmp.Or(o.JoinWait, time.Millisecond), cmp.Or(o.Variants, 4)
	if o.Window > 0 {
		o.Stride = cmp.Or(o.Stride, max(1, o.Window/2))
	}
	return o
}

// Validate says what cannot work.
func (o Options) Validate() error {
	for _, f := range []struct {
		name            string
		value, min, max int
	}{
		{"MaxTokens", o.MaxTokens, 0, 1 << 20},
		{"Window", o.Window, 0, 1 << 20},
		{"Stride", o.Stride, 0, 1 << 20},
		{"BatchTokens", o.BatchTokens, 0, 1 << 24},
		{"PackBytes", o.PackBytes, 0, 1 << 40},
		{"Variants", o.Variants, 0, 1024},
	} {
		if f.value < f.min || f.value > f.max {
			return fault.New(fault.Invalid, "encoder option %s is %d, want %d to %d", f.name, f.value, f.min, f.max)
		}
	}
	switch {
	case o.Model == "":
		return fault.New(fault.Invalid, "no model folder is given").WithHint("run `loradex model pull`, or name a folder")
	case o.JoinWait < 0 || o.JoinWait > 2*time.Millisecond:
		return fault.New(fault.Invalid, "encoder option JoinWait is %v, want 0 to 2ms", o.JoinWait)
	case o.Window > 0 && o.MaxTokens > 0:
		return fault.New(fault.Invalid, "encoder options MaxTokens and Window exclude each other: windows cut nothing off")
	case o.Stride > 0 && o.Window == 0, o.Stride > o.Window:
		return fault.New(fault.Invalid, "encoder option Stride is %d with windows of %d tokens; it must not be larger", o.Stride, o.Window)
	}
	return nil
}

// windows names the treatment of long texts in a space.
func (o Options) windows() string {
	if o.Window == 0 {
		return "truncate"
	}
	return fmt.Sprintf("mean:%d/%d", o.Window, o.Stride)
}
