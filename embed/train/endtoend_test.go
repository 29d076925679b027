//go:build cgo && ORT

package train

import (
	"path/filepath"
	"testing"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// install saves an adapter in a library of its own and opens an encoder with that library.
func install(t *testing.T, enc *embed.Encoder, model string, a *adapters.Adapter, o adapters.SaveOptions) *embed.Encoder {
	t.Helper()
	dir := t.TempDir()
	o.Sites = enc.Sites()
	if err := adapters.Save(filepath.Join(dir, "trained"), a, o); err != nil {
		t.Fatal(err)
	}
	return withLibrary(t, model, dir)
}

func withLibrary(t *testing.T, model, dir string) *embed.Encoder {
	t.Helper()
	l, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return openEncoder(t, embed.Options{Model: model, Adapters: l})
}

// adapted encodes texts with an adapter of the encoder's library.
func adapted(t *testing.T, enc *embed.Encoder, name string, texts []dataset.Text, role embed.Role) [][]float32 {
	t.Helper()
	mix, err := adapters.ParseMix(name)
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(texts, role)
	for i := range rows {
		rows[i].Mix = mix
	}
	v, err := enc.Encode(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func cardFor(enc *embed.Encoder) adapters.Card {
	return adapters.Card{Side: adapters.SideBoth, BaseModel: enc.Model().Name, BaseDigest: enc.Model().BaseDigest()}
}

// Every method learns a small task; and what it has learned, saved and loaded by the encoder that searches, gives the
// vectors that the trainer has.
func TestTrainedAdapterIsServed(t *testing.T) {
	for _, tt := range []struct {
		name, model string
		o           Options
	}{
		{"lora", tiny, Options{}},
		{"rslora", tiny, Options{Method: "rslora"}},
		{"dora", tiny, Options{Method: "dora"}},
		{"dora, all layers, dropout", tiny, Options{Method: "dora", Targets: []string{"all-linear"}, Dropout: 0.1}},
		{"lora, upper block", tiny, Options{FirstLayer: 1, Targets: []string{"all-linear"}, Dropout: 0.1}},
		{"lora, learned temperature", tiny, Options{Loss: Loss{LearnTemperature: true, Symmetric: true}, Targets: []string{"key", "dense"}}},
		{"roberta, dora", "roberta", Options{Method: "dora", Targets: []string{"query", "output.dense"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			enc := openEncoder(t, embed.Options{Model: tt.model})
			set := task(40, 0)
			o := tt.o
			o.Rank, o.Batch, o.Epochs, o.LearningRate, o.Seed = 4, 10, 10, 2e-2, 1
			tr := newTrainer(t, enc, Job{Data: set}, o)
			r := run(t, tr)
			t.Logf("loss %.3f to %.3f", r.FirstLoss, r.LastLoss)
			if r.LastLoss > 0.7*r.FirstLoss {
				t.Errorf("the loss goes from %g to %g", r.FirstLoss, r.LastLoss)
			}
			a, err := tr.Adapter(cardFor(enc))
			if err != nil {
				t.Fatal(err)
			}
			server := install(t, enc, tt.model, a, adapters.SaveOptions{Dropout: o.Dropout})
			for _, x := range []struct {
				role  embed.Role
				texts []dataset.Text
			}{{embed.Query, set.Queries}, {embed.Document, set.Docs}} {
				want, err := tr.encodeTexts(t.Context(), x.role, x.texts, false)
				if err != nil {
					t.Fatal(err)
				}
				base, err := enc.Encode(t.Context(), rowsOf(x.texts, x.role))
				if err != nil {
					t.Fatal(err)
				}
				if d := maxDiff(want, base); d < 0.05 {
					t.Errorf("training moved the vectors by %g only", d)
				}
				if d := maxDiff(adapted(t, server, "trained", x.texts, x.role), want); d > 1e-5 {
					t.Errorf("the encoder's vectors are %.1e off the trainer's", d)
				}
			}
			// The adapter is a copy: the trainer may go on.
			path := tr.order[0]
			before := a.Updates[path].Branches[0].A[0]
			tr.byName[path+".A"].Data[0]++
			if a.Updates[path].Branches[0].A[0] != before {
				t.Error("the adapter changes with the trainer")
			}
		})
	}
}

// All weights learn, too; they are no adapter.
func TestFullTraining(t *testing.T) {
	for _, model := range []string{tiny, "roberta"} {
		enc := openEncoder(t, embed.Options{Model: model})
		set := task(40, 0)
		base, err := enc.Encode(t.Context(), rowsOf(set.Queries, embed.Query))
		if err != nil {
			t.Fatal(err)
		}
		tr := newTrainer(t, enc, Job{Data: set}, Options{Full: true, Batch: 10, Epochs: 8, LearningRate: 2e-3})
		if start, err := tr.encodeTexts(t.Context(), embed.Query, set.Queries, false); err != nil || maxDiff(start, base) > 1e-5 {
			t.Errorf("%s: the start is %g off the base, %v", model, maxDiff(start, base), err)
		}
		r := run(t, tr)
		if r.LastLoss > 0.7*r.FirstLoss || r.Share != 1 {
			t.Errorf("%s: the loss goes from %g to %g with a share of %g", model, r.FirstLoss, r.LastLoss, r.Share)
		}
		if _, err := tr.Adapter(adapters.Card{}); fault.CodeOf(err) != fault.Unsupported {
			t.Errorf("%s: %v, want Unsupported", model, err)
		}
		// The leaves are copies: the encoder's own weights did not move.
		if now, err := enc.Encode(t.Context(), rowsOf(set.Queries, embed.Query)); err != nil || maxDiff(now, base) != 0 {
			t.Errorf("%s: training moved the encoder by %g, %v", model, maxDiff(now, base), err)
		}
	}
}

// An adapter of the query side is saved with the space that it was trained against, and adapts queries.
func TestTrainedQueryAdapterIsServed(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(40, 20)
	tr := newTrainer(t, enc, Job{Data: set}, Options{Side: adapters.SideQuery, Rank: 4, Batch: 10, Epochs: 12, LearningRate: 2e-2, ExtraNegatives: 10})
	if r := run(t, tr); r.LastLoss > 0.85*r.FirstLoss {
		t.Errorf("the loss goes from %g to %g", r.FirstLoss, r.LastLoss)
	}
	card := cardFor(enc)
	card.Side, card.Space = adapters.SideQuery, "0123456789abcdef"
	a, err := tr.Adapter(card)
	if err != nil {
		t.Fatal(err)
	}
	want, err := tr.encodeTexts(t.Context(), embed.Query, set.Queries, false)
	if err != nil {
		t.Fatal(err)
	}
	server := install(t, enc, tiny, a, adapters.SaveOptions{})
	if d := maxDiff(adapted(t, server, "trained", set.Queries, embed.Query), want); d > 1e-5 {
		t.Errorf("the encoder's vectors are %.1e off the trainer's", d)
	}
}

// Two runs of equal options and data are equal to the bit; another seed is another run.
func TestRunsRepeat(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(24, 0)
	o := Options{Rank: 4, Batch: 8, Dropout: 0.2, Seed: 4}
	first := newTrainer(t, enc, Job{Data: set}, o)
	want := outcomeOf(first, run(t, first))
	second := newTrainer(t, enc, Job{Data: set}, o)
	outcomeOf(second, run(t, second)).mustEqual(t, want)
	o.Seed = 5
	if third := newTrainer(t, enc, Job{Data: set}, o); run(t, third).FirstLoss == want.losses[0] {
		t.Error("another seed has the same losses")
	}
}
