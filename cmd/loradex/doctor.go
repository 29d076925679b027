package main

import (
	"github.com/spf13/cobra"

	"loradex/workspace"
)

// doctorDocument is what `doctor --json` prints.
type doctorDocument struct {
	OK     bool              `json:"ok"` // nothing is broken
	Checks []workspace.Check `json:"checks"`
}

func doctorCommand(a *app) *cobra.Command {
	var fix bool
	c := &cobra.Command{
		Use: "doctor [PATH]", Short: "Check the installation and the index, and say what to do", Args: atMostOne,
		Long: "Runs every part once: the build, ONNX Runtime, the model, every adapter, the index, its Qdrant server. A warning is something that works\n" +
			"less well, such as search without vectors; a failure is something that is broken, and makes the exit code 1. --fix\n" +
			"repairs what can be made anew from the rest: the derived files of an index in SQLite.",
		RunE: func(cmd *cobra.Command, args []string) error {
			where := "."
			if len(args) == 1 {
				where = args[0]
			}
			checks := a.Check(cmd.Context(), where, fix)
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			return a.showChecks(checks)
		},
	}
	a.indexFlag(c)
	c.Flags().BoolVar(&fix, "fix", false, "repair what can be repaired")
	return c
}

// showChecks prints the checks; a failure makes the command fail.
func (a *app) showChecks(checks []workspace.Check) error {
	doc := doctorDocument{OK: true, Checks: checks}
	for _, c := range checks {
		doc.OK = doc.OK && c.Status != workspace.CheckFail
	}
	if a.flags.json {
		if err := a.printJSON(doc); err != nil {
			return err
		}
	} else {
		for _, c := range checks {
			a.printf("%-5s %-10s %s\n", c.Status, c.Name, c.Message)
			if c.Fix != "" {
				a.printf("      %-10s %s\n", "", c.Fix)
			}
		}
	}
	if !doc.OK {
		return errReported
	}
	return nil
}
