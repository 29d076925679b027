//go:build cgo && ORT

package embed_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/arch"
	"loradex/embed/quantize"
	"loradex/embed/train"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// quantized makes the default model in integers, with steps of rows behind the activation, calibrated on every other of the parity
// texts, and opens it. The others are for the test.
func quantized(t *testing.T) (e *embed.Encoder, texts []string) {
	t.Helper()
	all, _ := parityTexts(t)
	var calibration []string
	for i, s := range all {
		if i%2 == 0 {
			calibration = append(calibration, s)
		} else {
			texts = append(texts, s)
		}
	}
	dir := filepath.Join(t.TempDir(), "all-MiniLM-L6-v2-int8")
	report, err := quantize.Make(t.Context(), shared(t), dir, quantize.Options{
		Texts:  calibration,
		Choice: quantize.Choice{arch.ReadsNorm: quantize.Fixed, arch.ReadsAttention: quantize.Fixed, arch.ReadsActivation: quantize.Rows},
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Layers != 36 {
		t.Errorf("%d layers are in integers, want 36", report.Layers)
	}
	return open(t, embed.Options{Model: dir, Adapters: library(t)}), texts
}

// losses are 1 − cosine of vectors of length 1, sorted.
func losses(a, b [][]float32) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = 1 - dot(a[i], b[i])
	}
	slices.Sort(out)
	return out
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

// TestInt8 is what a model in integers promises.
func TestInt8(t *testing.T) {
	e, texts := quantized(t)
	twin := shared(t)
	rows := make([]embed.Row, len(texts))
	for i, s := range texts {
		rows[i].Text = s
	}
	base := losses(encode(t, e, rows), encode(t, twin, rows))
	typical := base[len(base)/2]
	t.Logf("loss %.5f, at most %.5f", typical, base[len(base)-1])
	if typical > 0.003 || base[len(base)-1] > 0.015 {
		t.Errorf("the vectors are not those of the twin: loss %.5f, at most %.5f", typical, base[len(base)-1])
	}
	t.Run("rows", func(t *testing.T) { int8Rows(t, e, rows) })
	t.Run("adapters", func(t *testing.T) { int8Adapters(t, e, twin, rows[:12]) })
	t.Run("refused", func(t *testing.T) { int8Refused(t, e, twin) })
}

// int8Rows: a vector is the same, bit by bit, beside any others in a batch of the same shape, and all but the same in batches of
// other shapes.
func int8Rows(t *testing.T, e *embed.Encoder, rows []embed.Row) {
	t.Helper()
	// "token token …" and a large number: as many tokens, other numbers.
	same := func(word string) []embed.Row {
		list := make([]embed.Row, 8)
		for i := range list {
			list[i].Text = strings.Repeat(word+" ", 20)
		}
		list[3].Text = strings.Repeat("house ", 20)
		return list
	}
	a, b := encode(t, e, same("the")), encode(t, e, same("9"))
	if maxDiff(a[0], b[0]) < 1e-2 {
		t.Fatal("the neighbours are the same")
	}
	if !slices.Equal(a[3], b[3]) {
		t.Error("a vector depends on what stands beside it")
	}
	together := encode(t, e, rows)
	other := slices.Clone(rows)
	slices.Reverse(other)
	alone := make([][]float32, len(rows))
	for i := 0; i < len(rows); i += 5 {
		for j, v := range encode(t, e, rows[i:min(i+5, len(rows))]) {
			alone[i+j] = v
		}
	}
	for i, v := range alone {
		if c := dot(v, together[i]); c < 0.9999 {
			t.Errorf("row %d in another batch: cosine %.6f", i, c)
		}
		first := func(of []float32) int {
			best, at := -2.0, 0
			for j := range together {
				if c := dot(of, together[j]); j != i && c > best {
					best, at = c, j
				}
			}
			return at
		}
		if first(v) != first(together[i]) {
			t.Errorf("row %d in another batch finds another text first", i)
		}
	}
}

// int8Adapters: whatever an adapter does, it does to the model in integers as to its twin, alone and in a batch with others.
func int8Adapters(t *testing.T, e, twin *embed.Encoder, rows []embed.Row) {
	t.Helper()
	plain := encode(t, twin, rows)
	typical := losses(encode(t, e, rows), plain)[len(rows)/2]
	var mixed, mixedTwin []embed.Row
	for _, name := range []string{"all_r8", "rslora_r32", "dora_all_r4", "ia3", "ia3_ff", "ia3_outputs", "hub_bn_both", "bias_all_norm"} {
		with := slices.Clone(rows)
		for i := range with {
			with[i].Mix = mix(t, name)
		}
		want := encode(t, twin, with)
		got := encode(t, e, with)
		moved := losses(want, plain)[len(rows)/2]
		lost := losses(got, want)[len(rows)/2]
		t.Logf("%-18s moves by %.4f, loss %.5f", name, moved, lost)
		if lost > 2*typical+0.02*moved {
			t.Errorf("%s: loss %.5f, without adapter %.5f; it moves vectors by %.4f", name, lost, typical, moved)
		}
		mixed, mixedTwin = append(mixed, with[0]), append(mixedTwin, with[0])
	}
	for i, l := range losses(encode(t, e, mixed), encode(t, twin, mixedTwin)) {
		if l > 20*typical {
			t.Errorf("in a batch of all adapters: loss %d is %.5f", i, l)
		}
	}
}

// int8Refused: what is for another model is refused, and training names the twin.
func int8Refused(t *testing.T, e, twin *embed.Encoder) {
	t.Helper()
	data := &dataset.Dataset{
		Queries: []dataset.Text{{ID: "a", Text: "a"}, {ID: "b", Text: "b"}}, Docs: []dataset.Text{{ID: "c", Text: "c"}, {ID: "d", Text: "d"}},
		Judgements: [][]dataset.Judgement{{{Doc: 0, Grade: 1}}, {{Doc: 1, Grade: 1}}},
	}
	_, err := train.New(t.Context(), e, train.Job{Data: data}, train.Options{})
	if fault.CodeOf(err) != fault.Unsupported || !strings.Contains(fault.HintOf(err), "twin all-MiniLM-L6-v2") {
		t.Errorf("training: %v (%s)", err, fault.HintOf(err))
	}
	if _, err := quantize.Make(t.Context(), e, filepath.Join(t.TempDir(), "x"), quantize.Options{Texts: make([]string, 16), Trial: make([]string, 16)}); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("quantizing it again: %v", err)
	}
	own, err := e.Space(t.Context(), adapters.Mix{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := twin.Space(t.Context(), adapters.Mix{})
	if err != nil {
		t.Fatal(err)
	}
	if own.ID == other.ID || own.Base == other.Base || own.Precision != "int8" {
		t.Errorf("its space is %+v, its twin's %+v", own, other)
	}
	dir := t.TempDir()
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	on := open(t, embed.Options{Model: e.Model().Dir, Adapters: lib})
	a, err := library(t).Get(t.Context(), "qv_r4")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	twinDigest := twin.Model().BaseDigest()
	for name, card := range map[string]adapters.Card{
		"of-twin":   {Side: adapters.SideBoth, BaseDigest: twinDigest},
		"of-itself": {Side: adapters.SideBoth, BaseDigest: e.Model().BaseDigest()},
		"of-other":  {Side: adapters.SideBoth, BaseDigest: strings.Repeat("0", 64)},
		"query":     {Side: adapters.SideQuery, BaseDigest: twinDigest, Space: other.ID},
		"query-far": {Side: adapters.SideQuery, BaseDigest: twinDigest, Space: "0123456789abcdef"},
	} {
		a.Card = card
		if err := adapters.Save(filepath.Join(dir, name), a, adapters.SaveOptions{Sites: e.Sites()}); err != nil {
			t.Fatal(err)
		}
	}
	for name, fits := range map[string]bool{"of-twin": true, "of-itself": false, "of-other": false} {
		// An encoder checks an adapter once for each content, and these have one: so each gets its own.
		fresh := open(t, embed.Options{Model: e.Model().Dir, Adapters: lib})
		_, err := fresh.Encode(t.Context(), []embed.Row{{Text: "x", Mix: mix(t, name)}})
		if fits && err != nil || !fits && fault.CodeOf(err) != fault.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A query adapter of the twin's documents searches those of the model in integers, and one of other documents does not.
	if id, ok, err := on.QuerySpace(t.Context(), mix(t, "query")); err != nil || !ok || id != own.ID {
		t.Errorf("a query adapter of the twin searches %s, %v, %v, want %s", id, ok, err, own.ID)
	}
	if id, _, err := on.QuerySpace(t.Context(), mix(t, "query-far")); err != nil || id == own.ID {
		t.Errorf("a query adapter of other documents searches %s, %v", id, err)
	}
}
