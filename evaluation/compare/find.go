package compare

// This file finds saved evaluations and keeps of them what a summary needs.

import (
	"context"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loradex/evaluation"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// Bounds of a search for evaluations: they keep a wrong argument, such as a home folder, from being read for hours.
const (
	maxDepth       = 8 // folders below a given one
	maxFolders     = 50_000
	maxEvaluations = 5000
)

// Find reads the evaluations that lie in the given folders or below them, at most eight folders deep, in the order of
// their paths. Hidden folders and linked ones are left out. NotFound where there is none; Invalid for too many.
func Find(ctx context.Context, dirs []string, o SummaryOptions) ([]*Evaluation, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	var found []string
	folders := 0
	for _, dir := range dirs {
		root, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return nil, fault.Wrap(fault.NotFound, err, "%s cannot be opened", dir).WithHint("name folders that `loradex eval run --out` made, or one above them")
		}
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return fault.Wrap(fault.Unavailable, err, "cannot read %s", path)
			}
			if !d.IsDir() {
				return nil
			}
			if folders++; folders > maxFolders {
				return fault.New(fault.Invalid, "%s has more than %d folders below it", dir, maxFolders).WithHint("name the folders of the evaluations")
			}
			if path != root && (strings.HasPrefix(d.Name(), ".") || depth(root, path) > maxDepth) {
				return fs.SkipDir
			}
			if isFile(filepath.Join(path, evaluation.ReportFile)) && isFile(filepath.Join(path, evaluation.PerQueryFile)) {
				found = append(found, path)
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	found, err := distinct(found)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "no evaluation lies in %s", strings.Join(dirs, ", ")).WithHint("make one with `loradex eval run --out DIR`")
	}
	if len(found) > maxEvaluations {
		return nil, fault.New(fault.Invalid, "%d evaluations are more than %d", len(found), maxEvaluations).WithHint("name the folders of fewer")
	}
	out := make([]*Evaluation, len(found))
	for i, dir := range found {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		saved, err := evaluation.OpenSaved(dir)
		if err != nil {
			return nil, err
		}
		if out[i], err = newEvaluation(dir, saved, o.Metrics); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func depth(root, path string) int {
	rel, err := filepath.Rel(root, path)
	if err != nil || rel == "." {
		return 0
	}
	return strings.Count(rel, string(filepath.Separator)) + 1
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// distinct drops folders that were reached twice.
func distinct(dirs []string) ([]string, error) {
	seen := map[string]bool{}
	var out []string
	for _, dir := range dirs {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "%s", dir)
		}
		if !seen[abs] {
			seen[abs] = true
			out = append(out, dir)
		}
	}
	slices.Sort(out)
	return out, nil
}

// newEvaluation keeps the wanted metrics of an evaluation. Corrupt where the report and the values of its queries do not
// belong together. A metric that the report does not have is left out; the first must be there.
func newEvaluation(dir string, saved *evaluation.Saved, wanted []string) (*Evaluation, error) {
	report := &saved.Report
	if n := len(saved.Queries); n == 0 || n != report.Queries {
		return nil, fault.New(fault.Corrupt, "%s: the report is of %d queries, and %s holds %d", dir, report.Queries, evaluation.PerQueryFile, n).
			WithHint("run the evaluation again")
	}
	there := slices.DeleteFunc(slices.Clone(wanted), func(name string) bool { _, ok := report.Metrics[name]; return !ok })
	if len(there) == 0 || there[0] != wanted[0] {
		return nil, fault.New(fault.Invalid, "%s has no %s", dir, wanted[0]).
			WithHint("it has %s: choose one of them, or run the evaluation again with this metric", strings.Join(sortedKeys(report.Metrics), ", "))
	}
	e, err := evaluationOf(saved, there)
	if err != nil {
		return nil, fault.Prefix(err, "%s", dir)
	}
	for _, name := range there {
		if mean := significance.Mean(e.values[name]); math.Abs(mean-report.Metrics[name]) > 1e-6 {
			return nil, fault.New(fault.Corrupt, "%s: the report says %s %.6f, and its queries give %.6f", dir, name, report.Metrics[name], mean).
				WithHint("run the evaluation again: report and queries are of different runs")
		}
	}
	e.Dir = dir
	return e, nil
}
