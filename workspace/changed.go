package workspace

// This file finds what changed since a revision: `search --changed`.

import (
	"cmp"
	"context"
	"strings"

	"loradex/internal/fault"
	"loradex/search"
)

// withinChanged makes of a request's Changed the lines that are searched.
func (l *local) withinChanged(ctx context.Context, in scope, r *search.Request) error {
	if r.Changed == "" {
		return nil
	}
	from, to, ranged := strings.Cut(r.Changed, "..")
	if from == "" || strings.HasPrefix(to, ".") {
		return fault.Usagef("give a revision, or two as A..B", "what changed since %q cannot be found", r.Changed)
	}
	if ranged {
		to = cmp.Or(to, "HEAD")
	}
	if len(in.names) != 1 {
		return fault.Usagef("name one with --repo or --branch", "what changed is found in one tree, and %d are searched", len(in.names))
	}
	state, err := in.Repo(ctx)
	if err != nil {
		return err
	}
	tree := in.names[0]
	at := state.Repo
	if own, err := ownFolder(ctx, in); err != nil {
		return err
	} else if tree.Repo == "" && own != "" {
		at = own // the folder may have been moved since it was indexed
	}
	repo, err := l.session.openRepo(ctx, at, true)
	if err != nil {
		return err
	}
	if !ranged && (!tree.IsWorkTree() || repo.Bare()) {
		to = state.Rev
	}
	known, err := in.Files(ctx)
	if err != nil {
		return err
	}
	changed, err := repo.Changed(ctx, from, to, known)
	if err != nil {
		return fault.Prefix(err, "changed")
	}
	r.Within = make([]search.Span, len(changed))
	for i, c := range changed {
		r.Within[i] = search.Span{Path: c.Path, StartLine: c.Start, EndLine: c.End}
	}
	return nil
}
