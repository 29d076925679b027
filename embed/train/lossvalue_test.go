//go:build cgo && ORT

package train

import (
	"math"
	"testing"

	"loradex/adapters"
	"loradex/embed"
)

// byHand is the loss of a batch from its vectors, in float64 and as the formulas are written.
func byHand(o Options, q, d [][]float32, r relation) float64 {
	dims := o.Loss.Dims
	if len(dims) == 0 {
		dims = []int{len(q[0])}
	}
	cos := func(a, b []float32, k int) float64 {
		return cosine(a[:k], b[:k]) / math.Sqrt(cosine(a[:k], a[:k])*cosine(b[:k], b[:k]))
	}
	var total float64
	for _, k := range dims {
		var sum float64
		for i := range q {
			switch o.Loss.Kind {
			case "triplet":
				sum += math.Max(0, o.Loss.Margin+cos(q[i], d[len(q)+i], k)-cos(q[i], d[i], k))
				continue
			case "cosine":
				off := cos(q[i], d[i], k) - float64(r.scores[i])
				sum += off * off
				continue
			}
			own := math.Exp(cos(q[i], d[i], k) / o.Loss.Temperature)
			var there, back float64
			for j := range d {
				if !r.exclude[i*len(d)+j] {
					there += math.Exp(cos(q[i], d[j], k) / o.Loss.Temperature)
				}
			}
			for j := range q {
				if !r.exclude[j*len(d)+i] {
					back += math.Exp(cos(q[j], d[i], k) / o.Loss.Temperature)
				}
			}
			if o.Loss.Symmetric {
				sum -= (math.Log(own/there) + math.Log(own/back)) / 2
			} else {
				sum -= math.Log(own / there)
			}
		}
		total += sum / float64(len(q))
	}
	return total / float64(len(dims))
}

// The loss of every kind is that of its formula, with documents that are excluded; and it falls in training.
func TestLossesByHand(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(24, 10)
	for i := range set.Queries { // the next query's document answers, too
		set.Judgements[i] = append(set.Judgements[i], judged((i+1)%24)...)
		set.Negatives[i] = places(24+i%10, (i+5)%24)
	}
	for name, o := range map[string]Options{
		"infonce":             {},
		"negatives":           {HardNegatives: 2},
		"symmetric":           {HardNegatives: 1, Loss: Loss{Symmetric: true, Temperature: 0.1}},
		"matryoshka":          {Loss: Loss{Dims: []int{16, 8, 4}}},
		"symmetric prefixes":  {Loss: Loss{Dims: []int{16, 3}, Symmetric: true}},
		"learned temperature": {Loss: Loss{LearnTemperature: true, Temperature: 0.07}},
		"triplet":             {HardNegatives: 1, Loss: Loss{Kind: "triplet", Margin: 0.5}},
		"triplet prefixes":    {HardNegatives: 1, Loss: Loss{Kind: "triplet", Margin: 0.5, Dims: []int{8, 4}}},
		"cosine":              {Loss: Loss{Kind: "cosine"}},
		"query side":          {Side: adapters.SideQuery, ExtraNegatives: 9, HardNegatives: 1},
		"query side, triplet": {Side: adapters.SideQuery, ExtraNegatives: 5, HardNegatives: 1, Loss: Loss{Kind: "triplet", Margin: 0.5}},
	} {
		t.Run(name, func(t *testing.T) {
			o.Batch, o.Rank, o.Epochs, o.LearningRate, o.Schedule, o.Patience = 8, 4, 10, 1e-2, "constant", -1
			tr := newTrainer(t, enc, Job{Data: set}, o)
			b := tr.batch(0)
			q, err := tr.encode(t.Context(), b.queries, false)
			if err != nil {
				t.Fatal(err)
			}
			d, err := tr.encode(t.Context(), b.documents, false)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(b.stored); i += 16 {
				d = append(d, b.stored[i:i+16])
			}
			if want := byHand(tr.opts, q, d, b.relation); math.Abs(gradient(t, tr, b).loss-want) > 1e-5*math.Max(1, want) {
				t.Errorf("loss %.7f, by hand %.7f", gradient(t, tr, b).loss, want)
			}
			if r := run(t, tr); r.LastLoss > 0.9*r.FirstLoss {
				t.Errorf("the loss goes from %g to %g", r.FirstLoss, r.LastLoss)
			}
		})
	}
}

// The temperature is a leaf like another: its gradient is that of finite differences, it moves, and it stays in bounds.
func TestLearnedTemperature(t *testing.T) {
	enc := openEncoder(t, embed.Options{})
	set := task(24, 0)
	loss := Loss{LearnTemperature: true, Temperature: 0.1}
	for name, o := range map[string]Options{
		"whole": {}, "in parts": {MicroBatch: 3}, "prefixes, symmetric": {Loss: Loss{Dims: []int{16, 4}, Symmetric: true}}, "query side": {Side: adapters.SideQuery},
	} {
		t.Run(name, func(t *testing.T) {
			o.Batch, o.Rank, o.Epochs, o.LearningRate = 8, 2, 5, 1e-2
			o.Loss.LearnTemperature, o.Loss.Temperature = loss.LearnTemperature, loss.Temperature
			tr := newTrainer(t, enc, Job{Data: set}, o)
			leaf := tr.byName[logScale]
			if math.Abs(float64(leaf.Data[0])-math.Log(10)) > 1e-6 {
				t.Fatalf("starts at %g", leaf.Data[0])
			}
			b := tr.batch(0)
			got := float64(gradient(t, tr, b).leaves[logScale][0])
			const h = 0.02
			at := func(x float32) float64 {
				leaf.Data[0] += x
				defer func() { leaf.Data[0] -= x }()
				return gradient(t, tr, b).loss
			}
			if want := (at(h) - at(-h)) / (2 * h); math.Abs(got-want) > 1e-3*math.Max(0.1, math.Abs(want)) {
				t.Errorf("gradient %g, by differences %g", got, want)
			}
			start := leaf.Data[0]
			steps(t, tr, tr.planned())
			if leaf.Data[0] == start {
				t.Error("the temperature did not move")
			}
		})
	}
	tr := newTrainer(t, enc, Job{Data: set}, Options{Batch: 8, Rank: 2, LearningRate: 1e-6, Loss: loss})
	tr.byName[logScale].Data[0] = maxLogScale + 0.1
	steps(t, tr, 1)
	if x := tr.byName[logScale].Data[0]; x != maxLogScale {
		t.Errorf("a temperature below 0.01 becomes %g", math.Exp(-float64(x)))
	}
}
