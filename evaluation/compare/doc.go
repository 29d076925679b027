// Package compare holds evaluations of the same queries against one of them, the reference: what a system, a mix or a
// change of the code brings, metric by metric, and how sure that is.
//
//	before, err := evaluation.OpenSaved("runs/base")
//	after, err := evaluation.OpenSaved("runs/my-go")
//	c, err := compare.Two(before, after)
//	fmt.Println(c.Metrics[0].Mean, c.Metrics[0].CI95, c.Metrics[0].P)
//
//	g, err := compare.Gate(before, after, "mrr@10", 0.01)
//
//	found, err := compare.Find(ctx, []string{"runs"}, compare.SummaryOptions{})
//	s, err := compare.Summarize(ctx, found, compare.SummaryOptions{InDomain: map[string][]string{"my-go": {"csn_go"}}})
//	err = page.Write(os.Stdout, s, page.Markdown)
//
// Every comparison of the program is a [Difference]: paired by query, with a bootstrap interval and the p of a randomization
// test. Differences that are read together are a family, and Holm's correction is over that ([Families]). Evaluations that
// are not of the same queries and documents are refused, and for a gate those that were made otherwise, too ([Stale]). A [Summary]
// brings many saved evaluations together: many data sets, many systems, each system against one reference. A [CostReport] holds what
// systems cost beside what they reach.
package compare
