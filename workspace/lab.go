package workspace

// This file lets evaluations use what a session has: its encoder, its adapters, its settings of ranking.

import (
	"cmp"
	"context"

	"loradex/embed"
	"loradex/evaluation"
	"loradex/evaluation/experiment"
	"loradex/internal/config"
)

// Lab returns where evaluations run; it is closed at the end. noCache encodes everything anew, and keeps nothing.
func (s *Session) Lab(noCache bool) *experiment.Lab {
	t := experiment.Tools{
		Engine: func(ctx context.Context, maxTokens int) (*embed.Encoder, error) {
			return s.Encoder(ctx, func(o *embed.Options) { o.MaxTokens = cmp.Or(maxTokens, o.MaxTokens) })
		},
		Model: func(ctx context.Context, name string, maxTokens int) (*embed.Encoder, error) {
			dir, err := s.Home.Model(name)
			if err != nil {
				return nil, err
			}
			return s.Encoder(ctx, func(o *embed.Options) { o.Model, o.Adapters, o.MaxTokens = dir, nil, maxTokens })
		},
		Library: s.Library, Sides: s.sides, Caches: s.Home.Caches(), Threads: s.Threads(),
		Ranking: ranking(s.Config.Search), Usual: ranking(config.Default().Search),
		Spread:   s.spread,
		Note:     s.Note,
		Progress: func(p evaluation.Progress) { s.Progress.Set(string(p.Stage), p.Done, p.Total, "") },
	}
	if noCache {
		t.Caches = ""
	}
	lab := experiment.New(t)
	s.OnClose(lab.Close)
	return lab
}
