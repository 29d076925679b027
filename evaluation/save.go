package evaluation

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"loradex/evaluation/runfile"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// The files that Save leaves in a folder.
const (
	ReportFile   = "report.json"
	RunFile      = "run.trec"
	PerQueryFile = "queries.jsonl"
)

// Saved is what Save left in a folder.
type Saved struct {
	Report  Report
	Queries []runfile.QueryResult
}

// maxReport bounds a report's file: some dozen numbers, for each of at most groups that a data set may have.
const maxReport = 16 << 20

// OpenSaved reads what Save wrote. NotFound where the folder holds no report.
func OpenSaved(dir string) (*Saved, error) {
	path := filepath.Join(dir, ReportFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "%s is not the folder of an evaluation", dir).WithHint("make one with `loradex eval run --out %s`", dir)
	}
	if info.Size() > maxReport {
		return nil, fault.New(fault.Invalid, "%s has %d bytes: not a report", path, info.Size())
	}
	text, err := os.ReadFile(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "cannot read %s", path)
	}
	var s Saved
	if err := json.Unmarshal(text, &s.Report); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s is not a report", path)
	}
	path = filepath.Join(dir, PerQueryFile)
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "the values of each query are missing: %s", path)
	}
	defer file.Close()
	s.Queries, err = runfile.ReadPerQuery(file, path)
	return &s, err
}

// Save writes the report, the TREC run and the values of each query into dir, which is made where it is missing. Each
// file is replaced whole or not at all; the report comes last, so that one that is there has its run beside it.
func Save(dir string, report *Report, result *Result) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot make %s", dir)
	}
	tag := report.Model + "+" + report.Adapter
	files := []struct {
		name  string
		write func(w io.Writer) error
	}{
		{RunFile, func(w io.Writer) error { return result.WriteRun(w, tag) }},
		{PerQueryFile, func(w io.Writer) error { return runfile.WritePerQuery(w, result.PerQuery()) }},
		{ReportFile, func(w io.Writer) error { return WriteJSON(w, report) }},
	}
	for _, f := range files {
		if err := atomicfile.Replace(filepath.Join(dir, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes a report as indented JSON.
func WriteJSON(w io.Writer, report any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(report); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the report cannot be written")
	}
	return nil
}
