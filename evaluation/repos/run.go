package repos

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"loradex/internal/atomicfile"
	"loradex/internal/fault"
	"loradex/search"
)

// Index is a repository that can be asked.
type Index interface {
	// Ask returns the best chunks, best first.
	Ask(ctx context.Context, way Way, query string, k int) ([]Hit, error)
	Size() Size
	Close() error
}

// Way is a way of searching: a mode, with one stage of ranking less where one is named.
type Way struct {
	Mode    search.Mode
	Without string
}

// String names it: "hybrid", "hybrid without unasked".
func (w Way) String() string {
	if w.Without == "" {
		return string(w.Mode)
	}
	return string(w.Mode) + " without " + w.Without
}

// Size is what an index holds, and how long it took.
type Size struct {
	Files   int     `json:"files"`
	Chunks  int     `json:"chunks"`
	Seconds float64 `json:"seconds"` // that indexing took, vectors included
}

// Options say what is measured.
type Options struct {
	Ways []Way    // each a system of the report
	Only []string // names of repositories; nil is all that can be had
	// Key names all that decides the results of a repository beside it: the program, its settings, the model.
	Key string
	Out string // keeps the result of each repository, so that a run that was stopped goes on; "" keeps nothing
	// Progress is told how far it is; nil: nobody is.
	Progress func(done, total int, name string)
}

// hitsAsked is how many chunks a search is asked for: enough for ten files and 8,000 tokens.
const hitsAsked = 100

// Validate refuses options that measure nothing.
func (o Options) Validate() error {
	if len(o.Ways) == 0 {
		return fault.New(fault.Invalid, "no way of searching to measure")
	}
	return nil
}

// result is what was measured of a repository.
type result struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Language string `json:"language"`
	Size
	Systems map[string][]answer `json:"systems"` // by the names of ways
}

// answer is a question's.
type answer struct {
	ID       string `json:"id"`
	Category string `json:"category"`
	Scores
	Ms     float64  `json:"ms"`
	Found  []string `json:"found"`            // the first files
	Likely []likely `json:"likely,omitempty"` // of these files, where the search says how likely they are right
}

// likely is how likely a file was said to be right, and whether it is.
type likely struct {
	P     float64 `json:"p"`
	Right bool    `json:"right"`
}

// Run indexes each repository, asks its questions, and adds up. open makes the index of one; NotFound says that it cannot be had:
// it is left out, and listed.
func (b *Benchmark) Run(ctx context.Context, open func(context.Context, Repository) (Index, error), o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	for _, name := range o.Only {
		if !slices.ContainsFunc(b.Repositories, func(r Repository) bool { return r.Name == name }) {
			return nil, fault.New(fault.NotFound, "the benchmark has no repository %q", name)
		}
	}
	var results []*result
	report := &Report{Missing: []string{}}
	for i := range b.Repositories {
		r := &b.Repositories[i]
		if len(o.Only) > 0 && !slices.Contains(o.Only, r.Name) {
			continue
		}
		if o.Progress != nil {
			o.Progress(i, len(b.Repositories), r.Name)
		}
		made, err := o.kept(r)
		if made == nil && err == nil {
			made, err = o.measure(ctx, r, open)
		}
		if len(o.Only) == 0 && fault.CodeOf(err) == fault.NotFound {
			report.Missing = append(report.Missing, r.Name)
			continue
		}
		if err != nil {
			return nil, fault.Prefix(err, "%s", r.Name)
		}
		results = append(results, made)
	}
	if len(results) == 0 {
		return nil, fault.New(fault.NotFound, "none of the %d repositories can be had", len(b.Repositories)).
			WithHint("--repos names the folder that holds them, as NAME, NAME.git or OWNER/NAME")
	}
	return report, report.add(results, o.Ways)
}

func (o Options) file(r *Repository) string { return filepath.Join(o.Out, r.Name+".json") }

// kept is the result that an earlier run has left; nil where there is none of these options.
func (o Options) kept(r *Repository) (*result, error) {
	if o.Out == "" {
		return nil, nil
	}
	data, err := os.ReadFile(o.file(r))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the result of an earlier run")
	}
	var made result
	if json.Unmarshal(data, &made) != nil || made.Key != o.Key {
		return nil, nil //nolint:nilerr // it is made anew
	}
	for _, w := range o.Ways {
		if len(made.Systems[w.String()]) != len(r.questions) {
			return nil, nil
		}
	}
	return &made, nil
}

func (o Options) measure(ctx context.Context, r *Repository, open func(context.Context, Repository) (Index, error)) (*result, error) {
	index, err := open(ctx, *r)
	if err != nil {
		return nil, err
	}
	defer index.Close() //nolint:errcheck // it was read
	made := &result{Key: o.Key, Name: r.Name, Language: r.Language, Size: index.Size(), Systems: map[string][]answer{}}
	for _, way := range o.Ways {
		for i := range r.questions {
			q := &r.questions[i]
			begin := time.Now()
			hits, err := index.Ask(ctx, way, q.Text, hitsAsked)
			if err != nil {
				return nil, fault.Prefix(err, "%s", q.ID)
			}
			a := answer{ID: q.ID, Category: q.Category, Scores: q.score(hits), Ms: float64(time.Since(begin).Microseconds()) / 1000}
			files := firsts(hits)
			for _, h := range files[:min(depth, len(files))] {
				a.Found = append(a.Found, h.Path)
				if h.Probability != nil {
					_, right := q.judged(h.Path)
					a.Likely = append(a.Likely, likely{*h.Probability, right})
				}
			}
			made.Systems[way.String()] = append(made.Systems[way.String()], a)
		}
	}
	if o.Out == "" {
		return made, nil
	}
	data, err := json.MarshalIndent(made, "", " ")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the result")
	}
	return made, atomicfile.WriteBytes(o.file(r), 0o644, append(data, '\n'))
}
