package main

import (
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"loradex/internal/agents"
)

// installDocument is what `install --json` prints.
type installDocument struct {
	Agent  string          `json:"agent"`
	Scope  agents.Scope    `json:"scope"`
	DryRun bool            `json:"dry_run"`
	Files  []agents.Change `json:"files"`
}

func installCommand(a *app) *cobra.Command {
	var o agents.Options
	var dry bool
	c := &cobra.Command{
		Use:   "install claude-code|codex|cursor|vscode",
		Short: "Tell a coding agent of loradex: its server (MCP), and when to ask it",
		Long: "Puts `loradex mcp` into the configuration of an agent, and lines that say when to ask it into its instructions. What is there\n" +
			"is kept byte for byte, comments too; a file that is broken is refused. --uninstall leaves the files as they were. --scope\n" +
			"project is for everybody who works in this repository, user for you in all of them. docs/agents.md names the files.",
		Example:   "  loradex install claude-code --dry-run\n  loradex install codex --scope user",
		Args:      exactArgs(1, "the name of an agent: claude-code, codex, cursor or vscode"),
		ValidArgs: texts(agents.Names()),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Agent, o.Home, o.ConfigHome, o.Command = args[0], a.getenv("HOME"), a.getenv("XDG_CONFIG_HOME"), "loradex"
			if _, err := exec.LookPath(o.Command); err != nil {
				if o.Command, err = os.Executable(); err != nil {
					return err
				}
			}
			here, err := os.Getwd()
			if err != nil {
				return err
			}
			o.Project = agents.Top(here)
			if err := o.Validate(); err != nil {
				return usage(err)
			}
			changes, err := agents.Plan(o)
			if err == nil && !dry {
				err = agents.Apply(changes)
			}
			if err != nil {
				return err
			}
			return a.result(installDocument{o.Agent, o.Scope, dry, changes}, func() {
				for _, c := range changes {
					if dry {
						a.printf("%s", c.Diff)
					} else {
						a.printf("%-7s %s\n", c.Action, c.Path)
					}
				}
			})
		},
	}
	c.Flags().StringVar((*string)(&o.Scope), "scope", string(agents.Project), "project or user")
	c.Flags().BoolVar(&o.Uninstall, "uninstall", false, "take it out again")
	c.Flags().BoolVar(&dry, "dry-run", false, "show what would change, as a diff, and write nothing")
	completeFlag(c, "scope", fixed(agents.Project, agents.User))
	return c
}
