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
			checks := a.Check(cmd.Context(), whereOf(args), fix)
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			doc := doctorDocument{OK: true, Checks: checks}
			for _, c := range checks {
				doc.OK = doc.OK && c.Status != workspace.CheckFail
			}
			if err := a.result(doc, func() { a.showChecks(checks) }); err != nil || doc.OK {
				return err
			}
			return errReported
		},
	}
	a.indexFlag(c)
	c.Flags().BoolVar(&fix, "fix", false, "repair what can be repaired")
	return c
}

func (p *printer) showChecks(checks []workspace.Check) {
	for _, c := range checks {
		p.printf("%-5s %-10s %s\n", c.Status, c.Name, c.Message)
		if c.Fix != "" {
			p.printf("      %-10s %s\n", "", c.Fix)
		}
	}
}
