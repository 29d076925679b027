package main

// This file defines what completion offers of a repository: branches, revisions and paths.

import (
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"
)

// completeEverywhere gives the flags that mean the same in every command what completes them.
func completeEverywhere(a *app, root *cobra.Command) {
	for _, c := range root.Commands() {
		completeEverywhere(a, c)
		for flag, f := range map[string]completer{
			"branch": completeRevs(a, false), "rev": completeRevs(a, true), "add-rev": completeRevs(a, true), "path": completePath,
		} {
			if _, there := c.GetFlagCompletionFunc(flag); !there && c.Flags().Lookup(flag) != nil {
				completeFlag(c, flag, f)
			}
		}
	}
}

// completeRevs offers the branches, and the tags where any revision will do, of the repository that a command is about: as its argument or --repo, else the working
// folder. Completion has nobody to tell an error to: then there is nothing to offer.
func completeRevs(a *app, tags bool) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		where := "."
		if f := cmd.Flags().Lookup("repo"); f != nil {
			where = f.Value.String()
		} else if len(args) > 0 {
			where = args[0]
		}
		names, err := a.RevNames(cmd.Context(), where, typed, tags)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// completePath offers files and folders for a pattern of paths, behind its "!", too.
func completePath(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	no := ""
	if strings.HasPrefix(typed, "!") {
		no, typed = "!", typed[1:]
	}
	folder, name := path.Split(typed)
	at := folder
	if at == "" {
		at = "."
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return nil, directive
	}
	var out []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), name) || strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(name, ".") {
			continue
		}
		if e.IsDir() {
			out = append(out, no+folder+e.Name()+"/")
		} else {
			out = append(out, no+folder+e.Name())
		}
	}
	return out, directive
}
