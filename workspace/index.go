package workspace

// This file brings an index up to date: the work tree or a revision, and what is indexed beside it.

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/internal/config"
	"loradex/internal/fault"
	"loradex/search"
)

// IndexOptions say what a run does. The zero value, with a store, brings everything up to date that the index has.
type IndexOptions struct {
	Rev  string // index the tree of this branch, tag or commit; "" is the work tree
	Full bool   // do everything anew, whatever the index holds

	Store  string // keeps a new index: one of config.Stores
	Insist bool   // an index that is kept elsewhere is refused, and not left where it is

	Adapter      *adapters.Mix  // add its space; nil adds none
	LanguageWise string         // what mix each language gets: LANGUAGE=MIX,..., NAME, auto or none; "" keeps what the index has
	DropSpaces   []adapters.Mix // remove these; an ID reads as a mix of one adapter

	Branches, Revs []string // trees beside the work tree
	AllBranches    bool
	Since          string // of all branches those whose last commit is not older: a date, a period, a revision

	// Searchable is called once, when words can be searched: before vectors are made, or at the end where there are none to make.
	Searchable func(files, chunks int) error

	words bool // files are stored and nothing is encoded, whatever spaces there are
}

// Validate refuses stores that are not known, and languages' mixes that cannot be read.
func (o IndexOptions) Validate() error {
	if !slices.Contains(config.Stores(), o.Store) {
		return fault.Usagef("use "+strings.Join(config.Stores(), " or "), "--store is %q", o.Store)
	}
	if strings.Contains(o.LanguageWise, "=") {
		if _, err := ParseLanguageMixes(o.LanguageWise); err != nil {
			return err
		}
	}
	if o.Since != "" && !o.AllBranches {
		return fault.Usagef("it picks among --all-branches", "--since without --all-branches")
	}
	return nil
}

// changesLanguages tells whether languages get adapters.
func (o IndexOptions) changesLanguages() bool {
	return o.LanguageWise != "" && o.LanguageWise != wiseOff
}

// IndexReport says what a run did.
type IndexReport struct {
	indexer.Report
	Trees []treeReport `json:"trees,omitempty"` // beside the work tree
	Dir   string       `json:"-"`               // of the index
}

// PrepareIndex makes the folder of a repository's index, where it is not there, and makes sure that nobody writes to it; linked
// work trees write one after the other.
func (s *Session) PrepareIndex(ctx context.Context, where string) (dir string, err error) {
	run := s.child()
	defer func() { err = errors.Join(err, run.Close()) }()
	repo, err := run.openRepo(ctx, where, false)
	if err != nil {
		return "", err
	}
	if dir, err = s.locateIndex(repo); err != nil {
		return "", err
	}
	if s.sharesLinked(repo) {
		return dir, nil // the run waits for its turn
	}
	release, err := indexer.Lock(dir)
	if err != nil {
		return "", err
	}
	return dir, release()
}

// Index brings the index of a PATH|URL up to date. What is done is kept where it is interrupted: the next run goes on.
func (s *Session) Index(ctx context.Context, where string, o IndexOptions) (IndexReport, error) {
	return s.index(ctx, where, o, nil)
}

// index is Index; f follows the work tree, or is nil. It takes several runs where other processes want to index meanwhile.
func (s *Session) index(ctx context.Context, where string, o IndexOptions, f *follower) (out IndexReport, err error) {
	if err := o.Validate(); err != nil {
		return out, err
	}
	defer s.Progress.Done()
	var t turns
	defer func() { err = errors.Join(err, t.done()) }()
	told := &searchable{tell: o.Searchable}
	for first := true; ; first = false {
		report, err := s.indexOnce(ctx, where, o, f, &t, told)
		if !first {
			report = out.then(report)
		}
		if out = report; !errors.Is(err, errGiveWay) {
			return out, err
		}
		giveWay(ctx, t.dir)
		o.Full, o.DropSpaces = false, nil // that is done
	}
}

// indexOnce is one run, which ends with errGiveWay where others wait for the index.
func (s *Session) indexOnce(ctx context.Context, where string, o IndexOptions, f *follower, t *turns, told *searchable) (out IndexReport, err error) {
	s.Progress.Set("scan", 0, 0, "") // opening a model takes a while, too
	run := s.child()                 // what it opens is closed when it is over
	defer func() { err = errors.Join(err, run.Close()) }()
	repo, err := run.openRepo(ctx, where, false)
	if err != nil {
		return out, err
	}
	if out.Dir, err = run.locateIndex(repo); err != nil {
		return out, err
	}
	again, shares := t.dir != "", s.sharesLinked(repo)
	t.dir = out.Dir
	if shares && !o.words {
		run.openModel(ctx, out.Dir)
	}
	release, err := f.lock(ctx, out.Dir, again || o.words || shares)
	if err != nil {
		return out, err
	}
	run.OnClose(release)
	defer func() {
		if !errors.Is(err, errGiveWay) {
			err = errors.Join(err, t.done())
		}
	}()
	store, err := run.openForWriting(ctx, out.Dir, o.Store, o.Insist)
	if err != nil {
		return out, err
	}
	if err := checkNotAdapted(out.Dir, o); err != nil {
		return out, err
	}
	opts := run.indexerOptions()
	opts.Full = o.Full
	var plan spacePlan
	if !o.words {
		if plan, err = run.planSpaces(ctx, store, opts, o); err != nil {
			return out, err
		}
	}
	opts.Spaces, opts.Languages = plan.spaces, plan.languages
	name := run.treeOf(repo)
	tree, list := search.In(store, name), listFile(out.Dir, name)
	source := &listing{Source: repo.Source(o.Rev), onDisk: o.Rev == "" && !repo.Bare(), small: run.isLinked(name)}
	if source.small {
		tree = stampedBy(tree, list)
	}
	listed := sync.OnceValue(func() error { return source.save(ctx, tree, list, opts) })
	opts.Progress = func(p indexer.Progress) {
		s.Progress.Set(p.Phase, p.Done, p.Total, "")
		if p.Phase == "encode" { // the files are stored
			_ = listed() // said at the end
			told.say(ctx, tree)
		}
	}
	encoder := plan.encoder
	if encoder != nil {
		encoder = t.encoder(f.encoder(encoder))
	}
	out.Report, err = indexer.Index(ctx, source, tree, encoder, opts)
	elsewhere := errors.Is(err, errElsewhere)
	if elsewhere || err == nil {
		err = listed()
	}
	for _, text := range repo.Notes() {
		s.Note("%s", text)
	}
	if err == nil {
		out.Trees, err = run.indexTrees(ctx, repo, store, encoder, opts, o)
	}
	if err != nil {
		return out, err
	}
	if elsewhere {
		s.Note("another process makes the vectors, those of this work tree too; `loradex status` says how far they are")
	}
	told.say(ctx, tree)
	return out, told.err
}

// openModel opens the encoder that the index of a folder will need, so that nobody waits for that while the lock is held. What
// is wrong the run finds out.
func (s *Session) openModel(ctx context.Context, dir string) {
	probe := s.child()
	var spaces []indexer.SpaceState
	store, err := probe.openIndex(ctx, dir)
	if err == nil {
		spaces, err = search.Spaces(ctx, store, nil)
	}
	if err == nil || fault.CodeOf(err) == fault.NotFound {
		base := s.kept(spaces)
		if reason, err := base.WithoutVectors(ctx); reason == nil && err == nil {
			_, _ = base.Encoder(ctx) //nolint:errcheck // see above
		}
	}
	_ = probe.Close() //nolint:errcheck // it was read
}

// searchable tells once that words can be searched.
type searchable struct {
	tell func(files, chunks int) error
	once sync.Once
	err  error
}

func (s *searchable) say(ctx context.Context, store indexer.Manifest) {
	if s.tell == nil {
		return
	}
	s.once.Do(func() {
		var files map[string]indexer.FileState
		if files, s.err = store.Files(ctx); s.err != nil {
			return
		}
		var chunks int
		if chunks, s.err = store.ChunkCount(ctx); s.err == nil {
			s.err = s.tell(len(files), chunks)
		}
	})
}

// checkNotAdapted refuses to give languages adapters where `adapt` has installed one: searches use that one, in the base's
// space, which would not hold all languages any more.
func checkNotAdapted(dir string, o IndexOptions) error {
	if !o.changesLanguages() {
		return nil
	}
	adapted, err := adaptedTo(dir)
	if err != nil || adapted == nil {
		return err
	}
	return fault.New(fault.Conflict, "searches here use %s, which `loradex adapt` installed, and an index of languages has no place for it", adapted).
		WithHint("run `loradex adapt --forget` first")
}
