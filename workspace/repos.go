package workspace

// This file makes indexes of whole repositories for evaluation/repos: each in a folder of its own, of the commit that is asked of.

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"loradex/evaluation/repos"
	"loradex/internal/fault"
	"loradex/search"
)

// RepositoriesOptions say what is measured over a benchmark of repositories.
type RepositoriesOptions struct {
	Data string // folder of the benchmark
	// Folder holds the repositories, as NAME, NAME.git, OWNER/NAME or OWNER+NAME/repo, bare or with a work tree.
	Folder string
	// Work keeps the files of their commits with their indexes, for one model and its settings of indexing.
	Work  string
	Modes []string // of search
	// Ablate measures each mode once more without each stage of ranking.
	Ablate bool
	Only   []string // names; nil is all that are there
	Out    string   // keeps results, so that a run that was stopped goes on; "" keeps none
	// Version is the program's: results of another one are not taken.
	Version string
}

// EvalRepositories indexes repositories and asks them what a benchmark asks.
func (s *Session) EvalRepositories(ctx context.Context, o RepositoriesOptions) (*repos.Report, error) {
	b, err := repos.Open(o.Data)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(o.Folder); err != nil || !info.IsDir() {
		return nil, fault.Usagef("name the folder that holds the repositories", "--repos %s is no folder", o.Folder)
	}
	for _, dir := range []string{o.Work, o.Out} {
		if dir == "" {
			continue
		}
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "cannot make the folder %s", dir)
		}
	}
	quiet := *s.child()
	quiet.Note, quiet.Progress = func(string, ...any) {}, hidden{}
	source := repositories{&quiet, o.Folder, o.Work}
	words := true
	run := repos.Options{Only: o.Only, Out: o.Out, Progress: func(done, total int, name string) { s.Progress.Set("repositories", done, total, name) }}
	for _, m := range o.Modes {
		if repos.IsGrep(search.Mode(m)) {
			run.Ways = append(run.Ways, repos.Way{Mode: search.Mode(m)})
			continue
		}
		run.Ways = append(run.Ways, repos.Way{Mode: search.Mode(m)})
		if o.Ablate {
			for _, s := range stages {
				run.Ways = append(run.Ways, repos.Way{Mode: search.Mode(m), Without: s.name})
			}
		}
		if err := (&search.Request{Query: "a", Mode: search.Mode(m)}).Validate(); err != nil {
			return nil, fault.Usage(fault.Prefix(err, "--mode"))
		}
		if search.Mode(m) == search.Lexical {
			continue
		}
		words = false
		if reason, err := s.WithoutVectors(ctx); reason != nil || err != nil {
			return nil, cmp.Or(err, reason) // it would fall back to words
		}
	}
	if words {
		quiet.Config.Model = "none" // indexes without vectors
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%s %s %+v %+v %d %d %d", o.Version, s.ModelName(), s.Config.Search, s.Config.Index, s.Config.MaxTokens, s.Config.Window, s.Config.Stride))
	run.Key = hex.EncodeToString(digest[:8])
	defer s.Progress.Done()
	return b.Run(ctx, source.open, run)
}

// repositories opens those of a benchmark.
type repositories struct {
	*Session
	folder, work string
}

// open indexes the files of a repository's commit below its root, or brings that index up to date.
func (r repositories) open(ctx context.Context, b repos.Repository) (_ repos.Index, err error) {
	run := r.child()
	defer func() {
		if err != nil {
			err = errors.Join(err, run.Close())
		}
	}()
	dir := filepath.Join(r.work, b.Name)
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		if err := r.export(ctx, run, b, dir); err != nil {
			return nil, err
		}
	}
	report, err := run.Index(ctx, dir, IndexOptions{Store: InSQLite})
	if err != nil {
		return nil, err
	}
	out := &repositoryIndex{run: run, dir: dir, of: map[string]*local{}, size: repos.Size{Files: report.Files.Indexed + report.Files.Unchanged, Chunks: report.Chunks.Total}}
	if report.Files.Indexed > 0 {
		out.size.Seconds = report.Seconds.Total
	}
	return out, nil
}

// export writes the files into a folder that appears when it is whole.
func (r repositories) export(ctx context.Context, run *Session, b repos.Repository, dir string) error {
	from := ""
	owner, name, _ := strings.Cut(b.Source, "/")
	for _, place := range []string{b.Name, b.Name + ".git", name, name + ".git", filepath.Join(owner, name), filepath.Join(owner, name+".git"), filepath.Join(owner+"+"+name, "repo")} {
		if info, err := os.Stat(filepath.Join(r.folder, place)); filepath.IsLocal(place) && err == nil && info.IsDir() {
			from = filepath.Join(r.folder, place)
			break
		}
	}
	if from == "" {
		return fault.New(fault.NotFound, "%s is not in %s", b.Source, r.folder)
	}
	repo, err := run.openRepo(ctx, from, true)
	if err != nil {
		return err
	}
	part, err := os.MkdirTemp(r.work, ".part-*")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "--work %s", r.work)
	}
	defer os.RemoveAll(part) //nolint:errcheck // it is gone where all went well
	if err := repo.Export(ctx, b.Revision, b.Root, part); err != nil {
		return err
	}
	if err := os.Rename(part, dir); err != nil {
		return fault.Wrap(fault.Unavailable, err, "--work %s", r.work)
	}
	return nil
}

// repositoryIndex is the index of a repository of a benchmark.
type repositoryIndex struct {
	run  *Session
	dir  string
	of   map[string]*local // by the stage that is off
	grep *repos.Grep       // nil until it is asked
	size repos.Size
}

func (x *repositoryIndex) Size() repos.Size { return x.size }
func (x *repositoryIndex) Close() error     { return x.run.Close() }

func (x *repositoryIndex) Ask(ctx context.Context, way repos.Way, query string, k int) ([]repos.Hit, error) {
	if repos.IsGrep(way.Mode) {
		if x.grep == nil {
			var err error
			if x.grep, err = repos.OpenGrep(x.dir); err != nil {
				return nil, err
			}
		}
		return x.grep.Ask(ctx, way.Mode, query, k)
	}
	index := x.of[way.Without]
	if index == nil {
		index = x.run.Open(x.dir)
		index.without = way.Without
		x.of[way.Without] = index
	}
	answer, err := index.Search(ctx, search.Request{Query: query, Mode: way.Mode, K: k, AsIndexed: true})
	if err != nil {
		return nil, err
	}
	hits := make([]repos.Hit, len(answer.Hits))
	for i, h := range answer.Hits {
		hits[i] = repos.Hit{Path: h.Path, Start: h.StartLine, End: h.EndLine, Tokens: search.TokensOf(len(h.Text)), Probability: h.Probability}
	}
	return hits, nil
}
