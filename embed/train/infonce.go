package train

import (
	"loradex/embed/graph"
	"loradex/embed/runtime"
)

// excluded is added to the logit of a document that must not count as a negative: its share of the softmax is 0.
const excluded = -1e9

// infoNCE is the mean over queries of -log softmax(q·dᵀ/τ) at the positive: the batch's other documents are the negatives
// (van den Oord et al. 2018, arXiv:1807.03748). With the second direction, it is averaged with the same of each positive
// among the queries.
func infoNCE(s *sketch, q, d graph.Value) graph.Value {
	scale := s.scale()
	exclude := s.Input("loss.exclude", graph.Float, q.Dims()[0], d.Dims()[0])
	target := s.Input("loss.target", graph.Float, q.Dims()[0], d.Dims()[0])
	if !s.n.opts.Loss.Symmetric {
		return overPrefixes(s, q, d, func(q, d graph.Value) graph.Value { return s.crossEntropy(q, d, scale, exclude, target) })
	}
	back := s.Input("loss.exclude_back", graph.Float, q.Dims()[0], q.Dims()[0])
	eye := s.Input("loss.target_back", graph.Float, q.Dims()[0], q.Dims()[0])
	return overPrefixes(s, q, d, func(q, d graph.Value) graph.Value {
		there := s.crossEntropy(q, d, scale, exclude, target)
		return s.Mul(s.Add(there, s.crossEntropy(s.Head(d, q, 0), q, scale, back, eye)), s.Scalar(0.5))
	})
}

// crossEntropy is -Σ target∘log softmax(scale·x yᵀ + exclude), [1].
func (s *sketch) crossEntropy(x, y, scale, exclude, target graph.Value) graph.Value {
	logits := s.Add(s.Mul(s.MatMulT(x, y, 1), scale), exclude)
	return s.Neg(s.Sum(s.Sum(s.Mul(s.LogSoftmax(logits), target), 1, false), 0, true))
}

// scale is 1/τ, [1]: an input, or the exponential of a leaf.
func (s *sketch) scale() graph.Value {
	if !s.n.opts.Loss.LearnTemperature {
		return s.Input("loss.scale", graph.Float, graph.Fix(1))
	}
	leaf := s.Input(logScale, graph.Float, graph.Fix(1))
	s.leaves[logScale] = leaf
	return s.Exp(leaf)
}

func infoNCEFeeds(o Options, r relation) map[string]runtime.Tensor {
	b, m := r.queries, r.documents
	exclude, target := make([]float32, b*m), make([]float32, b*m)
	for i := range b {
		target[i*m+i] = 1 / float32(b)
		for j := range m {
			if r.exclude[i*m+j] {
				exclude[i*m+j] = excluded
			}
		}
	}
	shape := []int64{int64(b), int64(m)}
	feeds := map[string]runtime.Tensor{
		"loss.exclude": {Shape: shape, Floats: exclude}, "loss.target": {Shape: shape, Floats: target},
	}
	if !o.Loss.LearnTemperature {
		feeds["loss.scale"] = runtime.Tensor{Shape: []int64{1}, Floats: []float32{float32(1 / o.Loss.Temperature)}}
	}
	if o.Loss.Symmetric {
		back, eye := make([]float32, b*b), make([]float32, b*b)
		for i := range b {
			eye[i*b+i] = 1 / float32(b)
			for j := range b {
				back[j*b+i] = exclude[i*m+j]
			}
		}
		square := []int64{int64(b), int64(b)}
		feeds["loss.exclude_back"] = runtime.Tensor{Shape: square, Floats: back}
		feeds["loss.target_back"] = runtime.Tensor{Shape: square, Floats: eye}
	}
	return feeds
}
