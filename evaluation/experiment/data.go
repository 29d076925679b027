package experiment

// This file opens data sets, and looks at folders for results.

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/go-enry/go-enry/v2"

	"loradex/indexer"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// placeID is the id of a document that names its place: "archive/tar/common.go:287".
var placeID = regexp.MustCompile(`^(.+\.[A-Za-z0-9]+):\d+(-\d+)?$`)

// fileOf is the file that the id of a document names; "" for any other id.
func fileOf(id string) string {
	if m := placeID.FindStringSubmatch(id); m != nil {
		return m[1]
	}
	return ""
}

// languageOfID is the language of the file that an id names.
func languageOfID(id string) string {
	file := fileOf(id)
	if file == "" {
		return ""
	}
	name, _ := enry.GetLanguageByExtension(path.Base(file))
	return strings.ToLower(name)
}

// OpenData opens data sets as one, and gives each document its language where it does not say itself: that of the
// flag, or else of the file that its id names, or what the set's name ends in, as in csn_go. strict refuses judgements of what
// is not there.
func OpenData(dirs []string, split string, languages []string, strict bool) (*dataset.Dataset, error) {
	if len(languages) > 1 && len(languages) != len(dirs) {
		return nil, fault.Usagef("give one for all, or one for each", "%d --lang for %d --data", len(languages), len(dirs))
	}
	sets := make([]*dataset.Dataset, len(dirs))
	for i, dir := range dirs {
		ds, err := dataset.Open(dir, dataset.Split(split))
		if err != nil {
			return nil, err
		}
		if strict {
			if err := ds.Whole(); err != nil {
				return nil, err
			}
		}
		var language string
		if len(languages) > 0 {
			language = languages[min(i, len(languages)-1)]
			known, ok := indexer.LanguageNamed(language)
			if !ok {
				return nil, fault.Usagef("such as go, python, c++, c#", "--lang: %q is not the name of a language", language)
			}
			language = known
		} else {
			language = LanguageOfSet(ds.Name)
		}
		for j := range ds.Docs {
			d := &ds.Docs[j]
			if d.Language == "" && len(languages) == 0 {
				d.Language = languageOfID(d.ID)
			}
			if d.Language == "" {
				d.Language = language
			}
		}
		sets[i] = ds
	}
	return dataset.Join(sets)
}

// noteMissing says what a data set's judgements name and it does not hold.
func (l *Lab) noteMissing(ds *dataset.Dataset) {
	if !ds.Missing.None() {
		l.Note("%s: %s; left out", ds.Name, &ds.Missing)
	}
}

// LanguageOfSet is what a set's name ends in, as in csn_go, where that is a language.
func LanguageOfSet(set string) string {
	at := strings.LastIndexByte(set, '_')
	if at < 0 {
		return ""
	}
	language, _ := indexer.LanguageNamed(set[at+1:]) // any other ending says nothing
	return language
}

// Texts opens the given data sets by the names that evaluations call them; one that was joined is joined again.
func Texts(dirs []string) (func(name, split string) (*dataset.Dataset, error), error) {
	byName := map[string]string{}
	for _, dir := range dirs {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "--data")
		}
		if !isDir(abs) {
			return nil, fault.New(fault.NotFound, "--data: %s is not a folder", dir).WithHint("name the folder that holds corpus.jsonl")
		}
		byName[filepath.Base(abs)] = abs
	}
	return func(name, split string) (*dataset.Dataset, error) {
		var parts []string
		for _, part := range strings.Split(name, "+") {
			if dir, ok := byName[part]; ok {
				parts = append(parts, dir)
			}
		}
		if dir, ok := byName[name]; ok {
			parts = []string{dir}
		} else if len(parts) != strings.Count(name, "+")+1 {
			return nil, nil //nolint:nilnil // nobody gave its texts, and nothing is wrong
		}
		return OpenData(parts, split, nil, false)
	}, nil
}

// CheckFolder looks at a folder for results before the work: it must be one that can be written to, and neither a data set,
// which has a queries.jsonl, too, nor one with results of another command, which holds the file other.
func CheckFolder(dir, other string) error {
	if dir == "" {
		return nil
	}
	for _, name := range []string{"corpus.jsonl", other} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fault.Usagef("give a folder of its own", "--out %s holds a data set or the results of another command (%s), which would be replaced in part", dir, name)
		}
	}
	err := os.MkdirAll(dir, 0o750)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(dir, ".tmp-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "--out %s cannot be written to", dir).WithHint("name a folder that you may write to")
	}
	return nil
}
