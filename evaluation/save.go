package evaluation

import (
	"encoding/json"
	"errors"
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

// ReplaceFile writes a file in one step and makes it durable: no reader, and no crash, sees a part.
func ReplaceFile(path string, write func(w io.Writer) error) error {
	err := atomicfile.Write(path, 0o640, write)
	if f := (*fault.Error)(nil); err == nil || errors.As(err, &f) { // what is to be written could not be made
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "cannot write %s", path)
}
