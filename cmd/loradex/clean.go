package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"loradex/internal/fault"
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
			if fault.CodeOf(err) == fault.NotFound {
				a.Note("%v", err)
				return a.showCleaned(nil)
			}
			if err != nil {
				return err
			}
			if !yes && isTerminal(a.in) && !a.confirm(fmt.Sprintf("remove the index %s?", dir)) {
				return fault.New(fault.Canceled, "nothing was removed")
			}
			if err := a.RemoveIndex(cmd.Context(), dir); err != nil {
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
