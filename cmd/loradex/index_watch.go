package main

// This file shows what `index --watch` does.

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"loradex/indexer"
	"loradex/indexer/watch"
	"loradex/internal/fault"
	"loradex/workspace"
)

// What --watch may say.
const (
	watchEvents = "events"
	watchPoll   = "poll"
)

// watchIndex indexes a work tree and follows it until ctx ends.
func watchIndex(ctx context.Context, a *app, where, how string, o workspace.IndexOptions) error {
	if how != watchEvents && how != watchPoll {
		return usagef("use --watch, or --watch=poll where the file system reports no changes", "--watch is %q", how)
	}
	err := a.Follow(ctx, where, how == watchPoll, o, func(u workspace.Update) error {
		a.plainErrors = true // standard output is a stream of lines
		if err := a.showUpdate(u); err != nil || !u.First {
			return err
		}
		if u.Folders > 0 {
			a.Note("following %s folders; Ctrl-C ends it", thousands(u.Folders))
		} else {
			a.Note("comparing the files of %s every %v; Ctrl-C ends it", u.Root, watch.DefaultPoll)
		}
		return nil
	})
	if err != nil {
		return indexStopped(err)
	}
	a.Note("stopped; the index stays as it is")
	return nil
}

// showUpdate shows what a run did: all of the first, of others what is news.
func (p *printer) showUpdate(u workspace.Update) error {
	switch {
	case p.json && (u.News || u.First):
		line, err := json.Marshal(u.Report)
		if err != nil {
			return err
		}
		p.printf("%s\n", line)
	case p.json:
	case u.First:
		p.showIndexed(u.Report, u.Dir)
	case u.News:
		p.printf("%s\n", updateLine(time.Now(), u.Report))
	}
	if err := p.out.Flush(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the output cannot be written").WithHint("whoever read it has gone: start again")
	}
	return nil
}

// updateLine says in one line what an update did.
func updateLine(at time.Time, r indexer.Report) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{r.Files.Indexed, "indexed"}, {r.Files.Removed, "removed"}} {
		if p.n > 0 {
			parts = append(parts, thousands(p.n)+" "+p.what)
		}
	}
	line := at.Format(time.TimeOnly) + "  "
	if len(parts) > 0 {
		line += "files: " + strings.Join(parts, ", ") + "; "
	}
	if r.Chunks.Encoded > 0 {
		line += thousands(r.Chunks.Encoded) + " texts encoded; "
	}
	if len(r.Spaces) > 0 && r.Coverage < 1 {
		line += "vectors cover " + percent(int(r.Coverage*100), 100) + "; "
	}
	if r.Rev != "" {
		line += "at " + shortRev(r.Rev)
		if r.Dirty {
			line += " with changes"
		}
		line += "; "
	}
	return line + fmt.Sprintf("%.1f s", r.Seconds.Total)
}
