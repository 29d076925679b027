package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/workspace"
)

// cleanDocument is what `clean --json` prints.
type cleanDocument struct {
	Removed []string `json:"removed"` // folders
	// Trees are the work trees, branches and revisions that were removed from an index that stays.
	Trees []string `json:"trees,omitempty"`
}

func cleanCommand(a *app) *cobra.Command {
	var yes bool
	var trees cleanTreeFlags
	c := &cobra.Command{
		Use: "clean [PATH|URL]", Short: "Remove the index of a repository",
		Long: "Removes the index folder: the nearest one upwards. Where Qdrant keeps the index, its collections are deleted\n" +
			"from the server first. The repository itself, adapters and models stay. On a terminal it asks first.\n\n" +
			"--branch and --rev remove branches and revisions from an index that stays, --index DIR --repo R a repository with\n" +
			"all its trees, completely: what no other tree needs is overwritten, and nothing of it can be found in the files.",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			where := "."
			if len(args) == 1 {
				where = args[0]
			}
			if trees.asked() || a.Shared != "" {
				return a.cleanTrees(cmd.Context(), where, trees, yes)
			}
			dir, err := a.FindIndex(where)
			if notFound(err) {
				a.Note("%v", err)
				return a.showCleaned(nil)
			}
			if err != nil {
				return err
			}
			if !yes && isTerminal(a.in) && !a.confirm(fmt.Sprintf("remove the index %s?", dir)) {
				return fault.New(fault.Canceled, "nothing was removed")
			}
			if err := a.removeIndex(cmd.Context(), dir); err != nil {
				return err
			}
			return a.showCleaned([]string{dir})
		},
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	trees.flags(c)
	a.indexFlag(c)
	return c
}

// removeIndex deletes an index folder that nobody writes.
func (a *app) removeIndex(ctx context.Context, dir string) error {
	// Find gives nothing else; a folder of another shape is none of ours to delete.
	if filepath.Base(dir) != indexer.FolderOf && filepath.Dir(dir) != a.Home.Indexes() {
		return fault.New(fault.Internal, "%s is not an index folder", dir)
	}
	release, err := indexer.Lock(dir)
	if err != nil {
		return err
	}
	kind, _, err := workspace.StoreOf(dir)
	if err == nil && kind == workspace.InQdrant { // before the folder: without it nothing would know of the collections
		err = a.DestroyQdrant(ctx, dir)
	}
	if err != nil {
		return errors.Join(err, release())
	}
	if err := os.RemoveAll(dir); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the index %s cannot be removed", dir)
	}
	return release()
}

func (a *app) showCleaned(dirs []string) error {
	if a.flags.json {
		return a.printJSON(cleanDocument{Removed: append([]string{}, dirs...)})
	}
	for _, dir := range dirs {
		a.printf("removed %s\n", dir)
	}
	return nil
}

// confirm asks on the terminal. Anything but yes is no.
func (a *app) confirm(question string) bool {
	fmt.Fprintf(a.err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "y" || answer == "yes")
}
