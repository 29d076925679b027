package workspace

// This file trains adapters: over data sets, or over what a repository's own authors wrote.

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation/training"
	"loradex/indexer"
	"loradex/indexer/mine"
	"loradex/internal/dataset"
	"loradex/internal/fault"
	"loradex/search"
)

// TrainOptions say what is trained on, and how. A name without a path is one in the library, or with Train.Full among the
// models.
type TrainOptions struct {
	training.Options
	Data        []string // BEIR folders: [LANGUAGE=]DIR
	Repo, Rev   string   // in their place a PATH|URL to mine pairs from; "" is the work tree
	Kinds       []string // of pairs to mine; none are all
	PerLanguage bool     // one adapter for each language, called NAME-LANGUAGE
	// Mined is told what a repository gave. The default drops it.
	Mined func(*mine.Report)
}

// Validate refuses what contradicts itself, as wrong use.
func (o *TrainOptions) Validate() error {
	switch {
	case (len(o.Data) == 0) == (o.Repo == ""):
		return fault.Usagef("give --data DIR, or --repo PATH", "training needs one kind of data")
	case o.Repo == "" && (o.Rev != "" || len(o.Kinds) > 0):
		return fault.Usagef("give --repo PATH", "--rev and --pairs are for repositories")
	case o.Limit < 0 || o.Train.HardNegatives < 0 || o.NegativeMargin < -2 || o.NegativeMargin > 2:
		return fault.Usagef("see `loradex train --help`", "--limit, --hard-negatives or --negative-margin is out of range")
	case o.Train.Full && o.PerLanguage:
		return fault.Usagef("leave one of them out", "--full trains one model, and --per-language adapters")
	case o.inLibrary():
		return fault.Usage(adapters.ValidName(o.Name))
	}
	return nil
}

// inLibrary tells whether the result has a name and not a path.
func (o *TrainOptions) inLibrary() bool {
	return !strings.ContainsAny(o.Name, `/\`) && !filepath.IsAbs(o.Name)
}

// Train trains one adapter, or one for each language, and hands what came of each to done. Of several, those that are there
// already are passed over by Train.Resume.
func (s *Session) Train(ctx context.Context, o TrainOptions, done func(*training.Report) error) error {
	started := time.Now() // of what takes time: mining and starting the encoder count
	if err := o.Validate(); err != nil {
		return err
	}
	tasks, err := s.trainingData(ctx, &o)
	if err != nil {
		return err
	}
	for _, data := range tasks {
		own := o
		if o.PerLanguage {
			own.Options = o.ForLanguage(data.Language)
		}
		if err := s.placeResult(&own); err != nil {
			return err
		}
		if o.PerLanguage && own.GoOn() {
			s.Note("%s is there already; it is not trained again", own.Name)
			continue
		}
		r, err := s.train(ctx, data, own.Options, nil, started)
		if err != nil {
			return err
		}
		started = time.Now()
		if err := done(r); err != nil {
			return err
		}
	}
	return nil
}

// AdaptTo trains an adapter for queries of an indexed repository, or for both sides, and makes it what searches there use
// where it helps. Its name is the repository's where o has none. indexed makes the space of an adapter for both sides.
func (s *Session) AdaptTo(ctx context.Context, o TrainOptions, indexed func(adapters.Mix) error) (r *training.Report, installed bool, err error) {
	started := time.Now()
	defer func() {
		if r != nil {
			r.Seconds = time.Since(started).Seconds() // with what was indexed
		}
	}()
	dir, err := s.FindIndex(ctx, o.Repo)
	if err != nil {
		return nil, false, err
	}
	store, err := s.openIndex(ctx, dir)
	if err != nil {
		return nil, false, err
	}
	spaces, err := search.Spaces(ctx, store, nil)
	if err != nil {
		return nil, false, err
	}
	s = s.kept(spaces) // an adapter is for the model that searches here use
	state, err := search.In(store, indexer.Tree{}).Repo(ctx)
	if err != nil {
		return nil, false, err
	}
	if len(state.Languages) > 0 {
		return nil, false, fault.New(fault.Unsupported, "the index is language-wise, and an adapter for its queries alone is not supported").
			WithHint("train adapters for the languages with `loradex train --per-language`, or give one mix to all with `loradex index --language-wise=none`")
	}
	if o.Name == "" {
		o.Name = adapterName(dataset.NameOf(o.Repo))
	}
	if err := o.Validate(); err != nil {
		return nil, false, err
	}
	tasks, err := s.trainingData(ctx, &o)
	if err != nil {
		return nil, false, err
	}
	if err := s.placeResult(&o); err != nil {
		return nil, false, err
	}
	o.OnlyBetter = true
	if r, err = s.train(ctx, tasks[0], o.Options, s.baseVectors(store), started); err != nil {
		return nil, false, err
	}
	if r.Verdict != training.Better {
		r.Where = ""
		return r, false, nil
	}
	if r.Side == adapters.SideBoth {
		mix, err := adapters.ParseMix(r.Adapter)
		if err != nil {
			return nil, false, fault.Usage(fault.Prefix(err, "--adapter"))
		}
		if err := indexed(mix); err != nil {
			return nil, false, err
		}
	}
	return r, true, Adapt(dir, r.Adapter)
}

// Mine finds pairs of texts at a revision of the repository of a PATH|URL; "" is its work tree.
func (s *Session) Mine(ctx context.Context, where, rev string, o mine.Options) (*mine.Pairs, error) {
	repo, err := s.openRepo(ctx, where, false)
	if err != nil {
		return nil, err
	}
	defer s.Progress.Done()
	o.Progress = func(p indexer.Progress) { s.Progress.Set("mine "+p.Phase, p.Done, p.Total, "") }
	return mine.Mine(ctx, repo.Source(rev), repo.Log, o)
}

// trainingData are the trainings that the options ask for: one, or one for each language.
func (s *Session) trainingData(ctx context.Context, o *TrainOptions) ([]training.Data, error) {
	if o.Repo == "" {
		return training.FromFolders(o.Data, o.PerLanguage)
	}
	m := mine.Options{Seed: o.Train.Seed}
	for _, k := range o.Kinds {
		kind, err := mine.ParseKind(k)
		if err != nil {
			return nil, fault.Usage(err)
		}
		m.Kinds = append(m.Kinds, kind)
	}
	pairs, err := s.Mine(ctx, o.Repo, o.Rev, m)
	if err != nil {
		return nil, err
	}
	if o.Mined != nil {
		o.Mined(&pairs.Report)
	}
	name := dataset.NameOf(o.Repo)
	if !o.PerLanguage {
		return []training.Data{{Name: name, Source: pairs}}, nil
	}
	var tasks []training.Data
	for _, l := range slices.Sorted(maps.Keys(pairs.Report.Languages)) {
		tasks = append(tasks, training.Data{Name: name + " (" + l + ")", Language: l, Source: training.OneLanguage{Source: pairs, Language: l}})
	}
	return tasks, nil
}

// placeResult sets the folder of the result.
func (s *Session) placeResult(o *TrainOptions) error {
	var err error
	switch {
	case o.inLibrary() && o.Train.Full:
		o.Where = filepath.Join(s.Home.Models(), o.Name)
	case o.inLibrary():
		o.Where = filepath.Join(s.Home.Adapters(), o.Name)
	default:
		if o.Where, err = filepath.Abs(o.Name); err != nil {
			return fault.Wrap(fault.Unavailable, err, "--out")
		}
	}
	return nil
}

// vectorsOf gives the base's vectors of some texts, nil for those that it has none of.
type vectorsOf = func(ctx context.Context, base embed.Space, texts []string) ([][]float32, error)

// train trains one adapter, or model.
func (s *Session) train(ctx context.Context, data training.Data, o training.Options, indexed vectorsOf, started time.Time) (*training.Report, error) {
	if err := o.Check(); err != nil { // before the encoder is started
		return nil, err
	}
	defer s.Progress.Done()
	s.Progress.Set("prepare", 0, 0, "") // opening a model takes a while, too
	enc, err := s.Encoder(ctx, func(o *embed.Options) {
		if s.trial == nil {
			s.trial = training.NewTrial(o.Adapters)
		}
		o.Adapters = s.trial
	})
	if err != nil {
		return nil, err
	}
	return training.Run(ctx, data, training.Tools{
		Encoder: enc, Trial: s.trial, Indexed: indexed, Note: s.Note, Progress: s.Progress.Set, Log: s.Log, Started: started,
	}, o)
}

// baseVectors reads the base's vectors from the index, where it has a space that this encoder would fill, too.
func (s *Session) baseVectors(store search.Backend) vectorsOf {
	return func(ctx context.Context, base embed.Space, texts []string) ([][]float32, error) {
		vectors, err := store.TextVectors(ctx, s.indexerOptions().SpaceOf(base).ID, texts)
		if fault.CodeOf(err) == fault.NotFound {
			return make([][]float32, len(texts)), nil // made with another model, or lexical: they are encoded here
		}
		return vectors, err
	}
}

// adapterName makes a name of a repository's.
func adapterName(repo string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, strings.TrimSuffix(repo, ".git"))
	name = strings.TrimLeft(name, "-_.")
	if adapters.ValidName(name) != nil {
		return "repository"
	}
	return name
}
