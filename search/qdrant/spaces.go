package qdrant

import (
	"context"
	"slices"
	"strings"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// This file defines the spaces of an index. The collection of a space has a name of its own each time it is made, and
// an alias under which all requests find it.

// maxDims is the server's limit.
const maxDims = 65535

// PutSpace implements search.Backend. Conflict where the ID is known with other dimensions. The first space of an index
// becomes its default one even without def.
func (s *store) PutSpace(ctx context.Context, space embed.Space, def bool) error {
	if space.ID == "" || len(space.ID) > 64 {
		return fault.New(fault.Invalid, "space ID %q: need 1 to 64 bytes", space.ID)
	}
	if space.Dimensions < 1 || space.Dimensions > maxDims {
		return fault.New(fault.Invalid, "space %s: %d dimensions, can store 1 to %d", space.ID, space.Dimensions, maxDims)
	}
	return s.write(ctx, "write a space", false, func(tx *transaction) error {
		spaces := slices.Clone(tx.head.Spaces)
		at := slices.IndexFunc(spaces, func(e spaceEntry) bool { return e.Space.ID == space.ID })
		if at < 0 {
			if err := s.makeSpace(ctx, tx.head, space); err != nil {
				return err
			}
			at = len(spaces)
			spaces = append(spaces, spaceEntry{Default: at == 0, Flag: "in_" + fresh()})
			if err := s.index(ctx, s.main, indexedField{spaces[at].Flag, client.FieldType_FieldTypeBool}); err != nil {
				return err
			}
		} else if have := spaces[at].Space.Dimensions; have != space.Dimensions {
			return fault.New(fault.Conflict, "space %s has %d dimensions, not %d", space.ID, have, space.Dimensions)
		}
		spaces[at].Space = space
		for i := range spaces {
			if def {
				spaces[i].Default = i == at
			}
		}
		tx.next.Spaces = spaces
		return nil
	})
}

// makeSpace makes an empty collection for a space, with the indexes of all trees, and points the alias at it.
func (s *store) makeSpace(ctx context.Context, h head, space embed.Space) error {
	alias := s.alias(space.ID)
	collection := alias + "-" + fresh()
	if err := s.create(ctx, collection, s.spaceVectors(space.Dimensions)); err != nil {
		return err
	}
	for _, t := range h.Trees {
		if err := s.indexTree(ctx, collection, t); err != nil {
			return err
		}
	}
	return s.pointAlias(ctx, alias, collection)
}

// pointAlias makes an alias stand for a collection, in one step: whoever asks finds the old one or the new one.
func (s *store) pointAlias(ctx context.Context, alias, collection string) error {
	have, err := s.client.ListAliases(ctx)
	if err != nil {
		return err
	}
	var actions []*client.AliasOperations
	if slices.ContainsFunc(have, func(a *client.AliasDescription) bool { return a.GetAliasName() == alias }) {
		actions = append(actions, client.NewAliasDelete(alias))
	}
	return s.client.UpdateAliases(ctx, append(actions, client.NewAliasCreate(alias, collection)))
}

// DropSpace implements search.Backend. Where the default space is dropped, the oldest that is left becomes it.
func (s *store) DropSpace(ctx context.Context, id string) error {
	err := s.write(ctx, "drop space "+id, false, func(tx *transaction) error {
		gone, err := tx.head.find(id)
		if err != nil {
			return err
		}
		spaces := slices.DeleteFunc(slices.Clone(tx.head.Spaces), func(e spaceEntry) bool { return e.Space.ID == id })
		if gone.Default && len(spaces) > 0 {
			spaces[0].Default = true
		}
		tx.next.Spaces = spaces
		return nil
	})
	if err != nil {
		return err
	}
	// The space is gone with the head. Its collection goes now, or with the next complete scan where that fails.
	_ = s.write(ctx, "drop space "+id, false, func(tx *transaction) error { return s.sweep(ctx, tx.head) })
	return nil
}

// sweep deletes collections and aliases of spaces that the index does not have: what dropped spaces left.
// Only who has the claim may call it.
func (s *store) sweep(ctx context.Context, h head) error {
	wanted := map[string]bool{}
	for _, e := range h.Spaces {
		wanted[s.alias(e.Space.ID)] = true
	}
	aliases, err := s.client.ListAliases(ctx)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	var actions []*client.AliasOperations
	for _, a := range aliases {
		switch {
		case !strings.HasPrefix(a.GetAliasName(), s.main+spacePart):
		case wanted[a.GetAliasName()]:
			used[a.GetCollectionName()] = true
		default:
			actions = append(actions, client.NewAliasDelete(a.GetAliasName()))
		}
	}
	if len(actions) > 0 {
		if err := s.client.UpdateAliases(ctx, actions); err != nil {
			return err
		}
	}
	collections, err := s.client.ListCollections(ctx)
	if err != nil {
		return err
	}
	for _, name := range collections {
		if strings.HasPrefix(name, s.main+spacePart) && !used[name] {
			if err := s.client.DeleteCollection(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Count implements search.Reader.
func (s *store) Count(ctx context.Context, trees []indexer.Tree, languages []string, spaces ...string) ([]int, error) {
	return snapshot(ctx, s, "count chunks", func(h head) ([]int, error) {
		out := make([]int, len(spaces))
		var more []*client.Condition
		if languages != nil {
			more = append(more, keywords(fieldLanguage, languages))
		}
		for i, space := range spaces {
			collection, conditions := s.main, append(slices.Clone(more), client.NewMatchKeyword(fieldType, typeChunk))
			if space != "" {
				if _, err := h.find(space); err != nil {
					return nil, err
				}
				collection, conditions = s.alias(space), more
			}
			if languages != nil && len(languages) == 0 {
				continue
			}
			var err error
			if out[i], err = s.countIn(ctx, h, collection, trees, conditions...); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// countIn counts the points of a generation in some trees; nil stands for all.
func (s *store) countIn(ctx context.Context, h head, collection string, trees []indexer.Tree, more ...*client.Condition) (int, error) {
	within, none := h.within(trees)
	if none {
		return 0, nil
	}
	return s.count(ctx, collection, &client.Filter{Must: slices.Concat(visible(h.Generation), more, within)})
}

// count counts points exactly.
func (s *store) count(ctx context.Context, collection string, f *client.Filter) (int, error) {
	n, err := s.client.Count(ctx, &client.CountPoints{
		CollectionName: collection, Filter: f, Exact: client.PtrOf(true), ReadConsistency: s.consistency(),
	})
	return int(n), err //nolint:gosec // a count of points
}
