package show

import (
	"slices"

	"loradex/internal/plural"
	"loradex/search"
)

// NoteFreshness says what changed since the index was made, and what was not looked at.
func NoteFreshness(note func(format string, args ...any), r *search.Response) {
	f := r.Freshness
	if f == nil {
		return
	}
	if f.Refreshed > 0 {
		note("%s read anew, being changed since the index was made; `loradex index` takes them", filesText(f.Refreshed))
	}
	if f.Checked < f.Of {
		why := " in time; `loradex index` looks at all"
		if len(f.Missing) > 0 {
			why = "" // said below
		}
		note("%s of %s files were compared with the index%s", plural.Thousands(f.Checked), plural.Thousands(f.Of), why)
	}
	for _, path := range f.Rules {
		note("%s changed since the index was made; which files it lets in, `loradex index` finds", Printable(path))
	}
	for _, repo := range f.Missing {
		note("%s is not there any more, or cannot be opened: it is searched as it was indexed", Printable(repo))
	}
	if len(f.Missing) == 0 && (slices.ContainsFunc(r.Hits, func(h search.Hit) bool { return h.Stale }) ||
		slices.ContainsFunc(r.Files, func(f search.FoundFile) bool { return f.Stale })) {
		note("hits marked as stale are of files that changed and could not be read in time; `loradex index` takes them")
	}
}

// filesText is a number of files with its verb.
func filesText(n int) string {
	if n == 1 {
		return "1 file was"
	}
	return plural.Thousands(n) + " files were"
}
