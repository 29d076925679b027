package main

// This file turns data sets and repositories into what training reads.

import (
	"context"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"loradex/embed/train"
	"loradex/evaluation/dataset"
	"loradex/indexer/mine"
	"loradex/internal/fault"
)

// trainData is one task: what to train on, what picks the state, and what measures it.
type trainData struct {
	name     string // for the card and the report
	language string // "" where there are several
	source   train.PairSource
	report   *mine.Report // of a repository
}

// beirData reads BEIR folders as one source.
type beirData struct{ dirs []beirDir }

type beirDir struct{ path, language string }

func parseBEIRDir(arg string) beirDir {
	if language, path, ok := strings.Cut(arg, "="); ok && language != "" && !strings.ContainsAny(language, `/\.`) {
		return beirDir{path, strings.ToLower(language)}
	}
	return beirDir{path: arg}
}

// Pairs joins a split of all folders. Documents that no query of the split names are in it, too: dev and test rank them,
// and training on the query side takes negatives from them.
func (d beirData) Pairs(_ context.Context, split train.Split) (*train.Set, error) {
	set := &train.Set{}
	for _, dir := range d.dirs {
		ds, err := dataset.Open(dir.path, string(split))
		if err != nil {
			return nil, err
		}
		addDataset(set, ds, dir.language, len(d.dirs) > 1)
	}
	return set, nil
}

// addDataset appends a split. Where several are joined, ids get the set's name in front, so that none is there twice.
func addDataset(set *train.Set, ds *dataset.Dataset, language string, named bool) {
	prefix := ""
	if named {
		prefix = ds.Name + "/"
	}
	firstDoc, firstQuery := len(set.Documents), len(set.Queries)
	for _, d := range ds.Docs {
		set.Documents = append(set.Documents, train.Text{ID: prefix + d.ID, Text: d.Text, Language: language})
	}
	for i, q := range ds.Queries {
		set.Queries = append(set.Queries, train.Text{ID: prefix + q.ID, Text: q.Text})
		e := train.Example{Query: firstQuery + i}
		for _, j := range ds.Judgements[i] {
			if j.Grade > 0 {
				e.Positives = append(e.Positives, firstDoc+int(j.Doc))
				e.Score = min(1, float32(j.Grade))
			}
		}
		set.Examples = append(set.Examples, e)
	}
}

// trainTasks are the trainings that the flags ask for: one, or one for each language.
func (a *app) trainTasks(ctx context.Context, f trainFlags, seed uint64) ([]trainData, error) {
	if f.repo != "" {
		return a.repoTasks(ctx, f, seed)
	}
	var dirs []beirDir
	var names []string
	byLanguage := map[string][]beirDir{}
	var languages []string
	for _, arg := range f.data {
		d := parseBEIRDir(arg)
		dirs = append(dirs, d)
		name := dirName(d.path)
		if slices.Contains(names, name) {
			return nil, usagef("give each folder once", "two data sets are called %q", name)
		}
		names = append(names, name)
		if byLanguage[d.language] == nil {
			languages = append(languages, d.language)
		}
		byLanguage[d.language] = append(byLanguage[d.language], d)
	}
	if !f.perLanguage {
		return []trainData{{name: strings.Join(names, "+"), source: beirData{dirs}}}, nil
	}
	if slices.Contains(languages, "") {
		return nil, usagef("say it in front: --data go=DIR", "--per-language needs the language of every data set")
	}
	var tasks []trainData
	for _, l := range languages {
		tasks = append(tasks, trainData{name: l, language: l, source: beirData{byLanguage[l]}})
	}
	return tasks, nil
}

// repoTasks mines the repository's pairs.
func (a *app) repoTasks(ctx context.Context, f trainFlags, seed uint64) ([]trainData, error) {
	repo, err := a.OpenRepo(ctx, f.repo)
	if err != nil {
		return nil, err
	}
	o := mine.Options{Rev: f.rev, Seed: seed}
	for _, k := range f.kinds {
		kind, err := mine.ParseKind(k)
		if err != nil {
			return nil, usage(err)
		}
		o.Kinds = append(o.Kinds, kind)
	}
	bar := a.Progress
	defer bar.Done()
	o.Progress = func(p mine.Progress) { bar.Set("mine "+p.Phase, p.Done, p.Total, "") }
	pairs, err := mine.Mine(ctx, repo, o)
	if err != nil {
		return nil, err
	}
	name := dirName(f.repo)
	if !f.perLanguage {
		return []trainData{{name: name, source: pairs, report: &pairs.Report}}, nil
	}
	var tasks []trainData
	for _, l := range slices.Sorted(maps.Keys(pairs.Report.Languages)) {
		tasks = append(tasks, trainData{name: name + " (" + l + ")", language: l, source: onlyLanguage{pairs, l}, report: &pairs.Report})
	}
	return tasks, nil
}

// onlyLanguage keeps the examples whose documents are in one language, and all documents of that language.
type onlyLanguage struct {
	inner    train.PairSource
	language string
}

// Pairs implements train.PairSource.
func (o onlyLanguage) Pairs(ctx context.Context, split train.Split) (*train.Set, error) {
	set, err := o.inner.Pairs(ctx, split)
	if err != nil {
		return nil, err
	}
	return subset(set, func(e train.Example) bool { return set.Documents[e.Positives[0]].Language == o.language },
		func(d int) bool { return set.Documents[d].Language == o.language }), nil
}

// subset keeps some examples, with their queries, and some documents besides those that the examples name.
func subset(set *train.Set, example func(train.Example) bool, document func(int) bool) *train.Set {
	keep := make([]bool, len(set.Documents))
	var examples []train.Example
	for _, e := range set.Examples {
		if !example(e) {
			continue
		}
		examples = append(examples, e)
		for _, d := range slices.Concat(e.Positives, e.Negatives) {
			keep[d] = true
		}
	}
	out := &train.Set{}
	at := make([]int, len(set.Documents))
	for d := range set.Documents {
		if keep[d] || document(d) {
			at[d] = len(out.Documents)
			out.Documents = append(out.Documents, set.Documents[d])
		}
	}
	move := func(list []int) []int {
		var moved []int
		for _, d := range list {
			moved = append(moved, at[d])
		}
		return moved
	}
	for _, e := range examples {
		out.Queries = append(out.Queries, set.Queries[e.Query])
		out.Examples = append(out.Examples, train.Example{
			Query: len(out.Queries) - 1, Positives: move(e.Positives), Negatives: move(e.Negatives), Score: e.Score,
		})
	}
	return out
}

// splits are the three sets of a task.
type splits struct {
	train, dev, test *train.Set
	devIs, testIs    string // what they really are
}

// read gets the splits. Where dev is missing, every tenth training pair is held back in its place; where test is, dev
// measures, and the report says so.
func (d trainData) read(ctx context.Context, limit int, seed uint64) (splits, error) {
	var s splits
	var err error
	if s.train, err = d.source.Pairs(ctx, train.Train); err != nil {
		return s, err
	}
	rng := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // repeatable on purpose
	s.devIs, s.testIs = "dev", "test"
	s.dev, err = d.source.Pairs(ctx, train.Dev)
	if hasCode(err, fault.NotFound) {
		s.devIs = "a tenth of train"
		held := map[int]bool{}
		for i, at := range rng.Perm(len(s.train.Queries)) {
			held[at] = i < len(s.train.Queries)/10
		}
		all := s.train
		s.dev = subset(all, func(e train.Example) bool { return held[e.Query] }, func(int) bool { return true })
		s.train = subset(all, func(e train.Example) bool { return !held[e.Query] }, func(int) bool { return true })
	} else if err != nil {
		return s, err
	}
	s.test, err = d.source.Pairs(ctx, train.Test)
	if hasCode(err, fault.NotFound) {
		s.test, s.testIs = s.dev, s.devIs
	} else if err != nil {
		return s, err
	}
	if limit > 0 && limit < len(s.train.Examples) {
		kept := map[int]bool{}
		for _, at := range rng.Perm(len(s.train.Queries))[:limit] {
			kept[at] = true
		}
		s.train = subset(s.train, func(e train.Example) bool { return kept[e.Query] }, func(int) bool { return true })
	}
	if len(s.train.Examples) < 2 {
		return s, notEnough(d.name, len(s.train.Examples))
	}
	return s, nil
}

// asDataset makes a set into what an evaluation ranks. Ids ascend in both lists, as it wants.
func asDataset(name, split string, set *train.Set) *dataset.Dataset {
	ds := &dataset.Dataset{Name: name, Split: split}
	docs, queries := order(set.Documents), order(set.Queries)
	at := make([]int32, len(docs))
	for i, d := range docs {
		at[d] = int32(i) //nolint:gosec // data sets are bounded far below
		ds.Docs = append(ds.Docs, dataset.Text{ID: set.Documents[d].ID, Text: set.Documents[d].Text})
	}
	byQuery := map[int]train.Example{}
	for _, e := range set.Examples {
		byQuery[e.Query] = e
	}
	for _, q := range queries {
		e, ok := byQuery[q]
		if !ok {
			continue
		}
		var judged []dataset.Judgement
		for _, d := range e.Positives {
			judged = append(judged, dataset.Judgement{Doc: at[d], Grade: 1})
		}
		slices.SortFunc(judged, func(a, b dataset.Judgement) int { return int(a.Doc) - int(b.Doc) })
		ds.Queries = append(ds.Queries, dataset.Text{ID: set.Queries[q].ID, Text: set.Queries[q].Text})
		ds.Judgements = append(ds.Judgements, judged)
	}
	return ds
}

// order is the positions of texts by id.
func order(texts []train.Text) []int {
	out := make([]int, len(texts))
	for i := range out {
		out[i] = i
	}
	slices.SortFunc(out, func(a, b int) int { return strings.Compare(texts[a].ID, texts[b].ID) })
	return out
}

// dirName is the last part of a folder's path or of a URL.
func dirName(path string) string {
	if abs, err := filepath.Abs(path); err == nil && !strings.Contains(path, "://") {
		return filepath.Base(abs)
	}
	return filepath.Base(path)
}
