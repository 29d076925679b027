package main

// This file makes tasks of the flags that say what to train on.

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"loradex/evaluation/training"
	"loradex/indexer"
	"loradex/indexer/mine"
)

func parseFolder(arg string) training.Folder {
	if language, path, ok := strings.Cut(arg, "="); ok && language != "" && !strings.ContainsAny(language, `/\.`) {
		return training.Folder{Path: path, Language: strings.ToLower(language)}
	}
	return training.Folder{Path: arg}
}

// trainTasks are the trainings that the flags ask for: one, or one for each language.
func (a *app) trainTasks(ctx context.Context, f trainFlags, seed uint64) ([]training.Data, error) {
	if f.repo != "" {
		return a.repoTasks(ctx, f, seed)
	}
	var folders training.Folders
	var names, languages []string
	byLanguage := map[string]training.Folders{}
	for _, arg := range f.data {
		d := parseFolder(arg)
		folders = append(folders, d)
		name := dirName(d.Path)
		if slices.Contains(names, name) {
			return nil, usagef("give each folder once", "two data sets are called %q", name)
		}
		names = append(names, name)
		if byLanguage[d.Language] == nil {
			languages = append(languages, d.Language)
		}
		byLanguage[d.Language] = append(byLanguage[d.Language], d)
	}
	if !f.perLanguage {
		return []training.Data{{Name: strings.Join(names, "+"), Source: folders}}, nil
	}
	if slices.Contains(languages, "") {
		return nil, usagef("say it in front: --data go=DIR", "--per-language needs the language of every data set")
	}
	var tasks []training.Data
	for _, l := range languages {
		tasks = append(tasks, training.Data{Name: l, Language: l, Source: byLanguage[l]})
	}
	return tasks, nil
}

// repoTasks mines the repository's pairs, and says what was found.
func (a *app) repoTasks(ctx context.Context, f trainFlags, seed uint64) ([]training.Data, error) {
	repo, err := a.OpenRepo(ctx, f.repo)
	if err != nil {
		return nil, err
	}
	o := mine.Options{Seed: seed}
	for _, k := range f.kinds {
		kind, err := mine.ParseKind(k)
		if err != nil {
			return nil, usage(err)
		}
		o.Kinds = append(o.Kinds, kind)
	}
	defer a.Progress.Done()
	o.Progress = func(p indexer.Progress) { a.Progress.Set("mine "+p.Phase, p.Done, p.Total, "") }
	pairs, err := mine.Mine(ctx, repo.Source(f.rev), repo.Log, o)
	if err != nil {
		return nil, err
	}
	a.Progress.Done()
	if !a.flags.json {
		a.showMined(&pairs.Report)
	}
	name := dirName(f.repo)
	if !f.perLanguage {
		return []training.Data{{Name: name, Source: pairs}}, nil
	}
	var tasks []training.Data
	for _, l := range slices.Sorted(maps.Keys(pairs.Report.Languages)) {
		tasks = append(tasks, training.Data{Name: name + " (" + l + ")", Language: l, Source: training.OneLanguage{Source: pairs, Language: l}})
	}
	return tasks, nil
}

// dirName is the last part of a folder's path or of a URL.
func dirName(path string) string {
	if abs, err := filepath.Abs(path); err == nil && !strings.Contains(path, "://") {
		return filepath.Base(abs)
	}
	return filepath.Base(path)
}
