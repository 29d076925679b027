package evaluation_test

import (
	"os"
	"path/filepath"
	"testing"

	"loradex/evaluation"
	"loradex/internal/fault"
)

func TestOpenSaved(t *testing.T) {
	dir := t.TempDir()
	if _, err := evaluation.OpenSaved(dir); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(evaluation.ReportFile, `{"dataset":"set","metrics":{"mrr":0.5}}`)
	if _, err := evaluation.OpenSaved(dir); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no values of the queries: %v", err)
	}
	write(evaluation.PerQueryFile, `{"query":"a","relevant":1,"first":2,"metrics":{"mrr":0.5}}`+"\n")
	s, err := evaluation.OpenSaved(dir)
	if err != nil || s.Report.Dataset != "set" || len(s.Queries) != 1 || s.Queries[0].First != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	write(evaluation.ReportFile, `{"dataset":`)
	if _, err := evaluation.OpenSaved(dir); fault.CodeOf(err) != fault.Corrupt {
		t.Errorf("half a report: %v", err)
	}
}
