package main

// This file decides which spaces an index gets: those that it has, the one that is asked for, and at first the base's.

import (
	"context"
	"slices"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search/sqlite"
)

// spacePlan is what a run of `index` fills.
type spacePlan struct {
	spaces  []indexer.SpacePlan
	encoder indexer.Encoder // nil for a lexical run
}

// planSpaces drops what --drop-space names and plans the rest.
func (a *app) planSpaces(ctx context.Context, store *sqlite.Store, opts indexer.Options, f indexFlags) (spacePlan, error) {
	have, err := store.Spaces(ctx)
	if err != nil {
		return spacePlan{}, err
	}
	first := len(have) == 0
	if have, err = dropSpaces(ctx, store, have, f.dropSpaces); err != nil {
		return spacePlan{}, err
	}
	var wanted adapters.Mix
	if f.adapter != "" {
		if wanted, err = parseMix("adapter", f.adapter); err != nil {
			return spacePlan{}, err
		}
		if err := a.checkDocumentMix(ctx, wanted); err != nil {
			return spacePlan{}, err
		}
	}
	reason, err := a.withoutVectors(ctx)
	if err != nil {
		return spacePlan{}, err
	}
	if reason != nil {
		if f.adapter != "" {
			return spacePlan{}, reason
		}
		a.noteLexical(reason, "no vectors are made, search is lexical")
		return spacePlan{}, nil
	}
	mixes := []adapters.Mix{}
	if first && !slices.Contains(f.dropSpaces, "none") {
		mixes = append(mixes, adapters.Mix{})
	}
	if f.adapter != "" {
		mixes = append(mixes, wanted)
	}
	return a.fillable(ctx, have, mixes, opts)
}

// dropSpaces removes the spaces that are named by mix or ID and returns those that are left.
func dropSpaces(ctx context.Context, store *sqlite.Store, have []indexer.SpaceState, names []string) ([]indexer.SpaceState, error) {
	for _, name := range names {
		mix, err := parseMix("drop-space", name)
		if err != nil {
			return nil, err
		}
		named := func(s indexer.SpaceState) bool { return s.Space.ID == name || s.Space.Mix == mix.String() }
		if !slices.ContainsFunc(have, named) {
			return nil, fault.New(fault.NotFound, "the index has no space %q", name).WithHint("`loradex status` lists the spaces")
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

// fillable makes plans for new mixes, and for the spaces of the index that this encoder can still fill.
func (a *app) fillable(ctx context.Context, have []indexer.SpaceState, mixes []adapters.Mix, opts indexer.Options) (spacePlan, error) {
	eng, err := a.openEngine(ctx)
	if err != nil {
		return spacePlan{}, err
	}
	plan := spacePlan{encoder: eng.enc}
	ids := map[string]bool{}
	add := func(mix adapters.Mix) (id string, err error) {
		space, err := eng.enc.Space(ctx, mix)
		if err != nil {
			return "", err
		}
		id = opts.SpaceOf(space).ID
		if !ids[id] {
			ids[id] = true
			// The base's space is the default one where there is one.
			plan.spaces = append(plan.spaces, indexer.SpacePlan{Space: space, Mix: mix, Default: mix.IsBase()})
		}
		return id, nil
	}
	for _, s := range have {
		mix, err := adapters.ParseMix(s.Space.Mix)
		if err != nil {
			return spacePlan{}, fault.Wrap(fault.Corrupt, err, "space %s of the index", s.Space.ID).
				WithHint("remove it with `loradex index --drop-space %s`", s.Space.ID)
		}
		before := len(plan.spaces)
		id, err := add(mix)
		if err != nil {
			a.note("space %s is not updated: %v; `loradex index --drop-space %s` removes it", mix, err, s.Space.ID)
			continue
		}
		if s.Space.Chunker != opts.Chunker() {
			continue // cut by other rules: the indexer replaces it by the one that was just planned
		}
		if id != s.Space.ID {
			a.note("space %s (%s of %s) is not updated: model, settings or adapter are other ones now; "+
				"`loradex index --drop-space %s` removes it", s.Space.ID, mix, s.Space.Model, s.Space.ID)
			if !mix.IsBase() { // an adapter that changed is only encoded anew when it is asked for
				plan.spaces = plan.spaces[:before]
				delete(ids, id)
			}
		}
	}
	for _, mix := range mixes {
		if _, err := add(mix); err != nil {
			return spacePlan{}, err
		}
	}
	return plan, nil
}

// checkDocumentMix refuses adapters for queries: documents do not need them.
func (a *app) checkDocumentMix(ctx context.Context, m adapters.Mix) error {
	query, _, err := a.sides(ctx, m)
	if err != nil {
		return err
	}
	if query {
		return usagef("search with --adapter "+m.String()+" at once", "the mix %s has adapters for queries: it needs no re-indexing", m)
	}
	return nil
}

// noteLexical says that there are no vectors, why, and what to do.
func (a *app) noteLexical(reason error, what string) {
	hint := fault.HintOf(reason)
	if hint != "" {
		hint = " (" + hint + ")"
	}
	a.note("%s: %v%s", what, reason, hint)
}
