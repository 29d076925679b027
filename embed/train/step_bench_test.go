//go:build cgo && ORT

package train

import (
	"context"
	"math/rand/v2"
	"testing"

	"loradex/embed/embedtest"
	"loradex/embed/model"
	"loradex/embed/runtime"
)

// BenchmarkStep is one step of 32 pairs, 32 tokens a query and 64 a document, on the default model.
func BenchmarkStep(b *testing.B) {
	m, err := model.Open(embedtest.BaseModel)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	n, err := newNetwork(m, Options{}.withDefaults(), runtime.CPU)
	if err != nil {
		b.Fatal(err)
	}
	e := &engine{network: n, env: embedtest.Env, hidden: newHiddenCache(0)}
	defer e.close()
	rng := rand.New(rand.NewPCG(1, 1))
	random := func(rows, tokens, side int) []sequence {
		out := make([]sequence, rows)
		for i := range out {
			out[i] = sequence{ids: make([]int32, tokens), side: side, text: i, row: i}
			for j := range out[i].ids {
				out[i].ids[j] = 1000 + rng.Int32N(20000)
			}
		}
		return out
	}
	x := batch{queries: random(32, 32, 0), documents: random(32, 64, 1)}
	x.relation = relation{queries: 32, documents: 32, exclude: make([]bool, 32*32)}
	adam := newAdamW(n.list, 0.01)
	for b.Loop() {
		g, err := e.compute(context.Background(), x)
		if err != nil {
			b.Fatal(err)
		}
		adam.step(n.list, g.leaves, 1e-4, 1)
	}
}
