package compare_test

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/evaluation/compare"
	"loradex/internal/fault"
)

func sample() *compare.CostReport {
	return &compare.CostReport{
		Dataset: "tiny", Split: "test", Queries: 8, Corpus: 12, Machine: "a machine", Device: "cpu", Threads: 2,
		Systems: []compare.Cost{
			{
				Name: "base", Kind: compare.KindBase, Model: "m", Adapter: "none", DocAdapter: "none", MRR: 0.5, CI95: [2]float64{0.4, 0.6},
				Timing: compare.Timing{Latency: compare.Latency{N: 100, P50: 3.25, P95: 4.5}, TokensPerS: 9000}, Bytes: 90 << 20,
			},
			{
				Name: "go <&>", Kind: compare.KindAdapter, Model: "m", Adapter: "go", DocAdapter: "go", MRR: 0.6, CI95: [2]float64{0.5, 0.7},
				Difference: &compare.Difference{Mean: 0.1, CI95: [2]float64{0.05, 0.15}, P: 0.01, Holm: 0.01, Wins: 4, Losses: 1},
				Training:   &adapters.Training{Method: "lora", Trainable: 10, Total: 1000, Steps: 3},
			},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	var b bytes.Buffer
	if err := want.Write(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"documents_tokens_per_second": 9000`) || !strings.Contains(b.String(), `"p50_ms": 3.25`) {
		t.Errorf("JSON %s", &b)
	}
	if got, err := compare.ReadCosts(&b, "buffer"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %+v, %v", got, err)
	}
}

// TestReadOlder reads a difference as versions wrote it that corrected no p.
func TestReadOlder(t *testing.T) {
	text := `{"systems":[{"name":"base","kind":"base"},
		{"name":"go","kind":"adapter","difference":{"mean":0.1,"ci95":[0.05,0.15],"p":0.01,"wins":4,"losses":1}}]}`
	r, err := compare.ReadCosts(strings.NewReader(text), "older")
	if err != nil {
		t.Fatal(err)
	}
	want := compare.Difference{Mean: 0.1, CI95: [2]float64{0.05, 0.15}, P: 0.01, Holm: 0.01, Wins: 4, Losses: 1}
	if d := r.Systems[1].Difference; *d != want {
		t.Errorf("read %+v, want %+v", d, want)
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*compare.CostReport)
		words  string
	}{
		"none":       {func(r *compare.CostReport) { r.Systems = nil }, "0 systems"},
		"twice":      {func(r *compare.CostReport) { r.Systems[1].Name = "base" }, "twice"},
		"kind":       {func(r *compare.CostReport) { r.Systems[0].Kind = "other" }, "other"},
		"mrr":        {func(r *compare.CostReport) { r.Systems[0].MRR = math.NaN() }, "MRR@10"},
		"latency":    {func(r *compare.CostReport) { r.Systems[0].Latency.P95 = math.Inf(1) }, "measured"},
		"bytes":      {func(r *compare.CostReport) { r.Systems[0].Bytes = -1 }, "measured"},
		"difference": {func(r *compare.CostReport) { r.Systems[1].Difference.Mean = 2 }, "difference"},
		"p":          {func(r *compare.CostReport) { r.Systems[1].Difference.P = -0.1 }, "p is"},
		"training":   {func(r *compare.CostReport) { r.Systems[1].Training.Steps = -1 }, "steps"},
		"long":       {func(r *compare.CostReport) { r.Systems[0].Model = strings.Repeat("m", 5000) }, "5000"},
	} {
		r := sample()
		c.change(r)
		if err := r.Validate(); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want %q", name, err, c.words)
		}
	}
	if _, err := compare.ReadCosts(strings.NewReader(strings.Repeat(" ", 5<<20)), "big"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a huge file: %v", err)
	}
}

// FuzzRead checks that whatever is accepted can be written and read back unchanged.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := sample().Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"systems":[{"name":"a","kind":"base"}]}`))
	f.Add([]byte(`{"systems":[{"name":"a","kind":"base","mrr@10":2}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := compare.ReadCosts(bytes.NewReader(data), "fuzz")
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("an error without the code invalid: %v", err)
			}
			return
		}
		var out bytes.Buffer
		if err := r.Write(&out); err != nil {
			t.Fatal(err)
		}
		if again, err := compare.ReadCosts(&out, "again"); err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("read back %+v, %v; want %+v", again, err, r)
		}
	})
}
