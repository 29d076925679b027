package workspace

// This file moves an index from one store to the other.

import (
	"context"
	"strings"

	"loradex/internal/fault"
	"loradex/search/sqlite"
	"loradex/search/transfer"
)

// CopyOptions say where an index goes.
type CopyOptions struct {
	To      string // the store that keeps it from then on
	Replace bool   // delete first what an earlier copy left there
	Keep    bool   // leave the old copy where it is
}

// copyReport says what was copied.
type copyReport struct {
	Dir  string `json:"dir"`
	From string `json:"from"`
	To   string `json:"to"`
	transfer.Report
}

// CopyIndex moves the index of a PATH|URL. The old store answers until all of it is there; an interrupted copy goes on when it
// is run again.
func (s *Session) CopyIndex(ctx context.Context, where string, o CopyOptions) (copyReport, error) {
	dir, kind, err := s.lockIndex(ctx, where)
	if err != nil {
		return copyReport{}, err
	}
	out := copyReport{Dir: dir, From: kind, To: o.To}
	if kind == o.To {
		return out, fault.New(fault.Conflict, "%s keeps the index in %s already", kind, dir)
	}
	from, err := s.openIndex(ctx, dir)
	if err != nil {
		return out, err
	}
	if o.Replace {
		if err := s.destroyStore(ctx, dir, o.To); err != nil {
			return out, err
		}
	}
	to, err := s.openStore(ctx, dir, o.To, false)
	if err != nil {
		return out, err
	}
	if o.To == InQdrant {
		s.noteRemote()
	}
	out.Report, err = transfer.Copy(ctx, from, to, transfer.Options{
		Indexer:  s.indexerOptions(),
		Progress: func(done, total int) { s.Progress.Set("copy", done, total, "") },
	})
	if err != nil {
		return out, copyError(err)
	}
	if err := markStore(dir, o.To); err != nil {
		return out, err
	}
	if !o.Keep {
		// The folder names the new store, so nobody opens the old one any more; ours only reads, and is closed at the end.
		if err := s.destroyStore(ctx, dir, kind); err != nil {
			return out, fault.Prefix(err, "the index is in %s now, but the old copy in %s cannot be removed", o.To, kind)
		}
	}
	return out, nil
}

// copyError says how to go on.
func copyError(err error) error {
	const again = "the old store still keeps the index; run the same command again to go on"
	if fault.HintOf(err) != "" && fault.CodeOf(err) != fault.Conflict {
		return err
	}
	switch fault.CodeOf(err) {
	case fault.Canceled:
		return fault.Prefix(err, "copying was interrupted").WithHint(again)
	case fault.Conflict, fault.Internal:
		return fault.Prefix(err, "copying").WithHint("%s", strings.TrimPrefix(fault.HintOf(err)+"; or begin anew with --replace", "; or "))
	}
	return fault.Prefix(err, "copying").WithHint(again)
}

// destroyStore deletes what a store holds of the index of a folder.
func (s *Session) destroyStore(ctx context.Context, dir, kind string) error {
	if kind == InQdrant {
		return s.destroyQdrant(ctx, dir)
	}
	return sqlite.Destroy(dir)
}
