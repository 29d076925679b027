package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"loradex/evaluation/page"
	"loradex/workspace"
)

func modelQuantizeCommand(a *app) *cobra.Command {
	var f benchFlags
	var o workspace.QuantizeOptions
	c := &cobra.Command{
		Use: "quantize NAME [--out NAME-int8]", Short: "Make a model in integers of 8 bits, which is faster", Args: exactArgs(1, "the model to make it of"),
		Long: "Makes a model whose linear layers compute in integers, of one in floats, its twin. Half the chunks of --source calibrate it; over\n" +
			"the others the loss (1 − cosine to the twin's vectors) and the time of several choices are measured, in turns with the twin, and\n" +
			"the fastest one is taken whose loss is at most half as much again as the least of those in integers. No vector depends on what stands beside it in its batch.\n" +
			"Adapters of the twin are served on it. Its vectors are other ones: an index keeps the model that it was made with. It cannot be\n" +
			"trained; train on the twin.",
		Example: "  loradex model quantize all-MiniLM-L6-v2\n  loradex --model all-MiniLM-L6-v2-int8 index",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			o.Name, o.Source, o.Chunks, o.Rounds = args[0], f.sourceDir(cmd.Context()), f.chunks, f.pairs
			if !a.json {
				o.Step = a.Note
			}
			m, err := a.QuantizeModel(cmd.Context(), o)
			if err != nil {
				return canceled(err, "quantizing", "")
			}
			return a.result(m, func() { a.showQuantized(m) })
		},
	}
	c.Flags().StringVar(&o.Out, "out", "", "what to call it (default NAME-int8)")
	c.Flags().StringVar(&o.Choice, "choice", "", "take this choice, by its name in the curve, and measure nothing")
	c.Flags().BoolVar(&o.Replace, "replace", false, "replace a model of that name")
	f.addPairs(c)
	f.addChunks(c, 256, "how many chunks: half calibrate, half try")
	return c
}

func (p *printer) showQuantized(m *workspace.QuantizedModel) {
	defer p.printf("%s: %d layers in integers, %s, twin %s, %s\n", m.Name, m.Report.Layers, bytesText(m.Bytes), m.Twin, m.Dir)
	if len(m.Report.Curve) == 0 {
		return
	}
	t := page.Table{Head: []string{"CHOICE", "TIMES AS FAST", "LOSS, MEDIAN", "LOSS, WORST", ""}}
	for _, c := range m.Report.Curve {
		chosen := ""
		if c.Chosen {
			chosen = "chosen"
		}
		t.Add(c.Name, fmt.Sprintf("%.2f", c.Speedup), fmt.Sprintf("%.5f", c.MedianLoss), fmt.Sprintf("%.5f", c.WorstLoss), chosen)
	}
	p.printf("%s", t.Text())
}
