package main

import (
	"strings"

	"loradex/evaluation/dataset"
	"loradex/indexer"
)

// openDatasets opens data sets as one, and gives each document its language where it does not say itself: that of the
// flag, or what the set's name ends in, as in csn_go.
func openDatasets(dirs []string, split string, languages []string) (*dataset.Dataset, error) {
	if len(languages) > 1 && len(languages) != len(dirs) {
		return nil, usagef("give one for all, or one for each", "%d --lang for %d --data", len(languages), len(dirs))
	}
	sets := make([]*dataset.Dataset, len(dirs))
	for i, dir := range dirs {
		ds, err := dataset.Open(dir, split)
		if err != nil {
			return nil, err
		}
		language := ""
		switch at := strings.LastIndexByte(ds.Name, '_'); {
		case len(languages) > 0:
			language = languages[min(i, len(languages)-1)]
			known, ok := indexer.LanguageNamed(language)
			if !ok {
				return nil, usagef("such as go, python, c++, c#", "--lang: %q is not the name of a language", language)
			}
			language = known
		case at >= 0:
			language, _ = indexer.LanguageNamed(ds.Name[at+1:]) // any other ending says nothing
		}
		for j := range ds.Docs {
			if ds.Docs[j].Language == "" {
				ds.Docs[j].Language = language
			}
		}
		sets[i] = ds
	}
	return dataset.Join(sets)
}
