package training

// This file defines what is trained on, and its splits.

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Data is one task: what to train on, what picks the state, and what measures it.
type Data struct {
	Name     string // for the card and the report
	Language string // "" where there are several
	Source   dataset.Source
}

// folder is a BEIR folder with the language of its documents; "" is what the folder says.
type folder struct{ Path, Language string }

// ParseFolder reads [LANGUAGE=]DIR.
func ParseFolder(arg string) folder {
	if language, path, ok := strings.Cut(arg, "="); ok && language != "" && !strings.ContainsAny(language, `/\.`) {
		return folder{Path: path, Language: strings.ToLower(language)}
	}
	return folder{Path: arg}
}

// FromFolders are the trainings over folders [LANGUAGE=]DIR: one, or one for each language.
func FromFolders(args []string, perLanguage bool) ([]Data, error) {
	var all Folders
	var names, languages []string
	for _, arg := range args {
		f := ParseFolder(arg)
		name := dataset.NameOf(f.Path)
		if slices.Contains(names, name) {
			return nil, fault.Usagef("give each folder once", "two data sets are called %q", name)
		}
		all, names = append(all, f), append(names, name)
		if !slices.Contains(languages, f.Language) {
			languages = append(languages, f.Language)
		}
	}
	if !perLanguage {
		return []Data{{Name: strings.Join(names, "+"), Source: all}}, nil
	}
	if slices.Contains(languages, "") {
		return nil, fault.Usagef("say it in front: --data go=DIR", "--per-language needs the language of every data set")
	}
	var tasks []Data
	for _, l := range languages {
		own := slices.DeleteFunc(slices.Clone(all), func(f folder) bool { return f.Language != l })
		tasks = append(tasks, Data{Name: l, Language: l, Source: own})
	}
	return tasks, nil
}

// Folders are BEIR folders as one source.
type Folders []folder

// Split joins a split of all folders. Documents that no query of the split names are in it, too: dev and test rank them, and
// training on the query side takes negatives from them.
func (f Folders) Split(_ context.Context, split dataset.Split) (*dataset.Dataset, error) {
	sets := make([]*dataset.Dataset, len(f))
	for i, folder := range f {
		ds, err := dataset.Open(folder.Path, split)
		if err != nil {
			return nil, err
		}
		for d := range ds.Docs {
			if folder.Language != "" {
				ds.Docs[d].Language = folder.Language
			}
		}
		sets[i] = ds
	}
	return dataset.Join(sets)
}

// OneLanguage keeps the queries that documents in one language answer, and all documents in that language.
type OneLanguage struct {
	dataset.Source
	Language string
}

// Split implements [dataset.Source].
func (o OneLanguage) Split(ctx context.Context, split dataset.Split) (*dataset.Dataset, error) {
	ds, err := o.Source.Split(ctx, split)
	if err != nil {
		return nil, err
	}
	return ds.Subset(func(q int) bool { return ds.Answer(q).Language == o.Language }, func(d int) bool { return ds.Docs[d].Language == o.Language }), nil
}

// splits are the three parts of a task.
type splits struct {
	train, dev, test *dataset.Dataset
	devIs, testIs    string // what they really are
}

func all(int) bool  { return true }
func none(int) bool { return false }

// read gets the splits. Where dev is missing, every tenth training pair is held back in its place; where test is, dev
// measures, and the report says so. A limit above 0 takes so many training pairs.
func (d Data) read(ctx context.Context, limit int, seed uint64) (splits, error) {
	var s splits
	var err error
	if s.train, err = d.Source.Split(ctx, dataset.Train); err != nil {
		return s, err
	}
	rng := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // repeatable on purpose
	s.devIs, s.testIs = "dev", "test"
	s.dev, err = d.Source.Split(ctx, dataset.Dev)
	if fault.CodeOf(err) == fault.NotFound {
		s.devIs = "a tenth of train"
		whole, n := s.train, len(s.train.Queries)
		held := first(rng.Perm(n), n/10)
		s.dev = whole.Subset(held, all)
		s.train = whole.Subset(func(q int) bool { return !held(q) }, all)
	} else if err != nil {
		return s, err
	}
	s.test, err = d.Source.Split(ctx, dataset.Test)
	if fault.CodeOf(err) == fault.NotFound {
		s.test, s.testIs = s.dev, s.devIs
	} else if err != nil {
		return s, err
	}
	if n := len(s.train.Queries); limit > 0 && limit < n {
		s.train = s.train.Subset(first(rng.Perm(n), limit), all)
	}
	if n := len(s.train.Queries); n < 2 {
		return s, fault.New(fault.Invalid, "%s gives %d training pairs; a batch needs at least 2", d.Name, n).
			WithHint("give more data: another folder, or with --repo more kinds of --pairs")
	}
	return s, nil
}

// first picks the first n places of an order.
func first(order []int, n int) func(int) bool {
	picked := make(map[int]bool, n)
	for _, at := range order[:min(n, len(order))] {
		picked[at] = true
	}
	return func(at int) bool { return picked[at] }
}
