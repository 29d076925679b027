package workspace

import (
	"os/exec"
	"testing"
	"time"

	"loradex/indexer/gitrepo"
)

func TestSinceTime(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "--allow-empty", "-m", "one"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	r, err := gitrepo.Open(t.Context(), dir, gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // only read
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "2026-01-31": time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), "2026-01-31T10:00:00Z": time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC),
		"3d": now.AddDate(0, 0, -3), "2w": now.AddDate(0, 0, -14), "1mo": now.AddDate(0, -1, 0), "1y": now.AddDate(-1, 0, 0), "90m": now.Add(-90 * time.Minute),
	} {
		if got, err := sinceTime(r, text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	if got, err := sinceTime(r, "main", now); err != nil || time.Since(got) > time.Hour {
		t.Errorf("main: %v, %v", got, err)
	}
	for _, text := range []string{"no", "-3d", "2026-13-01", "99999999d"} {
		if got, err := sinceTime(r, text, now); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
