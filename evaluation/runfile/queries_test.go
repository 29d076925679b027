package runfile_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"loradex/evaluation/runfile"
	"loradex/internal/fault"
)

func TestOpenQueries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r")
	if err := os.WriteFile(path, []byte("q1 Q0 a 1 1 t\nq2 Q0 a 1 1 t\nq2 Q0 b 2 2 t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run, err := runfile.OpenQueries(t.Context(), path, map[string]bool{"q2": true, "q9": true})
	if err != nil || len(run.Rankings) != 1 || len(run.Rankings["q2"]) != 2 || run.Rankings["q2"][0].Doc != "b" {
		t.Errorf("%+v, %v", run, err)
	}
	if run, err := runfile.OpenQueries(t.Context(), path, nil); err != nil || len(run.Rankings) != 0 {
		t.Errorf("no query: %+v, %v", run, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := runfile.OpenQueries(ctx, path, map[string]bool{"q2": true}); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
}
