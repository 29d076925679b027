package qdranttest

// This file answers requests that count, page, rank and filter points.

import (
	"cmp"
	"context"
	"math"
	"slices"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (d points) Count(_ context.Context, r *client.CountPoints) (*client.CountResponse, error) {
	c, err := d.find(r.GetCollectionName())
	n := uint64(0)
	for _, p := range c {
		if passes(p, r.GetFilter()) {
			n++
		}
	}
	return &client.CountResponse{Result: &client.CountResult{Count: n}}, err
}

func compareIDs(a, b *client.PointId) int {
	return cmp.Or(cmp.Compare(a.GetUuid(), b.GetUuid()), cmp.Compare(a.GetNum(), b.GetNum()))
}

// Scroll lists numbers first, as "" sorts before all UUIDs.
func (d points) Scroll(_ context.Context, r *client.ScrollPoints) (*client.ScrollResponse, error) {
	c, err := d.find(r.GetCollectionName())
	var all []*client.PointStruct
	for _, p := range c {
		if passes(p, r.GetFilter()) && (r.GetOffset() == nil || compareIDs(p.GetId(), r.GetOffset()) >= 0) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *client.PointStruct) int { return compareIDs(a.GetId(), b.GetId()) })
	out := &client.ScrollResponse{}
	for i, p := range all {
		if i == int(r.GetLimit()) {
			out.NextPageOffset = p.GetId()
			break
		}
		out.Result = append(out.Result, retrieved(p, r.GetWithPayload(), r.GetWithVectors()))
	}
	return out, err
}

func retrieved(p *client.PointStruct, payload *client.WithPayloadSelector, vectors *client.WithVectorsSelector) *client.RetrievedPoint {
	out := &client.RetrievedPoint{Id: p.GetId(), Payload: map[string]*client.Value{}}
	for k, v := range p.GetPayload() {
		if payload.GetEnable() || slices.Contains(payload.GetInclude().GetFields(), k) {
			out.Payload[k] = v
		}
	}
	named := map[string]*client.VectorOutput{}
	for k, v := range p.GetVectors().GetVectors().GetVectors() {
		if !vectors.GetEnable() && !slices.Contains(vectors.GetInclude().GetNames(), k) {
			continue
		}
		if v.GetSparse() != nil {
			named[k] = &client.VectorOutput{Vector: &client.VectorOutput_Sparse{Sparse: v.GetSparse()}}
		} else {
			named[k] = &client.VectorOutput{Vector: &client.VectorOutput_Dense{Dense: v.GetDense()}}
		}
	}
	out.Vectors = &client.VectorsOutput{VectorsOptions: &client.VectorsOutput_Vectors{Vectors: &client.NamedVectorsOutput{Vectors: named}}}
	return out
}

// Query scores all points. Equal scores come in no particular order.
func (d points) Query(_ context.Context, r *client.QueryPoints) (*client.QueryResponse, error) {
	c, err := d.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	out := &client.QueryResponse{}
	nearest := r.GetQuery().GetNearest()
	if nearest == nil {
		return nil, status.Error(codes.Unimplemented, "the double does not fuse")
	}
	for _, p := range c { // in the random order of a map
		v := p.GetVectors().GetVectors().GetVectors()[r.GetUsing()]
		if v == nil || !passes(p, r.GetFilter()) {
			continue
		}
		score, ok := 0.0, true
		if sparse := nearest.GetSparse(); sparse != nil {
			score, ok = wordScore(c, r.GetUsing(), sparse, v.GetSparse())
		} else {
			for i, x := range nearest.GetDense().GetData() {
				score += float64(x) * float64(v.GetDense().GetData()[i])
			}
		}
		if ok {
			out.Result = append(out.Result, &client.ScoredPoint{Id: p.GetId(), Score: float32(score)})
		}
	}
	slices.SortStableFunc(out.Result, func(a, b *client.ScoredPoint) int { return cmp.Compare(b.GetScore(), a.GetScore()) })
	out.Result = out.Result[:min(len(out.Result), int(r.GetLimit()))]
	return out, nil
}

func wordScore(c map[string]*client.PointStruct, using string, query *client.SparseVector, v *client.SparseVector) (float64, bool) {
	score, ok := 0.0, false
	for i, index := range query.GetIndices() {
		at := slices.Index(v.GetIndices(), index)
		if at < 0 {
			continue
		}
		n, having := 0.0, 0.0
		for _, p := range c {
			if other := p.GetVectors().GetVectors().GetVectors()[using].GetSparse(); other != nil {
				n++
				if slices.Contains(other.GetIndices(), index) {
					having++
				}
			}
		}
		ok = true
		score += float64(query.GetValues()[i]) * float64(v.GetValues()[at]) * math.Log(1+(n-having+0.5)/(having+0.5))
	}
	return score, ok
}

// passes evaluates a filter over a payload.
func passes(p *client.PointStruct, f *client.Filter) bool {
	for _, c := range f.GetMust() {
		if !holds(p, c) {
			return false
		}
	}
	for _, c := range f.GetMustNot() {
		if holds(p, c) {
			return false
		}
	}
	return len(f.GetShould()) == 0 || slices.ContainsFunc(f.GetShould(), func(c *client.Condition) bool { return holds(p, c) })
}

func holds(p *client.PointStruct, c *client.Condition) bool {
	if has := c.GetHasId(); has != nil {
		return slices.ContainsFunc(has.GetHasId(), func(id *client.PointId) bool { return compareIDs(id, p.GetId()) == 0 })
	}
	if c.GetFilter() != nil {
		return passes(p, c.GetFilter())
	}
	field := c.GetField()
	value := p.GetPayload()[field.GetKey()]
	if value == nil {
		return false
	}
	values := []*client.Value{value}
	if value.GetListValue() != nil {
		values = value.GetListValue().GetValues()
	}
	return slices.ContainsFunc(values, func(v *client.Value) bool {
		if r := field.GetRange(); r != nil {
			x := float64(v.GetIntegerValue())
			return (r.Lt == nil || x < *r.Lt) && (r.Lte == nil || x <= *r.Lte) && (r.Gt == nil || x > *r.Gt) && (r.Gte == nil || x >= *r.Gte)
		}
		switch m := field.GetMatch().GetMatchValue().(type) {
		case *client.Match_Keyword:
			return v.GetStringValue() == m.Keyword
		case *client.Match_Keywords:
			return slices.Contains(m.Keywords.GetStrings(), v.GetStringValue())
		case *client.Match_Boolean:
			return v.GetBoolValue() == m.Boolean
		}
		panic("the double does not know this condition: " + c.String())
	})
}
