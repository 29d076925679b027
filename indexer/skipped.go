package indexer

import (
	"cmp"
	"context"
	"slices"
)

// SkippedFile is a file that an index does not hold, and why. A path with a slash at its end is a folder, and stands for all
// that is in it.
type SkippedFile struct {
	Path   string `json:"path"`
	Reason Reason `json:"reason"`
}

// Skipped lists what an index of a source does not hold, by path: each file that is none of known, with its reason. Files are
// looked at as they are now. Errors are those of [Index].
func Skipped(ctx context.Context, source Source, known map[string]FileState, opts Options) ([]SkippedFile, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	opts.Full = true // nothing is taken from a store
	r := &run{ctx: ctx, opts: opts.withDefaults()}
	if err := r.list(source, known); err != nil {
		return nil, stopped(ctx, err)
	}
	out := []SkippedFile{}
	var unknown []Entry
	for _, e := range r.snap.Entries {
		if _, ok := known[e.Path]; !ok {
			unknown = append(unknown, e)
		}
	}
	for _, left := range r.snap.Ignored {
		out = append(out, SkippedFile(left))
	}
	err := r.eachBatch(unknown, func(b *batch) error {
		for i, o := range b.outcomes {
			switch {
			case o.skip != "":
				out = append(out, SkippedFile{b.entries[i].Path, o.skip})
			case o.file != nil:
				out = append(out, SkippedFile{b.entries[i].Path, notYet})
			}
		}
		return ctx.Err()
	})
	slices.SortFunc(out, func(a, b SkippedFile) int { return cmp.Compare(a.Path, b.Path) })
	return out, stopped(ctx, err)
}
