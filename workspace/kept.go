package workspace

// This file has an index keep the model that it was made with.

import (
	"context"
	"path/filepath"

	"loradex/embed"
	"loradex/embed/model"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/internal/home"
	"loradex/search"
)

// madeWith is the space that says with which model an index was made: the default one, or else the first. nil for one without vectors.
func madeWith(spaces []indexer.SpaceState) *embed.Space {
	var of *embed.Space
	for i := range spaces {
		if of == nil || spaces[i].Default {
			of = &spaces[i].Space
		}
	}
	return of
}

// kept is the session for an index that has these spaces: with the model that they were made with, unless the command line names one. What
// settings name is for new indexes.
func (s *Session) kept(spaces []indexer.SpaceState) *Session {
	of := madeWith(spaces)
	if of == nil || s.ModelNamed || s.ModelName() == noModel {
		return s
	}
	if dir, err := s.ModelDir(); err == nil && modelName(dir) == of.Model {
		return s // which may be a folder that is not among the installed ones
	}
	run := s.child()
	run.Config.Model, run.madeWith = s.installedAs(of), of.Model
	return run
}

// installedAs is the name of the model of a space: its own or, where that is not installed, that of one with the same weights.
func (s *Session) installedAs(of *embed.Space) string {
	if _, err := s.Home.Model(of.Model); err == nil {
		return of.Model
	}
	for _, name := range s.Home.InstalledModels() {
		m, err := model.Open(filepath.Join(s.Home.Models(), name))
		if err != nil {
			continue
		}
		same := m.BaseDigest() == of.Base
		_ = m.Close() // it was read
		if same {
			return name
		}
	}
	return of.Model
}

// missing is the reason why an index's own model cannot be used; nil where it can, or is not asked for.
func (s *Session) missing() error {
	if s.madeWith == "" {
		return nil
	}
	if _, err := s.ModelDir(); err != nil {
		err := fault.New(fault.NotFound, "the index was made with %s, which is not installed", s.madeWith)
		if s.madeWith == home.DefaultModel {
			return err.WithHint("run `make setup`")
		}
		return err.WithHint("install it with `loradex model pull`, or `make setup MODEL=%s` where set-up has it; or make other vectors: `loradex index --model %s`",
			s.madeWith, home.DefaultModel)
	}
	return nil
}

// noteKept says that an index keeps its model although settings name another.
func (s *Session) noteKept(asked *Session) {
	if s.madeWith != "" && asked.Config.Model != "" {
		s.Note("the index keeps %s, with which it was made; `loradex index --model %s` changes it", s.madeWith, asked.Config.Model)
	}
}

// Base is the session with what encodes for the index: its own model. Without an index it is that of the settings.
func (l *local) Base(ctx context.Context) *Session {
	x, err := l.open(ctx)
	if err != nil {
		return l.session // who needs the index says what is wrong with it
	}
	spaces, err := search.Spaces(ctx, x.store, nil)
	if err != nil {
		return l.session
	}
	return l.session.kept(spaces)
}

// baseAt is Base of the index of a PATH, which is closed again: what checks an index may repair it.
func (s *Session) baseAt(ctx context.Context, where string) (base *Session, err error) {
	if s.Shared != "" {
		where = ""
	}
	probe := s.child()
	base = probe.Open(where).Base(ctx)
	return base, probe.Close()
}

// followModel forgets the encoder where a run of `index` gave the index another model meanwhile: a server does not end for that.
func (l *local) followModel(ctx context.Context) {
	l.mu.Lock()
	running := l.enc != nil
	l.mu.Unlock()
	if !running {
		return
	}
	now := l.Base(ctx).ModelName()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now != l.model {
		l.enc = nil // its session closes it
	}
}
