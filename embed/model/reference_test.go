package model_test

import (
	"fmt"
	"math"
	"testing"

	"loradex/adapters/delta"
	"loradex/embed/model"
)

// reference is an encoder in float64 that follows the formulas of the BERT paper one by one, with mean pooling and
// normalisation. It is slow, and short enough to be seen to be right.
type reference struct {
	t testing.TB
	m *model.Model
	w map[string][]float64
}

func newReference(t testing.TB, m *model.Model) *reference {
	t.Helper()
	r := &reference{t: t, m: m, w: map[string][]float64{}}
	for _, spec := range m.Config.Tensors() {
		data, _, err := m.Weight(spec.Name)
		if err != nil {
			t.Fatal(err)
		}
		wide := make([]float64, len(data))
		for i, v := range data {
			wide[i] = float64(v)
		}
		r.w[spec.Name] = wide
	}
	return r
}

// linear is x·Wᵀ + b for every row.
func (r *reference) linear(name string, x [][]float64) [][]float64 {
	w, b := r.w[name+".weight"], r.w[name+".bias"]
	return rows(x, func(row []float64) []float64 {
		y := make([]float64, len(b))
		for o := range y {
			y[o] = b[o]
			for i, v := range row {
				y[o] += v * w[o*len(row)+i]
			}
		}
		return y
	})
}

// norm is the layer norm of x + residual.
func (r *reference) norm(name string, x, residual [][]float64) [][]float64 {
	w, b := r.w[name+".weight"], r.w[name+".bias"]
	n := float64(len(w))
	for i := range x {
		mean, square := 0.0, 0.0
		for j := range x[i] {
			if residual != nil {
				x[i][j] += residual[i][j]
			}
			mean += x[i][j] / n
		}
		for _, v := range x[i] {
			square += (v - mean) * (v - mean) / n
		}
		for j, v := range x[i] {
			x[i][j] = (v-mean)/math.Sqrt(square+r.m.Config.LayerNormEps)*w[j] + b[j]
		}
	}
	return x
}

func (r *reference) activate(v float64) float64 {
	switch r.m.Config.Activation {
	case delta.GELU:
		return v / 2 * (1 + math.Erf(v/math.Sqrt2))
	case delta.GELUTanh:
		return v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
	case delta.ReLU:
		return math.Max(v, 0)
	}
	r.t.Fatalf("the reference has no %s", r.m.Config.Activation)
	return 0
}

func (r *reference) attention(prefix string, x [][]float64) [][]float64 {
	c := r.m.Config
	q, k, v := r.linear(prefix+"query", x), r.linear(prefix+"key", x), r.linear(prefix+"value", x)
	out := rows(x, func([]float64) []float64 { return make([]float64, c.HiddenSize) })
	for h := range c.Heads {
		at := h * c.HeadSize()
		for i := range x {
			p, sum := make([]float64, len(x)), 0.0
			for j := range x {
				for d := at; d < at+c.HeadSize(); d++ {
					p[j] += q[i][d] * k[j][d]
				}
				p[j] = math.Exp(p[j] / math.Sqrt(float64(c.HeadSize())))
				sum += p[j]
			}
			for j := range x {
				for d := at; d < at+c.HeadSize(); d++ {
					out[i][d] += p[j] / sum * v[j][d]
				}
			}
		}
	}
	return out
}

func (r *reference) encode(ids []int) []float64 {
	h := r.m.Config.HiddenSize
	x := make([][]float64, len(ids))
	for i, id := range ids {
		x[i] = make([]float64, h)
		for j := range x[i] {
			x[i][j] = r.w["embeddings.word_embeddings.weight"][id*h+j] +
				r.w["embeddings.position_embeddings.weight"][(i+r.m.Config.PositionOffset)*h+j] +
				r.w["embeddings.token_type_embeddings.weight"][j]
		}
	}
	x = r.norm("embeddings.LayerNorm", x, nil)
	for l := range r.m.Config.Layers {
		p := fmt.Sprintf("encoder.layer.%d.", l)
		a := r.linear(p+"attention.output.dense", r.attention(p+"attention.self.", x))
		x = r.norm(p+"attention.output.LayerNorm", a, x)
		f := rows(r.linear(p+"intermediate.dense", x), func(row []float64) []float64 {
			for i, v := range row {
				row[i] = r.activate(v)
			}
			return row
		})
		x = r.norm(p+"output.LayerNorm", r.linear(p+"output.dense", f), x)
	}
	mean, length := make([]float64, h), 0.0
	for _, row := range x {
		for j, v := range row {
			mean[j] += v
		}
	}
	for _, v := range mean {
		length += v * v
	}
	for j := range mean {
		mean[j] /= math.Sqrt(length)
	}
	return mean
}

func rows(x [][]float64, f func([]float64) []float64) [][]float64 {
	out := make([][]float64, len(x))
	for i, row := range x {
		out[i] = f(row)
	}
	return out
}
