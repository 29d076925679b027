package adapterhub

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
)

// bottleneckForm is U(x) = scaling·(B σ(A x + a) + b) at one of the points of a sublayer (see package delta): seq_bn, of Pfeiffer
// et al. 2020 (arXiv:2005.00247), at Normed; double_seq_bn, of Houlsby et al. 2019 (arXiv:1902.00751), at Output; par_bn, of He
// et al. 2021 (arXiv:2110.04366), at Parallel; adapter_plus, of Steitz and Roth 2024 (arXiv:2406.06820), at State.
func bottleneckForm() form {
	return form{
		method: "bottleneck", holder: "adapters", fields: bottleneckFields(), open: openBottleneck,
		parts: map[string]int{"adapter_down.0.weight": 2, "adapter_down.0.bias": 1, "adapter_up.weight": 2, "adapter_up.bias": 1, "scaling": 1},
	}
}

// bottleneckFields is BnConfig as of 1.3.
func bottleneckFields() map[string]folder.Use {
	return map[string]folder.Use{
		"architecture": folder.Used, "mh_adapter": folder.Used, "output_adapter": folder.Used, "reduction_factor": folder.Used, "non_linearity": folder.Used,
		"original_ln_before": folder.Used, "original_ln_after": folder.Used, "residual_before_ln": folder.Used, "is_parallel": folder.Used, "scaling": folder.Used, "leave_out": folder.Used,

		"init_weights": folder.Harmless, "init_weights_seed": folder.Harmless, "dropout": folder.Harmless, "stochastic_depth": folder.Harmless,
		"cross_adapter":              folder.Harmless, // of decoders
		"adapter_residual_before_ln": folder.Harmless, // read only with ln_after
		"phm_dim":                    folder.Harmless, // this and what follows: read only with phm_layer
		"factorized_phm_W":           folder.Harmless, "shared_W_phm": folder.Harmless, "shared_phm_rule": folder.Harmless, "factorized_phm_rule": folder.Harmless,
		"phm_c_init": folder.Harmless, "phm_init_range": folder.Harmless, "learn_phm": folder.Harmless, "hypercomplex_nonlinearity": folder.Harmless,
		"phm_rank": folder.Harmless, "phm_bias": folder.Harmless,
		"inv_adapter_reduction_factor": folder.Harmless, // read only with inv_adapter

		"ln_before":          folder.Refused, // a normalisation of its own
		"ln_after":           folder.Refused,
		"use_gating":         folder.Refused, // a factor that depends on the text
		"phm_layer":          folder.Refused, // Compacter
		"inv_adapter":        folder.Refused, // another adapter behind the embeddings
		"invertible_adapter": folder.Refused,
	}
}

// bottleneck is what the fields of BnConfig say.
type bottleneck struct {
	Attention bool            `json:"mh_adapter"`
	Output    bool            `json:"output_adapter"`
	Reduction json.RawMessage `json:"reduction_factor"`
	Act       string          `json:"non_linearity"`
	NormFirst bool            `json:"original_ln_before"`
	NormLast  bool            `json:"original_ln_after"`
	Residual  json.RawMessage `json:"residual_before_ln"`
	Parallel  bool            `json:"is_parallel"`
	Scaling   json.RawMessage `json:"scaling"`
	LeaveOut  []int           `json:"leave_out"`

	at         string             // point
	reductions map[string]float64 // by a block's number, or "default"
	scale      float64            // 0: the tensor scaling
}

func openBottleneck(s settings) (method, error) {
	b := bottleneck{NormLast: true, Residual: json.RawMessage("true"), Scaling: json.RawMessage("1")}
	if err := s.decode(&b); err != nil {
		return nil, err
	}
	if b.at = b.pointOf(); b.at == "" {
		return nil, s.unsupported("residual_before_ln", fmt.Sprintf("with original_ln_before %v, original_ln_after %v and is_parallel %v the base's own result is changed, too",
			b.NormFirst, b.NormLast, b.Parallel))
	}
	act, known := delta.Activation(strings.ToLower(b.Act))
	if !known {
		return nil, s.unsupported("non_linearity", "the encoder has no such activation")
	}
	if s.version == "" && strings.EqualFold(b.Act, "gelu") {
		act = delta.GELUTanh // before versions were written (utils.py, ACTIVATION_RENAME)
	}
	b.Act = act
	var one float64
	if json.Unmarshal(b.Reduction, &one) == nil {
		b.reductions = map[string]float64{"default": one}
	} else if err := json.Unmarshal(b.Reduction, &b.reductions); err != nil {
		return nil, s.corrupt("field config.reduction_factor is neither a number nor one for each layer")
	}
	for _, r := range b.reductions {
		if r <= 0 || math.IsInf(r, 0) {
			return nil, s.corrupt("field config.reduction_factor: %v is not above 0", r)
		}
	}
	if string(b.Scaling) == `"learned"` || string(b.Scaling) == `"channel"` {
		return b, nil
	}
	if err := json.Unmarshal(b.Scaling, &b.scale); err != nil || b.scale == 0 || math.Abs(b.scale) > math.MaxFloat32 {
		return nil, s.unsupported("scaling", "it is neither a number but 0, nor learned or channel")
	}
	return b, nil
}

// pointOf is where the bottleneck reads and adds; "" where it changes what the base itself computes (methods/modeling.py).
func (b bottleneck) pointOf() string {
	switch residual := string(b.Residual); {
	case b.Parallel && b.NormLast:
		return delta.Parallel
	case b.Parallel || residual != "true" && residual != "false":
		return ""
	case !b.NormFirst && b.NormLast: // the residual is h, before and behind
		return delta.Output
	case b.NormFirst && b.NormLast && residual == "true":
		return delta.Normed
	case b.NormFirst && !b.NormLast && residual == "false":
		return delta.State
	}
	return ""
}

func (b bottleneck) point() string { return b.at }

func (b bottleneck) adapts(p place) bool {
	return !slices.Contains(b.LeaveOut, p.block) && (p.kind == "mh_adapter" && b.Attention || p.kind == "output_adapter" && b.Output)
}

func (b bottleneck) read(m *module) (delta.Update, error) {
	t, err := m.need("adapter_down.0.weight", "adapter_down.0.bias", "adapter_up.weight", "adapter_up.bias")
	if err != nil {
		return delta.Update{}, err
	}
	down, up := t[0], t[2]
	rank, width := down.shape[0], down.shape[1]
	reduction, ok := b.reductions[strconv.Itoa(m.block)]
	if !ok {
		reduction, ok = b.reductions["default"]
	}
	if want := max(1, int(math.Floor(float64(width)/reduction))); !ok || rank != want {
		return delta.Update{}, m.corrupt(fmt.Sprintf("the bottleneck is %d wide, field config.reduction_factor makes %d of %d", rank, want, width))
	}
	branch := delta.Branch{Rank: rank, A: down.values, ABias: t[1].values, Act: b.Act, B: up.values, BBias: t[3].values, Scale: float32(b.scale)}
	if b.scale == 0 {
		if err := b.learned(m, &branch); err != nil {
			return delta.Update{}, err
		}
	}
	sublayer := map[string]string{"mh_adapter": "attention", "output_adapter": "ffn"}[m.kind]
	return delta.Update{Site: delta.At(m.stem+sublayer, b.at), In: width, Out: up.shape[0], Branches: []delta.Branch{branch}}, nil
}

// learned puts the tensor scaling into the branch: one number, or one for each output, which goes into the rows of B.
func (b bottleneck) learned(m *module, branch *delta.Branch) error {
	t, err := m.need("scaling")
	if err != nil {
		return err
	}
	want := 1
	if string(b.Scaling) == `"channel"` {
		want = len(branch.BBias)
	}
	if len(t[0].values) != want || len(branch.B) != len(branch.BBias)*branch.Rank {
		return m.corrupt(fmt.Sprintf("scaling has %d numbers, not %d", len(t[0].values), want))
	}
	if want == 1 {
		branch.Scale = t[0].values[0]
		return nil
	}
	branch.Scale, branch.B, branch.BBias = 1, slices.Clone(branch.B), slices.Clone(branch.BBias)
	for o, f := range t[0].values {
		branch.BBias[o] *= f
		for r := range branch.B[o*branch.Rank:][:branch.Rank] {
			branch.B[o*branch.Rank+r] *= f
		}
	}
	return nil
}
