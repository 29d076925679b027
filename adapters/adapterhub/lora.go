package adapterhub

import (
	"fmt"
	"slices"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
)

const maxRank = 1 << 16

// loraForm is LoRA: y + α/r·B(A x).
func loraForm() form {
	return form{
		method: "lora", architecture: "lora", mode: "add", holder: "loras", fields: loraFields(), open: openLoRA,
		parts: map[string]int{"lora_A": 2, "lora_B": 2}, // [r, in], [out, r]
	}
}

// loraFields is LoRAConfig as of 1.3, which (IA)³ shares.
func loraFields() map[string]folder.Use {
	return map[string]folder.Use{
		"architecture": folder.Used, "composition_mode": folder.Used, "selfattn_lora": folder.Used, "intermediate_lora": folder.Used, "output_lora": folder.Used,
		"attn_matrices": folder.Used, "leave_out": folder.Used, "r": folder.Used, "alpha": folder.Used,

		"dropout": folder.Harmless, "init_weights": folder.Harmless, "init_weights_seed": folder.Harmless,
		"dtype": folder.Harmless, // the tensors have one

		"use_gating": folder.Refused, // a factor that depends on the text
		"use_dora":   folder.Refused, // another DoRA than PEFT's: the bias is scaled too
		"vera_d":     folder.Refused, // matrices in other places
		"vera_b":     folder.Refused,
	}
}

// lora is what the fields of LoRAConfig say.
type lora struct {
	SelfAttention bool     `json:"selfattn_lora"`
	Intermediate  bool     `json:"intermediate_lora"`
	Output        bool     `json:"output_lora"`
	Matrices      []string `json:"attn_matrices"`
	LeaveOut      []int    `json:"leave_out"`
	R             int      `json:"r"`
	Alpha         float64  `json:"alpha"`
}

func openLoRA(s settings) (method, error) { return decodeLoRA(s) }

// decodeLoRA lays the settings over LoRAConfig's defaults.
func decodeLoRA(s settings) (lora, error) {
	l := lora{SelfAttention: true, Matrices: []string{"q", "v"}, R: 8, Alpha: 8}
	if err := s.decode(&l); err != nil {
		return l, err
	}
	if l.R < 1 || l.R > maxRank {
		return l, s.corrupt("field config.r: rank %d is not between 1 and %d", l.R, maxRank)
	}
	if s.before(1, 1) {
		l.Alpha = float64(l.R) // what they were trained with, whatever the field says (loading.py, _fix_backward_compat)
	}
	return l, nil
}

func (l lora) adapts(p place) bool {
	if slices.Contains(l.LeaveOut, p.block) {
		return false
	}
	switch p.kind {
	case "q", "k", "v":
		return l.SelfAttention && slices.Contains(l.Matrices, p.kind)
	case "intermediate":
		return l.Intermediate
	case "output":
		return l.Output
	}
	return false
}

func (l lora) point() string { return "" }

func (l lora) read(m *module) (delta.Update, error) {
	t, err := m.need("lora_A", "lora_B")
	if err != nil {
		return delta.Update{}, err
	}
	a, b := t[0], t[1]
	if a.shape[0] != l.R || b.shape[1] != l.R {
		return delta.Update{}, m.corrupt(fmt.Sprintf("lora_A and lora_B have shapes %v and %v, field config.r is %d", a.shape, b.shape, l.R))
	}
	return delta.Update{Site: m.path, In: a.shape[1], Out: b.shape[0], Branches: []delta.Branch{
		{Rank: l.R, A: a.values, B: b.values, Scale: float32(l.Alpha / float64(l.R))},
	}}, nil
}
