package adapters

import (
	"os"

	"loradex/adapters/peft"
)

// loadLoRA reads LoRA and rsLoRA: y += scale · B(A x), with scale = α/r or α/√r. Hu et al. 2021, arXiv:2106.09685;
// Kalajdzievski 2023, arXiv:2312.03732.
func loadLoRA(root *os.Root, dir string) (*Adapter, error) {
	folder, err := peft.Open(root, dir)
	if err != nil {
		return nil, err
	}
	a := &Adapter{
		Updates: make(map[string]Update, len(folder.Sites)),
		Card:    Card{BaseModel: folder.Config.BaseModel},
		bytes:   folder.Bytes,
		closer:  folder.Close,
		targets: func(module string) bool { return folder.Config.Targets(folder.Prefix + module) },
	}
	for path, s := range folder.Sites {
		a.Updates[path] = Update{
			Module: path, In: s.In, Out: s.Out, Rank: s.Rank, A: s.A, B: s.B, Scale: float32(s.Scale), Bias: s.Bias,
			Magnitude: s.Magnitude,
		}
	}
	return a, nil
}
