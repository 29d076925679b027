package experiment

// This file holds an evaluation against a baseline: it fails when a metric has dropped.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/metrics"
	"loradex/internal/fault"
)

// Baseline is what an evaluation is held against.
type Baseline struct {
	Folder  string   // of an earlier evaluation, or its report.json. The default "" is no gate.
	On      []string // the metrics that must not drop
	MaxDrop float64  // how much one may drop; more fails where it is significant, too
	JUnit   string   // file for the outcome as JUnit XML. The default "" writes none.
}

// validate checks a baseline before anything is opened. chosen are the metrics that are computed; none are the usual ones.
func (b *Baseline) validate(chosen []string) error {
	if b.Folder == "" {
		return nil
	}
	if !(b.MaxDrop >= 0 && b.MaxDrop <= 1) {
		return fault.Usagef("from 0 to 1", "--max-drop is %g", b.MaxDrop)
	}
	if len(b.On) == 0 {
		return fault.Usagef("such as mrr@10", "--on names no metric")
	}
	if len(chosen) == 0 {
		chosen = metrics.Default()
	}
	for _, name := range b.On {
		if !slices.Contains(chosen, name) {
			return fault.Usagef("add it to --metrics", "--on %s is not computed", name)
		}
	}
	return nil
}

// gate is a baseline that was opened.
type gate struct {
	Baseline
	saved []*evaluation.Saved // for each mix
}

// clear removes the JUnit file of an earlier run: an evaluation that fails must not leave one that says it passed.
func (g *gate) clear() error {
	if g.JUnit == "" {
		return nil
	}
	info, err := os.Stat(g.JUnit)
	if err == nil && info.Mode().IsRegular() { // and no pipe
		err = os.Remove(g.JUnit)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "--junit: the file of an earlier run cannot be removed")
	}
	return nil
}

// folder is that of the baseline, also where its report was named.
func (g *gate) folder() string {
	if filepath.Base(g.Folder) == evaluation.ReportFile && !isDir(g.Folder) {
		return filepath.Dir(g.Folder)
	}
	return g.Folder
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
			return fault.Usagef("to renew it, give --out without --baseline", "--out would replace the baseline %s", baseline)
		}
	}
	return nil
}

// open reads the baseline of each mix: the folder itself or, where it holds folders of mixes, that of the same name. outs are
// the folders that the outcomes go to.
func (g *gate) open(mixes []adapters.Mix, outs []string) error {
	if g.Folder == "" {
		return nil
	}
	dir := g.folder()
	_, err := os.Stat(filepath.Join(dir, evaluation.ReportFile))
	whole := err == nil || len(mixes) == 1 && !isDir(filepath.Join(dir, mixFolder(mixes[0].String())))
	for _, mix := range mixes {
		from := dir
		if !whole {
			from = filepath.Join(dir, mixFolder(mix.String()))
		}
		if err := keeps(from, outs); err != nil {
			return err
		}
		s, err := evaluation.OpenSaved(from)
		if err != nil {
			return fault.Prefix(err, "--baseline")
		}
		g.saved = append(g.saved, s)
	}
	return nil
}

// check refuses a stale baseline before the work is done. Whatever mixes there are, the rest of an evaluation is the same.
func (g *gate) check(planned *evaluation.Report) error {
	for _, s := range g.saved {
		if err := compare.Stale(&s.Report, planned); err != nil {
			return g.refused(planned, err)
		}
	}
	return nil
}

// refused is the error of a baseline that cannot be used. The JUnit file says so, too.
func (g *gate) refused(now *evaluation.Report, why error) error {
	why = fault.Prefix(why, "--baseline")
	return errors.Join(why, g.writeJUnit(junitRefused(now, g.On, why)))
}

// results holds every mix against its baseline, metric by metric.
func (g *gate) results(outcomes []evaluation.Outcome) ([]*compare.GateResult, error) {
	var list []*compare.GateResult
	for i, baseline := range g.saved {
		for _, metric := range g.On {
			r, err := compare.Gate(baseline, outcomes[i].Saved(), metric, g.MaxDrop)
			if err != nil {
				return nil, g.refused(outcomes[i].Report, err)
			}
			list = append(list, r)
		}
	}
	return list, g.writeJUnit(junit(list))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
