package adapters_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/adapters/delta"
	"loradex/adapters/peft"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

func load(t *testing.T, spec adapterstest.Spec) *adapters.Adapter {
	t.Helper()
	a, err := adapters.Load(adapterstest.Write(t, t.TempDir(), spec))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// wantError checks an error's code, and that its text holds each of the parts.
func wantError(t *testing.T, err error, code fault.Code, parts ...string) {
	t.Helper()
	if err == nil || fault.CodeOf(err) != code {
		t.Fatalf("error %v (%s), want code %s", err, fault.CodeOf(err), code)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not name %q", err, p)
		}
	}
}

// A LoRA merged by hand, from the raw file and the configuration in float64, equals Scale·B·A of the updates.
func TestUpdateEqualsHandMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for trial := range 25 {
		in, out, rank := 1+rng.IntN(20), 1+rng.IntN(20), 1+rng.IntN(8)
		alpha, rs := 1+31*rng.Float64(), rng.IntN(2) == 0
		m := delta.Site{Path: "encoder.layer.0.attention.self.query", In: in, Out: out}
		dir := adapterstest.Write(t, t.TempDir(), adapterstest.Spec{
			Sites: []delta.Site{m}, Rank: rank, Alpha: alpha, RSLoRA: rs, Seed: uint64(trial), Prefix: "bert.",
		})
		f, err := safetensors.Open(filepath.Join(dir, peft.WeightsFile))
		if err != nil {
			t.Fatal(err)
		}
		av, _, errA := f.Float32("base_model.model.bert." + m.Path + ".lora_A.weight")
		bv, _, errB := f.Float32("base_model.model.bert." + m.Path + ".lora_B.weight")
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		scale := alpha / float64(rank)
		if rs {
			scale = alpha / math.Sqrt(float64(rank))
		}
		want := make([]float64, out*in)
		for o := range out {
			for i := range in {
				for r := range rank {
					want[o*in+i] += scale * float64(bv[o*rank+r]) * float64(av[r*in+i])
				}
			}
		}
		a, err := adapters.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if d := maxDiff(deltaOf(a.Updates[m.Path]), want); d > 1e-6 {
			t.Errorf("trial %d: differs by %g", trial, d)
		}
		if err := errorsOf(a.Close(), f.Close()); err != nil {
			t.Error(err)
		}
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestLoad(t *testing.T) {
	modules := adapterstest.BERT(2, 8, 12)
	a := load(t, adapterstest.Spec{
		Sites: modules, Targets: []string{"query", "value"}, Rank: 3, Seed: 1, BaseModel: "org/tiny",
		Card: &adapters.Card{Side: adapters.SideQuery, Space: "s1", Languages: []string{"go"}},
	})
	if a.Method != "lora" || len(a.Digest) != 64 || a.Rank() != 3 || a.Params() != 4*(3*8+8*3) || len(a.Updates) != 4 {
		t.Errorf("adapter %+v", a)
	}
	if a.Card.Side != adapters.SideQuery || a.Card.BaseModel != "org/tiny" || a.Card.Name != a.Name {
		t.Errorf("card %+v", a.Card)
	}
	if err := a.Check(modules); err != nil {
		t.Error(err)
	}
}

func TestLoadErrors(t *testing.T) {
	base := adapterstest.Spec{Sites: adapterstest.BERT(1, 4, 6), Targets: []string{"query"}}
	dir := func(change func(dir string) error) string {
		t.Helper()
		d := adapterstest.Write(t, t.TempDir(), base)
		if err := change(d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, tt := range map[string]struct {
		dir   string
		code  fault.Code
		parts []string
	}{
		"no folder": {filepath.Join(t.TempDir(), "none"), fault.NotFound, []string{"none"}},
		"no config": {dir(func(d string) error { return os.Remove(filepath.Join(d, peft.ConfigFile)) }), fault.NotFound, []string{peft.ConfigFile}},
		"no weights": {
			dir(func(d string) error { return os.Remove(filepath.Join(d, peft.WeightsFile)) }),
			fault.NotFound,
			[]string{peft.WeightsFile},
		},
		"pickle": {dir(func(d string) error {
			return os.Rename(filepath.Join(d, peft.WeightsFile), filepath.Join(d, "adapter_model.bin"))
		}), fault.Unsupported, []string{"adapter_model.bin"}},
		"truncated": {
			dir(func(d string) error { return os.Truncate(filepath.Join(d, peft.WeightsFile), 300) }),
			fault.Corrupt,
			[]string{peft.WeightsFile},
		},
		"bad card": {dir(func(d string) error {
			return os.WriteFile(filepath.Join(d, adapters.CardFile), []byte(`{"side":"left"}`), 0o600)
		}), fault.Corrupt, []string{"side", "left"}},
		"other method": {dir(func(d string) error {
			return os.WriteFile(filepath.Join(d, peft.ConfigFile), []byte(`{"peft_type":"OFT"}`), 0o600)
		}), fault.Unsupported, []string{"peft_type", "OFT"}},
		"link out": {dir(func(d string) error {
			p := filepath.Join(d, peft.WeightsFile)
			away := filepath.Join(t.TempDir(), "away")
			return errorsOf(os.Rename(p, away), os.Symlink(away, p))
		}), fault.Unavailable, []string{peft.WeightsFile}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := adapters.Load(tt.dir)
			wantError(t, err, tt.code, tt.parts...)
		})
	}
}

func TestCheck(t *testing.T) {
	modules := adapterstest.BERT(2, 8, 12)
	spec := adapterstest.Spec{Sites: modules, Targets: []string{"query"}, Seed: 3}
	with := func(change func(*adapterstest.Spec)) adapterstest.Spec {
		s := spec
		change(&s)
		return s
	}
	const q1 = "encoder.layer.1.attention.self.query"
	pooler := delta.Site{Path: "pooler.dense", In: 8, Out: 8}
	for name, tt := range map[string]struct {
		spec  adapterstest.Spec
		base  []delta.Site
		code  fault.Code // empty: fits
		parts []string
	}{
		"fits":            {spec, modules, "", nil},
		"fits with bias":  {with(func(s *adapterstest.Spec) { s.Bias = peft.BiasAll }), modules, "", nil},
		"bias alone":      {with(func(s *adapterstest.Spec) { s.Bias, s.ZeroB = peft.BiasAll, true }), modules, "", nil},
		"layer missing":   {spec, adapterstest.BERT(1, 8, 12), fault.Conflict, []string{q1}},
		"wrong width":     {spec, adapterstest.BERT(2, 16, 12), fault.Conflict, []string{"query", "8 → 8", "16 → 16"}},
		"untrained layer": {spec, adapterstest.BERT(3, 8, 12), fault.Corrupt, []string{"target_modules", "encoder.layer.2.attention.self.query"}},
		"changes nothing": {with(func(s *adapterstest.Spec) { s.ZeroB = true }), modules, fault.Invalid, []string{"changes nothing"}},
		"scale of zero":   {with(func(s *adapterstest.Spec) { s.ConfigMore = map[string]any{"lora_alpha": 0} }), modules, fault.Invalid, []string{"changes nothing"}},
		"no layer":        {with(func(s *adapterstest.Spec) { s.Sites, s.Targets = []delta.Site{pooler}, nil }), modules, fault.Conflict, []string{"no layer"}},
		"unused pooler":   {with(func(s *adapterstest.Spec) { s.Sites, s.Targets = append(slices.Clone(modules), pooler), nil }), modules, "", nil},
		"bias too long": {with(func(s *adapterstest.Spec) { s.Bias = peft.BiasAll }), func() []delta.Site {
			m := slices.Clone(modules)
			m[0].Out = 9
			return m
		}(), fault.Conflict, []string{"bias", "embeddings.LayerNorm"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := load(t, tt.spec).Check(tt.base)
			if tt.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantError(t, err, tt.code, tt.parts...)
		})
	}
}

// Saved biases that equal the base's are no change, once the base's are known.
func TestCheckEqualBias(t *testing.T) {
	modules := adapterstest.BERT(1, 4, 6)
	a := load(t, adapterstest.Spec{Sites: modules, Targets: []string{"query"}, Bias: peft.BiasAll, ZeroB: true})
	for i, m := range modules {
		modules[i].Bias = a.Updates[m.Path].Shift
	}
	wantError(t, a.Check(modules), fault.Invalid, "changes nothing")
	modules[2].Bias = make([]float32, modules[2].Out)
	if err := a.Check(modules); err != nil {
		t.Error(err)
	}
}

func TestNotFinite(t *testing.T) {
	modules := adapterstest.BERT(1, 4, 6)
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		dir := adapterstest.Write(t, t.TempDir(), adapterstest.Spec{Sites: modules, Targets: []string{"query"}})
		path := filepath.Join(dir, peft.WeightsFile)
		f, err := safetensors.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var ts []safetensors.Tensor
		for _, name := range f.Names() {
			v, shape, _ := f.Float32(name)
			v = slices.Clone(v)
			if strings.Contains(name, "lora_A") {
				v[3] = bad
			}
			ts = append(ts, safetensors.FromFloat32(name, shape, v))
		}
		if err := errorsOf(f.Close(), safetensors.Write(path, ts, nil)); err != nil {
			t.Fatal(err)
		}
		_, err = adapters.Load(dir)
		wantError(t, err, fault.Corrupt, "lora_A", "encoder.layer.0.attention.self.query")
	}
	// An adapter that was built by hand is checked when it is used.
	m := modules[1]
	a := &adapters.Adapter{Name: "x", Updates: map[string]delta.Update{m.Path: {
		Site: m.Path, In: 4, Out: 4,
		Branches: []delta.Branch{{Rank: 1, A: []float32{1, 2, 3, float32(math.NaN())}, B: make([]float32, 4), Scale: 1}},
	}}}
	wantError(t, a.Check(modules), fault.Corrupt, m.Path)
}

// The digest follows what the adapter does, and nothing else.
func TestDigest(t *testing.T) {
	spec := adapterstest.Spec{Sites: adapterstest.BERT(1, 8, 12), Targets: []string{"query", "key"}, Rank: 2, Alpha: 6, Seed: 9}
	want := load(t, spec).Digest
	same := map[string]func(*adapterstest.Spec){
		"again":       func(*adapterstest.Spec) {},
		"prefix":      func(s *adapterstest.Spec) { s.Prefix = "0.auto_model." },
		"base's name": func(s *adapterstest.Spec) { s.BaseModel = "x" },
		"alpha spelling": func(s *adapterstest.Spec) {
			s.ConfigMore = map[string]any{"lora_alpha": 1, "alpha_pattern": map[string]any{".*": 6}}
		},
		"card": func(s *adapterstest.Spec) { s.Card = &adapters.Card{Side: adapters.SideBoth, Domain: "x"} },
	}
	for name, change := range same {
		s := spec
		change(&s)
		if got := load(t, s).Digest; got != want {
			t.Errorf("%s: digest changed", name)
		}
	}
	other := map[string]func(*adapterstest.Spec){
		"numbers": func(s *adapterstest.Spec) { s.Seed++ },
		"alpha":   func(s *adapterstest.Spec) { s.Alpha = 7 },
		"rslora":  func(s *adapterstest.Spec) { s.RSLoRA = true },
		"pattern": func(s *adapterstest.Spec) { s.ConfigMore = map[string]any{"alpha_pattern": map[string]any{"key": 5}} },
		"targets": func(s *adapterstest.Spec) { s.Targets = []string{"query", "value"} },
		"bias":    func(s *adapterstest.Spec) { s.Bias = peft.BiasLoraOnly },
	}
	seen := map[string]string{want: "the first"}
	for name, change := range other {
		s := spec
		change(&s)
		got := load(t, s).Digest
		if twin, ok := seen[got]; ok {
			t.Errorf("%s has the digest of %s", name, twin)
		}
		seen[got] = name
	}
}
