package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"loradex/internal/config"
	"loradex/workspace"
)

func storeCommand(a *app) *cobra.Command {
	return group("store", "What keeps an index", storeCopyCommand(a))
}

func storeCopyCommand(a *app) *cobra.Command {
	var f workspace.CopyOptions
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
	fl.StringVar(&f.To, "to", "", "the store that keeps the index from then on: "+strings.Join(config.Stores(), " or "))
	fl.BoolVar(&f.Replace, "replace", false, "delete first what an earlier copy left in that store")
	fl.BoolVar(&f.Keep, "keep", false, "leave the old copy where it is")
	if err := c.MarkFlagRequired("to"); err != nil {
		panic(err) // the flag is defined above
	}
	completeFlag(c, "to", fixed(config.Stores()...))
	return c
}

func (a *app) copyStore(ctx context.Context, where string, f workspace.CopyOptions) error {
	if !slices.Contains(config.Stores(), f.To) {
		return usagef("use "+strings.Join(config.Stores(), " or "), "--to is %q", f.To)
	}
	report, err := a.CopyIndex(ctx, where, f)
	a.Progress.Done()
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(report)
	}
	a.printf("%s keeps the index in %s now: %s files (%s copied), %s chunks, %s vectors copied\n", report.To, report.Dir,
		thousands(report.Files), thousands(report.Copied), thousands(report.Chunks), thousands(report.Vectors))
	return nil
}
