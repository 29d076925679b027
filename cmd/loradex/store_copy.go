package main

import (
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
			if !slices.Contains(config.Stores(), f.To) {
				return usagef("use "+strings.Join(config.Stores(), " or "), "--to is %q", f.To)
			}
			report, err := a.CopyIndex(cmd.Context(), whereOf(args), f)
			a.Progress.Done()
			if err != nil {
				return err
			}
			return a.result(report, func() {
				a.printf("%s keeps the index in %s now: %s files (%s copied), %s chunks, %s vectors copied\n", report.To, report.Dir,
					thousands(report.Files), thousands(report.Copied), thousands(report.Chunks), thousands(report.Vectors))
			})
		},
	}
	a.indexFlag(c)
	fl := c.Flags()
	fl.StringVar(&f.To, "to", "", "the store that keeps the index from then on: "+strings.Join(config.Stores(), " or "))
	fl.BoolVar(&f.Replace, "replace", false, "delete first what an earlier copy left in that store")
	fl.BoolVar(&f.Keep, "keep", false, "leave the old copy where it is")
	required(c, "to")
	completeFlag(c, "to", fixed(config.Stores()...))
	return c
}
