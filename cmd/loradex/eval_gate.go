package main

// This file makes `eval run` a gate: it fails when a metric has dropped.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/metrics"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// gateFlags are the flags of `eval run` that hold it against a baseline.
type gateFlags struct {
	baseline string
	on       []string
	maxDrop  float64
	junit    string

	saved []*evaluation.Saved // for each mix; opened before the work
}

func (g *gateFlags) register(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&g.baseline, "baseline", "", "folder that --out made, or its report.json: exit 1 when the metric has dropped from there; see docs/evaluation.md")
	fl.StringSliceVar(&g.on, "on", []string{"mrr@10"}, "the metrics that must not drop")
	fl.Float64Var(&g.maxDrop, "max-drop", 0.01, "how much a metric may drop; more fails where it is significant, too")
	fl.StringVar(&g.junit, "junit", "", "write the outcome of --baseline as JUnit XML")
}

// validate checks the flags before anything is opened. chosen are the metrics that are computed; none are the usual ones.
func (g *gateFlags) validate(cmd *cobra.Command, chosen []string) error {
	if g.baseline == "" {
		for _, flag := range []string{"on", "max-drop", "junit"} {
			if cmd.Flags().Changed(flag) {
				return usagef("name the folder of an earlier evaluation", "--%s needs --baseline", flag)
			}
		}
		return nil
	}
	if !(g.maxDrop >= 0 && g.maxDrop <= 1) {
		return usagef("from 0 to 1", "--max-drop is %g", g.maxDrop)
	}
	if len(g.on) == 0 {
		return usagef("such as mrr@10", "--on names no metric")
	}
	if len(chosen) == 0 {
		chosen = metrics.Default()
	}
	for _, name := range g.on {
		if !slices.Contains(chosen, name) {
			return usagef("add it to --metrics", "--on %s is not computed", name)
		}
	}
	return nil
}

// clear removes the JUnit file of an earlier run: an evaluation that fails must not leave one that says it passed.
func (g *gateFlags) clear() error {
	if g.junit == "" {
		return nil
	}
	info, err := os.Stat(g.junit)
	if err == nil && info.Mode().IsRegular() { // and no pipe
		err = os.Remove(g.junit)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "--junit: the file of an earlier run cannot be removed")
	}
	return nil
}

// folder is that of the baseline, also where its report was named.
func (g *gateFlags) folder() string {
	if filepath.Base(g.baseline) == evaluation.ReportFile && !isDir(g.baseline) {
		return filepath.Dir(g.baseline)
	}
	return g.baseline
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false // it is made new
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// keeps refuses folders for the outcome that are the baseline's: a build that fails would renew what it failed by.
func keeps(baseline string, outs []string) error {
	for _, out := range outs {
		if sameFile(out, baseline) {
			return usagef("to renew it, give --out without --baseline", "--out would replace the baseline %s", baseline)
		}
	}
	return nil
}

// open reads the baseline of each mix: the folder itself or, where it holds folders of mixes, that of the same name. outs are
// the folders that the outcomes go to.
func (g *gateFlags) open(mixes, outs []string) error {
	if g.baseline == "" {
		return nil
	}
	dir := g.folder()
	if _, err := os.Stat(filepath.Join(dir, evaluation.ReportFile)); err == nil || len(mixes) == 1 && !isDir(filepath.Join(dir, mixFolder(mixes[0]))) {
		s, err := evaluation.OpenSaved(dir)
		if err != nil {
			return wrapFlag("baseline", err)
		}
		for range mixes {
			g.saved = append(g.saved, s)
		}
		return keeps(dir, outs)
	}
	for _, mix := range mixes {
		from := filepath.Join(dir, mixFolder(mix))
		if err := keeps(from, outs); err != nil {
			return err
		}
		s, err := evaluation.OpenSaved(from)
		if err != nil {
			return wrapFlag("baseline", err)
		}
		g.saved = append(g.saved, s)
	}
	return nil
}

// check refuses a stale baseline before the work is done. Whatever mixes there are, the rest of an evaluation is the same.
func (g *gateFlags) check(planned *evaluation.Report) error {
	for _, s := range g.saved {
		if err := compare.Stale(&s.Report, planned); err != nil {
			return g.refused(planned, err)
		}
	}
	return nil
}

// refused is the error of a baseline that cannot be used. The JUnit file says so, too.
func (g *gateFlags) refused(now *evaluation.Report, why error) error {
	why = wrapFlag("baseline", why)
	if g.junit == "" {
		return why
	}
	text, err := junitRefused(now, g.on, why)
	if err != nil {
		return errors.Join(why, fault.Wrap(fault.Internal, err, "outcome as JUnit XML"))
	}
	return errors.Join(why, atomicfile.Replace(g.junit, atomicfile.Content(text)))
}

// results holds every mix against its baseline, metric by metric.
func (g *gateFlags) results(outcomes []*evaluation.Saved) ([]*compare.GateResult, error) {
	var list []*compare.GateResult
	for i, baseline := range g.saved {
		for _, metric := range g.on {
			r, err := compare.Gate(baseline, outcomes[i], compare.GateOptions{Metric: metric, MaxDrop: g.maxDrop})
			if err != nil {
				return nil, g.refused(&outcomes[i].Report, err)
			}
			list = append(list, r)
		}
	}
	if g.junit == "" {
		return list, nil
	}
	text, err := junit(list)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "outcome as JUnit XML")
	}
	return list, atomicfile.Replace(g.junit, atomicfile.Content(text))
}

// failed tells whether a gate did not let pass.
func failed(list []*compare.GateResult) bool {
	return slices.ContainsFunc(list, func(r *compare.GateResult) bool { return r.Failed })
}
