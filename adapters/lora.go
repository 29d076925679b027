package adapters

import (
	"os"

	"loradex/adapters/delta"
	"loradex/adapters/peft"
)

// readPEFT reads a folder of any type that package peft knows. LoRA and rsLoRA are y += scale·B(A x), with scale = α/r or
// α/√r. Hu et al. 2021, arXiv:2106.09685; Kalajdzievski 2023, arXiv:2312.03732.
func readPEFT(root *os.Root, dir string, m Method) (*Adapter, error) {
	folder, err := peft.Open(root, dir)
	if err != nil {
		return nil, err
	}
	return &Adapter{
		Method:  m.Name,
		Updates: folder.Updates,
		RSLoRA:  folder.Config.RSLoRA,
		Card:    Card{BaseModel: folder.Config.BaseModel},
		bytes:   folder.Bytes,
		closer:  folder.Close,
		targets: func(s delta.Site) bool { return s.Kind == delta.Linear && folder.Config.Targets(folder.Prefix+s.Path) },
	}, nil
}

// writePEFT writes the method's type of PEFT's into the folder dir.
func writePEFT(m Method, dir string, a *Adapter, o SaveOptions) error {
	opts := peft.WriteOptions{Type: m.Type, BaseModel: a.Card.BaseModel, Dropout: o.Dropout, RSLoRA: a.RSLoRA, Layers: linearPaths(o.Sites)}
	return peft.Write(dir, a.Updates, opts)
}
