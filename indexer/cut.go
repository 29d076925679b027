package indexer

import (
	"context"
	"time"
)

// Cut reads a source as [Index] does, without an index, and gives each file that would be stored to take, by path. Of opts
// it looks at what says how files are cut; of the report the repository, the files and the times are filled in. Errors are
// those of Index.
func Cut(ctx context.Context, source Source, opts Options, take func(f File)) (Report, error) {
	opts.Full = true // there is nothing that was cut before
	r := &run{ctx: ctx, opts: opts.withDefaults(), report: Report{Files: fileCounts{Skipped: map[string]int{}}, Spaces: []SpaceReport{}}}
	if err := opts.Validate(); err != nil {
		return r.report, err
	}
	start := time.Now()
	err := r.list(source, nil)
	if err == nil {
		err = r.eachBatch(r.snap.Entries, func(b *batch) error {
			for _, o := range b.outcomes {
				switch {
				case o.file != nil:
					take(*o.file)
					r.report.Files.Indexed++
				case o.skip != "":
					r.report.Files.Skipped[string(o.skip)]++
				default: // deleted since the scan
					continue
				}
				r.report.Files.Seen++
			}
			return ctx.Err()
		})
	}
	r.report.Seconds.Total = time.Since(start).Seconds()
	return r.report, stopped(ctx, err)
}
