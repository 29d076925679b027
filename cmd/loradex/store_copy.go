package main

// This file moves an index from one store to the other.

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"loradex/indexer"
	"loradex/internal/config"
	"loradex/internal/fault"
	"loradex/search/sqlite"
	"loradex/search/transfer"
	"loradex/workspace"
)

// storeCopyFlags are the flags of `store copy`.
type storeCopyFlags struct {
	to      string
	replace bool
	keep    bool
}

// copyDocument is what `store copy --json` prints.
type copyDocument struct {
	Dir  string `json:"dir"`
	From string `json:"from"`
	To   string `json:"to"`
	transfer.Report
}

func storeCommand(a *app) *cobra.Command {
	return group("store", "What keeps an index", storeCopyCommand(a))
}

func storeCopyCommand(a *app) *cobra.Command {
	var f storeCopyFlags
	c := &cobra.Command{
		Use: "copy [PATH|URL] --to STORE", Short: "Move an index from SQLite to Qdrant, or back",
		Long: "Copies files, chunks and vectors from the store that keeps the index to the other one; nothing is cut or encoded\n" +
			"again. When all of it is there, the index folder names the new store, every command goes there, and the old copy\n" +
			"is removed (--keep leaves it). Until then the old store answers; an interrupted copy goes on when it is run again.",
		Example: "  loradex store copy --to qdrant\n  loradex store copy --to sqlite --keep",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			where := "."
			if len(args) == 1 {
				where = args[0]
			}
			return a.copyStore(cmd.Context(), where, f)
		},
	}
	a.indexFlag(c)
	fl := c.Flags()
	fl.StringVar(&f.to, "to", "", "the store that keeps the index from then on: "+strings.Join(config.Stores(), " or "))
	fl.BoolVar(&f.replace, "replace", false, "delete first what an earlier copy left in that store")
	fl.BoolVar(&f.keep, "keep", false, "leave the old copy where it is")
	if err := c.MarkFlagRequired("to"); err != nil {
		panic(err) // the flag is defined above
	}
	completeFlag(c, "to", fixed(config.Stores()...))
	return c
}

func (a *app) copyStore(ctx context.Context, where string, f storeCopyFlags) error {
	if f.to != workspace.InSQLite && f.to != workspace.InQdrant {
		return usagef("use "+strings.Join(config.Stores(), " or "), "--to is %q", f.to)
	}
	dir, kind, err := a.LockIndex(where)
	if err != nil {
		return err
	}
	if kind == f.to {
		return fault.New(fault.Conflict, "%s keeps the index in %s already", kind, dir)
	}
	from, err := a.OpenIndex(ctx, dir)
	if err != nil {
		return err
	}
	if f.replace {
		if err := a.destroyStore(ctx, dir, f.to); err != nil {
			return err
		}
	}
	to, err := a.OpenStore(ctx, dir, f.to, false)
	if err != nil {
		return err
	}
	if f.to == workspace.InQdrant {
		a.NoteRemote()
	}
	bar := a.Progress
	report, err := transfer.Copy(ctx, from, to, transfer.Options{
		Indexer:  indexer.Options{MaxFileBytes: a.Config.Index.MaxFileBytes},
		Progress: func(done, total int) { bar.Set("copy", done, total, "") },
	})
	bar.Done()
	if err != nil {
		return copyError(err)
	}
	if err := workspace.MarkStore(dir, f.to); err != nil {
		return err
	}
	if !f.keep {
		// The folder names the new store, so nobody opens the old one any more; ours only reads, and is closed at the end.
		if err := a.destroyStore(ctx, dir, kind); err != nil {
			return fault.Wrap(fault.CodeOf(err), err, "the index is in %s now, but the old copy in %s cannot be removed", f.to, kind)
		}
	}
	doc := copyDocument{Dir: dir, From: kind, To: f.to, Report: report}
	if a.flags.json {
		return a.printJSON(doc)
	}
	a.printf("%s keeps the index in %s now: %s files (%s copied), %s chunks, %s vectors copied\n", f.to, dir,
		thousands(report.Files), thousands(report.Copied), thousands(report.Chunks), thousands(report.Vectors))
	return nil
}

// copyError says how to go on.
func copyError(err error) error {
	if fault.HintOf(err) != "" && fault.CodeOf(err) != fault.Conflict {
		return err
	}
	switch fault.CodeOf(err) {
	case fault.Canceled:
		return canceled(err, "copying", "the old store still keeps the index; run the same command again to go on")
	case fault.Conflict, fault.Internal:
		return fault.Wrap(fault.CodeOf(err), err, "copying").
			WithHint("%s", strings.TrimPrefix(fault.HintOf(err)+"; or begin anew with --replace", "; or "))
	default:
		return fault.Wrap(fault.CodeOf(err), err, "copying").WithHint("the old store still keeps the index; run the same command again to go on")
	}
}

// destroyStore deletes what a store holds of the index of a folder.
func (a *app) destroyStore(ctx context.Context, dir, kind string) error {
	if kind == workspace.InQdrant {
		return a.DestroyQdrant(ctx, dir)
	}
	return sqlite.Destroy(dir)
}
