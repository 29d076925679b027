package compare

// This file holds quality and cost side by side: what a base, adapters of it and fully fine-tuned copies of it reach on one data set,
// what a query and a document cost with them, and what making them took.
//
// The columns are those of the adapter-efficiency study: Mundra, Doddapaneni, Dabre, Kunchukuttan, Puduppully and Khapra,
// "A Comprehensive Analysis of Adapter Efficiency", 2023, arXiv:2305.07491.

import (
	"encoding/json"
	"errors"
	"io"
	"math"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/internal/fault"
)

// CostReport is the document of `eval efficiency --json`.
type CostReport struct {
	Dataset string `json:"dataset"`
	Split   string `json:"split"`
	Queries int    `json:"queries"` // that the metric is a mean of
	Corpus  int    `json:"corpus"`
	Machine string `json:"machine"` // processor, cores and system, as far as they are known
	Device  string `json:"device"`
	Threads int    `json:"threads"`

	Systems []Cost `json:"systems"` // the base first
}

// CostKind says what a system is.
type CostKind string

// The kinds.
const (
	KindBase    CostKind = "base"
	KindAdapter CostKind = "adapter"
	KindFull    CostKind = "full" // another model: all weights were trained
)

// Cost is one way of encoding.
type Cost struct {
	Name       string     `json:"name"`
	Kind       CostKind   `json:"kind"`
	Model      string     `json:"model"`
	Adapter    string     `json:"adapter"`     // mix of the queries
	DocAdapter string     `json:"doc_adapter"` // mix of the documents
	MRR        float64    `json:"mrr@10"`
	CI95       [2]float64 `json:"ci95"` // of the mean
	// Difference is to the base, query by query; nil for the base itself. Holm's correction is over the systems.
	Difference *Difference `json:"difference,omitempty"`
	Timing
	// Bytes is what the system adds on disk: the folder of a model, the weights of adapters.
	Bytes    int64              `json:"bytes"`
	Training *adapters.Training `json:"training,omitempty"` // nil where nobody wrote it down
}

// Timing is the speed of a system.
type Timing struct {
	Latency    Latency `json:"latency"`
	TokensPerS float64 `json:"documents_tokens_per_second"` // median of the rounds
}

// Latency is what encoding one query at a time took, in milliseconds. P50 and P95 are nearest-rank percentiles.
type Latency struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
}

// Bounds of a report's file.
const (
	maxBytes   = 4 << 20
	maxSystems = 1000
	maxText    = 4096
)

// Validate checks numbers and sizes. Errors are Invalid and name the system.
func (r *CostReport) Validate() error {
	if len(r.Systems) == 0 || len(r.Systems) > maxSystems {
		return fault.New(fault.Invalid, "%d systems: want 1 to %d", len(r.Systems), maxSystems)
	}
	for _, text := range []string{r.Dataset, r.Split, r.Machine, r.Device} {
		if len(text) > maxText {
			return fault.New(fault.Invalid, "a name of %d bytes", len(text))
		}
	}
	seen := map[string]bool{}
	for i := range r.Systems {
		s := &r.Systems[i]
		if s.Name == "" || seen[s.Name] {
			return fault.New(fault.Invalid, "system %d: the name %.80q is empty or there twice", i, s.Name)
		}
		seen[s.Name] = true
		if err := s.validate(); err != nil {
			return fault.Wrap(fault.Invalid, err, "system %.80q", s.Name)
		}
	}
	return nil
}

func (s *Cost) validate() error {
	for _, text := range []string{s.Name, s.Model, s.Adapter, s.DocAdapter} {
		if len(text) > maxText {
			return fault.New(fault.Invalid, "a name of %d bytes", len(text))
		}
	}
	if s.Kind != KindBase && s.Kind != KindAdapter && s.Kind != KindFull {
		return fault.New(fault.Invalid, "kind %.40q is none of base, adapter, full", string(s.Kind))
	}
	for _, v := range []float64{s.MRR, s.CI95[0], s.CI95[1]} {
		if !(v >= 0 && v <= 1) {
			return fault.New(fault.Invalid, "MRR@10 %g is not between 0 and 1", v)
		}
	}
	for _, v := range []float64{s.Latency.P50, s.Latency.P95, s.TokensPerS, float64(s.Bytes), float64(s.Latency.N)} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fault.New(fault.Invalid, "a measured value is %g", v)
		}
	}
	if d := s.Difference; d != nil {
		for _, v := range []float64{d.Mean, d.CI95[0], d.CI95[1]} {
			if !(v >= -1 && v <= 1) {
				return fault.New(fault.Invalid, "a difference of MRR@10 is %g", v)
			}
		}
		if !(d.P >= 0 && d.P <= 1) || !(d.Holm >= 0 && d.Holm <= 1) {
			return fault.New(fault.Invalid, "p is %g, and %g when corrected", d.P, d.Holm)
		}
	}
	if s.Training != nil {
		return s.Training.Validate()
	}
	return nil
}

// Write writes the report as indented JSON.
func (r *CostReport) Write(w io.Writer) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return evaluation.WriteJSON(w, r)
}

// olderCosts is what versions before p was corrected called a difference.
type olderCosts struct {
	Systems []struct {
		Difference *struct {
			Mean *float64 `json:"mean"`
		} `json:"difference"`
	} `json:"systems"`
}

// ReadCosts reads what Write wrote, of older versions, too; name stands in errors, which are Invalid.
func ReadCosts(in io.Reader, name string) (*CostReport, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "cannot read %s", name)
	}
	if len(text) > maxBytes {
		return nil, fault.New(fault.Invalid, "%s has more than %d bytes: not an efficiency report", name, maxBytes)
	}
	var r CostReport
	var was olderCosts
	if err := errors.Join(json.Unmarshal(text, &r), json.Unmarshal(text, &was)); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s is not an efficiency report", name).WithHint("make one with `loradex eval efficiency --out FILE`")
	}
	for i, s := range was.Systems {
		if s.Difference != nil && s.Difference.Mean != nil {
			d := r.Systems[i].Difference
			d.Mean, d.Holm = *s.Difference.Mean, d.P
		}
	}
	if err := r.Validate(); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s", name).WithHint("make one with `loradex eval efficiency --out FILE`")
	}
	return &r, nil
}
