package evaluation

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"loradex/evaluation/runfile"
	"loradex/internal/fault"
)

// The files that Save leaves in a folder.
const (
	ReportFile   = "report.json"
	RunFile      = "run.trec"
	PerQueryFile = "queries.jsonl"
)

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
		{ReportFile, func(w io.Writer) error {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			if err := enc.Encode(report); err != nil {
				return fault.Wrap(fault.Unavailable, err, "encode the report")
			}
			return nil
		}},
	}
	for _, f := range files {
		if err := ReplaceFile(filepath.Join(dir, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

// ReplaceFile writes a file beside path and moves it there once it is complete and on disk, so that no reader sees a part.
func ReplaceFile(path string, write func(w io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp*")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot write %s", path)
	}
	defer func() {
		if err != nil {
			_ = file.Close() // the first error is the one to report
			_ = os.Remove(file.Name())
			err = fault.Wrap(fault.CodeOf(err), err, "cannot write %s", path)
		}
	}()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "sync")
	}
	if err := file.Close(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "close")
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fault.Wrap(fault.Unavailable, err, "rename")
	}
	return nil
}
