package workspace

// This file finds the commits that brought what a search has found: `search --history`.

import (
	"context"
	"time"

	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
	"loradex/search"
)

// historyTime bounds how long the history of all hits is looked through.
const historyTime = 5 * time.Second

// AddHistory says of each hit which commit brought it; nothing of one that is not committed.
func (l *local) AddHistory(ctx context.Context, answer *search.Response) error {
	limited, cancel := context.WithTimeout(ctx, historyTime)
	defer cancel()
	repos := map[string]*gitrepo.Repo{}
	for i := range answer.Hits {
		h := &answer.Hits[i]
		if h.Commit == "" {
			continue
		}
		at := h.Repo
		if l.session.Shared == "" {
			at = l.where // the folder may have been moved since it was indexed
		}
		repo := repos[at]
		if repo == nil {
			var err error
			if repo, err = l.session.openRepo(ctx, at, true); err != nil {
				return err
			}
			repos[at] = repo
		}
		got, err := repo.Introduced(limited, h.Commit, h.Path, h.Whole())
		if fault.CodeOf(err) == fault.NotFound {
			continue
		}
		if err != nil && ctx.Err() == nil && limited.Err() != nil {
			break
		}
		if err != nil {
			return fault.Prefix(err, "--history")
		}
		h.Introduced = &search.Introduced{
			Commit: got.Commit, Author: got.Author, Time: got.Time.UTC().Format(time.RFC3339), Subject: got.Subject, Bounded: got.Bounded,
		}
	}
	return nil
}
