package train

import (
	"loradex/embed/graph"
	"loradex/embed/runtime"
)

// triplet is the mean of max(0, margin + cos(q, n) - cos(q, p)) with one negative n for each query (Schroff et al. 2015,
// arXiv:1503.03832, with cosines).
func triplet(s *sketch, q, d graph.Value) graph.Value {
	margin := s.Input("loss.margin", graph.Float, graph.Fix(1))
	return overPrefixes(s, q, d, func(q, d graph.Value) graph.Value {
		// The second half of the documents is cut to the queries' number, which also says so to the graph.
		positive, negative := s.Head(d, q, 0), s.Head(s.Tail(d, q, 0), q, 0)
		gap := s.Sub(s.rowDot(q, negative), s.rowDot(q, positive))
		return s.Mean(s.ReLU(s.Add(gap, margin)), 0, true)
	})
}

func tripletFeeds(o Options, _ relation) map[string]runtime.Tensor {
	return map[string]runtime.Tensor{"loss.margin": {Shape: []int64{1}, Floats: []float32{float32(o.Loss.Margin)}}}
}

// cosineRegression is the mean of (cos(q, p) - score)²: for pairs with a score of their own (Reimers and Gurevych 2019,
// arXiv:1908.10084, section 3).
func cosineRegression(s *sketch, q, d graph.Value) graph.Value {
	score := s.Input("loss.score", graph.Float, q.Dims()[0])
	return overPrefixes(s, q, d, func(q, d graph.Value) graph.Value {
		off := s.Sub(s.rowDot(q, s.Head(d, q, 0)), score)
		return s.Mean(s.Mul(off, off), 0, true)
	})
}

func cosineFeeds(_ Options, r relation) map[string]runtime.Tensor {
	return map[string]runtime.Tensor{"loss.score": {Shape: []int64{int64(r.queries)}, Floats: r.scores}}
}
