package workspace

import (
	"context"

	"loradex/adapters"
	"loradex/embed/arch"
	"loradex/embed/model"
)

// Base describes the model that an adapter must fit. Reading it needs no runtime.
func (s *Session) Base(ctx context.Context) (adapters.AddOptions, error) {
	var o adapters.AddOptions
	dir, err := s.ModelDir()
	if err != nil {
		return o, err
	}
	m, err := model.Open(dir)
	if err != nil {
		return o, err
	}
	s.OnClose(m.Close) // the sites' biases may alias the mapped weights
	o.BaseModel, o.BaseDigest = m.AdapterBase()
	if o.Sites, err = arch.Sites(&m.Model); err != nil {
		return o, err
	}
	return o, ctx.Err()
}
