package indexer

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"loradex/internal/fault"
)

// This file decides in which order the files of a first run are stored. Texts are encoded newest first
// ([Sink].Pending), so the most useful files are stored last: their vectors come first. Files that are edited later are
// newer than all of them, without any further rule.

// Limits of what is looked at for the order: 0.3 s of reading, on a machine of 2020.
const (
	orderFiles = 20_000
	orderBytes = 128 << 20
)

// order returns the entries in the order in which they are stored.
func (r *run) order() ([]Entry, error) {
	entries := r.snap.Entries
	if r.encoder == nil || len(r.known) > 0 || r.mostlyShared() {
		return entries, nil
	}
	defer r.timed(&r.report.Seconds.Scan)()
	changed := map[string]int{}
	if r.snap.Recent != nil {
		recent, err := r.snap.Recent(r.ctx)
		if err != nil {
			return nil, err
		}
		for place, path := range recent {
			changed[path] = place + 1
		}
	}
	importers, err := r.importers(entries)
	if err != nil {
		return nil, err
	}
	useful := make([]float64, len(entries))
	for i := range entries {
		useful[i] = usefulness(changed[entries[i].Path], importers[i])
	}
	at := make([]int, len(entries))
	for i := range at {
		at[i] = i
	}
	// Among equals those that come first in the repository are encoded first, so they are stored last.
	slices.SortFunc(at, func(a, b int) int { return cmp.Or(cmp.Compare(useful[a], useful[b]), cmp.Compare(b, a)) })
	ordered := make([]Entry, len(entries))
	for i, from := range at {
		ordered[i] = entries[from]
	}
	return ordered, nil
}

// usefulness says how soon a file's vectors are wanted: the place of its last change (from 1; 0: long ago) counts as
// much as the number of files that import it. The tenth last file to change is worth as much as one that ten others import.
func usefulness(changed, importers int) float64 {
	u := math.Log2(1 + float64(importers))
	if changed > 0 {
		u += math.Log2(1 + 100/float64(changed))
	}
	return u
}

// importers counts, for each entry, the files that import it. Nothing is counted beyond the limits: reading is what it costs.
func (r *run) importers(entries []Entry) ([]int, error) {
	counts := make([]int, len(entries))
	var some []int
	size := int64(0)
	for i := range entries {
		if entries[i].Skip != "" || entries[i].Size > r.opts.MaxFileBytes {
			continue
		}
		if size += max(entries[i].Size, 0); len(some) == orderFiles || size > orderBytes {
			break
		}
		some = append(some, i)
	}
	found := make([][]string, len(entries))
	workers, ctx := errgroup.WithContext(r.ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for _, i := range some {
		workers.Go(func() error { return r.readImports(ctx, &entries[i], &found[i]) })
	}
	if err := workers.Wait(); err != nil {
		return nil, err
	}
	known := newImportable(entries)
	for i, modules := range found {
		for _, m := range modules {
			for _, to := range known.find(m) {
				if to != i {
					counts[to]++
				}
			}
		}
	}
	return counts, nil
}

// readImports reads what an entry imports. One that cannot be read imports nothing: the run itself says so later.
func (r *run) readImports(ctx context.Context, e *Entry, to *[]string) error {
	if r.rules.skipByPath(e.Path, e.Size, e.Marks) != "" {
		return nil
	}
	content, err := e.Read(ctx, r.opts.MaxFileBytes)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if fault.CodeOf(err) == fault.Unavailable {
		return err
	}
	if err != nil {
		return nil //nolint:nilerr // a file that cannot be read is no failure of the run
	}
	if language, text, reason := r.rules.classify(e.Path, content.Data, e.Marks); reason == "" {
		*to = imports(language, e.Path, text)
	}
	return nil
}
