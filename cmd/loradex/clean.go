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
			"In a linked work tree, it is taken out of the index of its repository, which stays; --gone takes out those that were\n" +
			"removed.\n\n" +
			"--index DIR removes an index of several repositories with its folder.\n\n" +
			"--branch and --rev remove branches and revisions from an index that stays, --index DIR --repo R a repository with\n" +
			"all its trees, completely: what no other tree needs is overwritten, and nothing of it can be found in the files.",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if trees.asked() {
				return trees.remove(cmd.Context(), a, whereOf(args), yes)
			}
			dir, err := a.FindIndex(cmd.Context(), whereOf(args))
			if fault.CodeOf(err) == fault.NotFound {
				a.Note("%v", err)
				return a.showCleaned(cleanDocument{}, "")
			}
			if err == nil && a.Linked(whereOf(args)) != "" {
				return trees.remove(cmd.Context(), a, whereOf(args), yes)
			}
			if err != nil {
				return err
			}
			if !yes && isTerminal(a.in) && !confirm(a, fmt.Sprintf("remove the index %s?", dir)) {
				return fault.New(fault.Canceled, "nothing was removed")
			}
			if err := a.RemoveIndex(cmd.Context(), dir); err != nil {
				return err
			}
			return a.showCleaned(cleanDocument{Removed: []string{dir}}, dir)
		},
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	trees.flags(c)
	a.indexFlag(c)
	return c
}

// showCleaned prints what was removed of an index, or from one that stays.
func (p *printer) showCleaned(doc cleanDocument, dir string) error {
	doc.Removed = append([]string{}, doc.Removed...)
	return p.result(doc, func() {
		for _, dir := range doc.Removed {
			p.printf("removed %s\n", dir)
		}
		for _, name := range doc.Trees {
			p.printf("removed the %s from the index in %s\n", name, dir)
		}
	})
}

// confirm asks on the terminal. Anything but yes is no.
func confirm(a *app, question string) bool {
	fmt.Fprintf(a.err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "y" || answer == "yes")
}
