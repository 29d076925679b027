package mine

import (
	"context"
	"iter"
	"slices"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/indexer/gitrepo"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Pairs is what was mined. It is a [dataset.Source], and safe for concurrent use once it is made.
type Pairs struct {
	// Report says what was found, and what was left out and why.
	Report Report
	// Documents are all code chunks that are not of a test, by path and line: those that queries name, and all others.
	// What says the same as another but for white space and case is there once. Do not change the list.
	Documents []Document

	sets map[dataset.Split]*dataset.Dataset
	// elsewhere holds the IDs of queries that AnsweredElsewhere is true for.
	elsewhere map[string]bool
}

// Document is a code chunk of the repository without its documentation.
type Document struct {
	ID             string // "a/b.go:3-9"; that of the document in splits
	Path, Language string
	Split          dataset.Split // of its file
	Text           string        // with the definition's name, unlike in weak pairs
}

// AnsweredElsewhere tells whether some code that answers a query is not among its answers, because it lies in another split
// or was left out. For training that is no matter; who measures over all documents would count a right answer as wrong.
func (p *Pairs) AnsweredElsewhere(query string) bool { return p.elsewhere[query] }

var _ dataset.Source = (*Pairs)(nil)

// Split implements [dataset.Source]: queries by kind and place, the documents that they name, and in dev and test the other code
// chunks of the same files after them. The set is shared by all calls: do not change it. NotFound where nothing was mined
// for the split.
func (p *Pairs) Split(_ context.Context, split dataset.Split) (*dataset.Dataset, error) {
	if set := p.sets[split]; set != nil {
		return set, nil
	}
	return nil, fault.New(fault.NotFound, "no pairs were mined from %s for split %q", p.Report.Repo, split).
		WithHint("the repository may be too small, or hold too little documentation: allow more kinds or another seed")
}

// History yields the commits of a repository from a revision on, newest first: [gitrepo.Repo.Log].
type History func(ctx context.Context, rev string) iter.Seq2[gitrepo.Commit, error]

// run is the state of one call.
type run struct {
	opts    Options
	history History // may be nil
	corpus  *corpus
	report  *Report
}

// Mine finds the training pairs of a repository. The same content, history and options give the same pairs. A nil history
// gives no commit pairs; Invalid if they are asked for.
//
// Errors: what the source and the history return; Unsupported in a build that cannot parse code; Invalid for wrong options;
// Canceled when ctx ends. A repository without any pairs is no error here, but for each call of [Pairs.Split].
func Mine(ctx context.Context, source indexer.Source, history History, opts Options) (*Pairs, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	if !chunk.Available() {
		return nil, fault.New(fault.Unsupported, "this build cannot parse code, so no pairs can be mined").
			WithHint("build with CGO_ENABLED=1")
	}
	if history == nil && slices.Contains(opts.Kinds, kindCommit) {
		return nil, fault.New(fault.Invalid, "commit pairs are to be mined without a history")
	}
	r := &run{opts: opts.withDefaults(), history: history, report: &Report{
		Kinds: map[Kind]int{}, Languages: map[string]int{}, Splits: map[dataset.Split]splitReport{},
		LeftOut: map[Kind]map[string]int{},
	}}
	if err := r.collect(ctx, source); err != nil {
		return nil, err
	}
	found, err := r.find(ctx)
	if err != nil {
		return nil, err
	}
	a := newAssembly(r)
	chosen := a.choose(found)
	pairs := &Pairs{sets: a.sets(chosen), Documents: a.documents(), elsewhere: map[string]bool{}}
	for _, c := range chosen {
		if c.elsewhere {
			pairs.elsewhere[c.fullID()] = true
		}
	}
	for split, set := range pairs.sets {
		if err := set.Validate(); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "mined split %s", split)
		}
	}
	pairs.Report = *r.report
	return pairs, nil
}

// collect reads and cuts the files, as indexing does.
func (r *run) collect(ctx context.Context, source indexer.Source) error {
	var files []indexer.File
	chunks, over := 0, 0
	report, err := indexer.Cut(ctx, source, indexer.Options{
		Template: r.opts.Template, Progress: r.opts.Progress,
	}, func(f indexer.File) {
		if chunks+len(f.Chunks) > r.opts.limits.chunks {
			over++
			return
		}
		chunks += len(f.Chunks)
		f.Texts = nil // documents get texts of their own, without docs
		files = append(files, f)
	})
	if err != nil {
		return err
	}
	r.report.Repo, r.report.Rev, r.report.Dirty = report.Repo, report.Rev, report.Dirty
	r.report.Skipped = report.Files.Skipped
	if over > 0 {
		r.report.Skipped["limit"] = over
	}
	r.corpus = newCorpus(files, r.opts, r.report)
	return nil
}

// find runs the miners of the wanted kinds, strongest first.
func (r *run) find(ctx context.Context) ([]pair, error) {
	var out []pair
	for _, k := range kinds {
		if len(r.opts.Kinds) > 0 && !slices.Contains(r.opts.Kinds, k.kind) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, fault.Wrap(fault.Canceled, err, "mining stopped")
		}
		r.opts.Progress(indexer.Progress{Phase: string(k.kind)})
		pairs, err := k.mine(ctx, r)
		if err != nil {
			return nil, err
		}
		out = append(out, pairs...)
	}
	return out, nil
}
