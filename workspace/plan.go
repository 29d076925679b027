package workspace

// This file decides which spaces an index gets: those that it has, the one that is asked for, and at first the base's.

import (
	"context"
	"maps"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// spacePlan is what a run of `index` fills.
type spacePlan struct {
	spaces  []indexer.SpacePlan
	encoder indexer.Encoder // nil for a lexical run
	// languages are the mixes of a language-wise index; nil keeps what it has, an empty map makes it none.
	languages map[string]adapters.Mix
}

// planSpaces drops what is to be dropped and plans the rest.
func (s *Session) planSpaces(ctx context.Context, store search.Backend, opts indexer.Options, o IndexOptions) (spacePlan, error) {
	have, err := search.Spaces(ctx, store, nil)
	if err != nil {
		return spacePlan{}, err
	}
	state, err := search.In(store, indexer.Tree{}).Repo(ctx)
	if err != nil {
		return spacePlan{}, err
	}
	first, asked := len(have) == 0, s
	s = s.kept(slices.DeleteFunc(slices.Clone(have), func(have indexer.SpaceState) bool {
		return slices.ContainsFunc(o.DropSpaces, func(name adapters.Mix) bool { return isNamed(have, name) })
	}))
	s.noteKept(asked)
	reason, err := s.WithoutVectors(ctx)
	if err != nil {
		return spacePlan{}, err
	}
	if reason != nil && (o.Adapter != nil || o.changesLanguages()) {
		return spacePlan{}, reason
	}
	p := &planner{Session: s, store: store, opts: opts, ids: map[string]int{}}
	if p.languages, err = s.languageMapping(ctx, o.LanguageWise, state); err != nil {
		return spacePlan{}, err
	}
	if o.Adapter != nil {
		if err := s.checkWholeMix(ctx, *o.Adapter, p.languages); err != nil {
			return spacePlan{}, err
		}
	}
	for _, name := range o.DropSpaces {
		if own := p.languages.languagesOf(name); len(own) > 0 {
			return spacePlan{}, fault.Usagef("give the languages another mix with --language-wise=..., or the base with --language-wise=none",
				"--drop-space: %s is the mix of %s", name, strings.Join(own, ", "))
		}
	}
	if have, err = dropSpaces(ctx, store, have, o.DropSpaces); err != nil {
		return spacePlan{}, err
	}
	if have, err = p.dropFormer(ctx, have, state); err != nil {
		return spacePlan{}, err
	}
	if reason != nil {
		s.noteLexical(reason, "no vectors are made, search is lexical")
		plan := spacePlan{}
		if p.languages.asked {
			plan.languages = map[string]adapters.Mix{}
		}
		return plan, nil
	}
	mixes := []adapters.Mix{}
	p.made = madeWith(have)
	if first && !slices.ContainsFunc(o.DropSpaces, adapters.Mix.IsBase) {
		mixes = append(mixes, adapters.Mix{})
	}
	if o.Adapter != nil {
		mixes = append(mixes, *o.Adapter)
	}
	return p.plan(ctx, have, mixes)
}

// checkWholeMix refuses a mix whose space cannot be for all languages.
func (s *Session) checkWholeMix(ctx context.Context, mix adapters.Mix, languages mapping) error {
	if own := languages.languagesOf(mix); len(own) > 0 {
		return fault.Usagef("give one mix to all with --language-wise=none first", "--adapter: the index encodes %s alone with %s", strings.Join(own, ", "), mix)
	}
	return s.checkDocumentMix(ctx, mix)
}

// isNamed tells whether a name is a space's: its mix or its ID.
func isNamed(s indexer.SpaceState, name adapters.Mix) bool {
	return s.Space.ID == name.String() || s.Space.Mix == name
}

// dropSpaces removes the spaces that are named by mix or ID and returns those that are left.
func dropSpaces(ctx context.Context, store search.Backend, have []indexer.SpaceState, names []adapters.Mix) ([]indexer.SpaceState, error) {
	for _, mix := range names {
		named := func(s indexer.SpaceState) bool { return isNamed(s, mix) }
		if !slices.ContainsFunc(have, named) {
			return nil, fault.New(fault.NotFound, "the index has no space %q", mix).WithHint("`loradex status` lists the spaces")
		}
		var left []indexer.SpaceState
		for _, s := range have {
			if !named(s) {
				left = append(left, s)
			} else if err := store.DropSpace(ctx, s.Space.ID); err != nil {
				return nil, err
			}
		}
		have = left
	}
	return have, nil
}

// planner makes the plans of one run.
type planner struct {
	*Session
	store     search.Backend
	opts      indexer.Options
	languages mapping
	made      *embed.Space // with whose model the index was made; nil for none
	enc       *embed.Encoder
	spaces    []indexer.SpacePlan
	ids       map[string]int // places in spaces
}

// dropFormer removes the spaces of languages that have another mix now: nothing would fill them any more.
func (p *planner) dropFormer(ctx context.Context, have []indexer.SpaceState, state indexer.RepoState) ([]indexer.SpaceState, error) {
	former := slices.Collect(maps.Values(indexer.Adapted(state.Languages)))
	var left []indexer.SpaceState
	for _, s := range have {
		if !slices.Contains(former, s.Space.Mix) || len(p.languages.languagesOf(s.Space.Mix)) > 0 {
			left = append(left, s)
			continue
		}
		if err := p.store.DropSpace(ctx, s.Space.ID); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// plan makes plans for new mixes, for the languages, and for the spaces of the index that this encoder can still fill.
func (p *planner) plan(ctx context.Context, have []indexer.SpaceState, mixes []adapters.Mix) (spacePlan, error) {
	var err error
	if p.enc, err = p.Encoder(ctx); err != nil {
		return spacePlan{}, err
	}
	plan := spacePlan{encoder: p.enc}
	base, err := p.enc.Space(ctx, adapters.Mix{})
	if err != nil {
		return spacePlan{}, err
	}
	if p.made != nil && p.made.Base != base.Base {
		p.Note("the index gets vectors of %s, which searches use from now on, in place of %s", base.Model, p.made.Model)
		mixes = append([]adapters.Mix{{}}, mixes...)
	}
	if len(p.languages.mixes) > 0 {
		if have, err = p.planLanguages(ctx, have); err != nil {
			return spacePlan{}, err
		}
		plan.languages = p.languages.mixes
	} else if p.languages.asked {
		plan.languages = map[string]adapters.Mix{}
	}
	for _, s := range have {
		p.keep(ctx, s)
	}
	for _, mix := range mixes {
		if _, err := p.add(ctx, mix, nil); err != nil {
			return spacePlan{}, err
		}
	}
	plan.spaces = p.spaces
	return plan, nil
}

// add plans the space of a mix, once, and returns its ID.
func (p *planner) add(ctx context.Context, mix adapters.Mix, languages []string) (id string, err error) {
	space, err := p.enc.Space(ctx, mix)
	if err != nil {
		return "", err
	}
	id = p.opts.SpaceOf(space).ID
	at, planned := p.ids[id]
	if !planned {
		p.ids[id] = len(p.spaces)
		// The base's space is the default one where there is one.
		p.spaces = append(p.spaces, indexer.SpacePlan{Space: space, Languages: languages, Default: mix.IsBase()})
		return id, nil
	}
	// Two names of one adapter: its space has one mix, and that is what the languages have.
	for _, l := range languages {
		p.languages.mixes[l] = p.spaces[at].Space.Mix
	}
	p.spaces[at].Languages = append(p.spaces[at].Languages, languages...)
	return id, nil
}

// planLanguages plans the spaces of the languages, and the base's for the rest. It returns the other spaces of the index.
func (p *planner) planLanguages(ctx context.Context, have []indexer.SpaceState) ([]indexer.SpaceState, error) {
	ids := map[adapters.Mix]string{}
	for _, language := range slices.Sorted(maps.Keys(p.languages.mixes)) {
		mix := p.languages.mixes[language]
		id, err := p.add(ctx, mix, []string{language})
		if err != nil && (p.languages.asked || ctx.Err() != nil) {
			return nil, fault.Prefix(err, "--language-wise: %s", language)
		}
		if err != nil {
			p.Note("vectors of %s are not updated: %v; `loradex index --language-wise=...` gives it another adapter", language, err)
			continue
		}
		ids[p.languages.mixes[language]] = id
	}
	if _, err := p.add(ctx, adapters.Mix{}, nil); err != nil {
		return nil, err
	}
	p.spaces[len(p.spaces)-1].Rest = true
	var others []indexer.SpaceState
	for _, s := range have {
		if len(p.languages.languagesOf(s.Space.Mix)) == 0 {
			others = append(others, s)
			continue
		}
		at, planned := p.ids[ids[s.Space.Mix]]
		if !planned || ids[s.Space.Mix] == s.Space.ID || s.Space.Chunker != p.opts.SpaceRules() {
			continue
		}
		if now := p.spaces[at].Space; now.Base != s.Space.Base {
			p.Note("space %s (%s of %s) is not updated: the model is another one now; `loradex index --drop-space %s` removes it",
				s.Space.ID, s.Space.Mix, s.Space.Model, s.Space.ID)
			continue
		}
		p.Note("the adapter %s or its settings have changed: its documents are encoded again", s.Space.Mix)
		if err := p.store.DropSpace(ctx, s.Space.ID); err != nil {
			return nil, err
		}
	}
	return others, nil
}

// keep plans a space that the index has, where this encoder can still fill it.
func (p *planner) keep(ctx context.Context, s indexer.SpaceState) {
	mix := s.Space.Mix
	before := len(p.spaces)
	id, err := p.add(ctx, mix, nil)
	if err != nil {
		p.Note("space %s is not updated: %v; `loradex index --drop-space %s` removes it", mix, err, s.Space.ID)
		return
	}
	if s.Space.Chunker != p.opts.SpaceRules() {
		return // cut by other rules: the indexer replaces it by the one that was just planned
	}
	if id != s.Space.ID {
		why := "model, settings or adapter are other ones now"
		if now, err := p.enc.Space(ctx, adapters.Mix{}); err == nil && now.Base != s.Space.Base {
			why = "it is of another model"
		}
		p.Note("space %s (%s of %s) is not updated: %s; `loradex index --drop-space %s` removes it", s.Space.ID, mix, s.Space.Model, why, s.Space.ID)
		if !mix.IsBase() && len(p.spaces) > before { // an adapter that changed is only encoded anew when it is asked for
			p.spaces = p.spaces[:before]
			delete(p.ids, id)
		}
	}
}

// checkDocumentMix refuses adapters for queries: documents do not need them.
func (s *Session) checkDocumentMix(ctx context.Context, m adapters.Mix) error {
	query, _, err := s.sides(ctx, m)
	if err != nil {
		return err
	}
	if query {
		return fault.Usagef("search with --adapter "+m.String()+" at once", "the mix %s has adapters for queries: it needs no re-indexing", m)
	}
	return nil
}
