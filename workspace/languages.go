package workspace

// This file decides which mix the documents of each language get: what --language-wise says, the adapters of the library
// that name their language, or what the index had before.

import (
	"context"
	"maps"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/internal/fault"
)

// Values of --language-wise beside a prefix of names and LANGUAGE=MIX,...
const (
	WiseAuto = "auto" // what the flag alone means
	wiseOff  = "none"
)

// mapping is the mix of each language that has one of its own.
type mapping struct {
	mixes map[string]adapters.Mix
	asked bool // by a flag or setting of this run, and not just kept
}

// languagesOf lists the languages of a mix.
func (m mapping) languagesOf(mix adapters.Mix) []string {
	var out []string
	for language, own := range m.mixes {
		if own == mix {
			out = append(out, language)
		}
	}
	slices.Sort(out)
	return out
}

// languageMapping reads a value of --language-wise; "" keeps what the index has.
func (s *Session) languageMapping(ctx context.Context, value string, state indexer.RepoState) (mapping, error) {
	switch {
	case value == "":
		return mapping{mixes: indexer.Adapted(state.Languages)}, nil // what the index had before
	case value == wiseOff:
		return mapping{asked: true}, nil
	}
	m := mapping{asked: true}
	var err error
	if strings.Contains(value, "=") {
		m.mixes, err = ParseLanguageMixes(value)
	} else {
		m.mixes, err = s.adaptersOfLanguages(ctx, value)
	}
	if err != nil {
		return mapping{}, err
	}
	for _, language := range slices.Sorted(maps.Keys(m.mixes)) {
		if m.mixes[language].IsBase() {
			delete(m.mixes, language) // what it has without being named
			continue
		}
		if err := s.checkDocumentMix(ctx, m.mixes[language]); err != nil {
			return mapping{}, fault.Prefix(err, "--language-wise: %s", language)
		}
	}
	return m, nil
}

// ParseLanguageMixes reads LANGUAGE=MIX,...
func ParseLanguageMixes(value string) (map[string]adapters.Mix, error) {
	mixes := map[string]adapters.Mix{}
	for item := range strings.SplitSeq(value, ",") {
		name, text, ok := strings.Cut(item, "=")
		if !ok {
			return nil, fault.Usagef("such as --language-wise=go=my-go,java=my-java", "--language-wise: %q is not LANGUAGE=MIX", item)
		}
		language, ok := indexer.LanguageNamed(name)
		if !ok {
			return nil, fault.Usagef("such as go, python, c++, c#", "--language-wise: %q is not the name of a language", name)
		}
		if _, twice := mixes[language]; twice {
			return nil, fault.Usagef("join adapters to one mix, as in go=a+b", "--language-wise: %s has two mixes", language)
		}
		mix, err := adapters.ParseMix(text)
		if err != nil {
			return nil, fault.Usage(fault.Prefix(err, "--language-wise"))
		}
		if err := mix.Resolvable(); err != nil {
			return nil, fault.Prefix(err, "--language-wise")
		}
		mixes[language] = mix
	}
	return mixes, nil
}

// adaptersOfLanguages finds the adapters for documents whose card names languages: all of them, or those that are called
// NAME-something. One that was made for another base is passed over, unless it is called so.
func (s *Session) adaptersOfLanguages(ctx context.Context, name string) (map[string]adapters.Mix, error) {
	if name != WiseAuto {
		if err := adapters.ValidName(name); err != nil {
			return nil, fault.Usage(fault.Prefix(err, "--language-wise"))
		}
	}
	enc, err := s.Encoder(ctx)
	if err != nil {
		return nil, err
	}
	lib, err := s.Library()
	if err != nil {
		return nil, err
	}
	list, err := lib.List(ctx)
	if err != nil {
		return nil, err
	}
	named := map[string][]string{} // adapters by language
	for _, e := range list {
		called := strings.HasPrefix(e.Name, name+"-")
		if name != WiseAuto && !called || e.Problem != "" || e.Card.Side == adapters.SideQuery {
			continue
		}
		model := enc.Model()
		if err := e.Card.CheckBase(model.AdapterBase()); err != nil {
			if called {
				return nil, err
			}
			continue
		}
		if called && len(e.Card.Languages) == 0 {
			return nil, fault.New(fault.Invalid, "--language-wise: the card of adapter %q names no language", e.Name).
				WithHint("say which one it is for: --language-wise=LANGUAGE=%s,...", e.Name)
		}
		for _, l := range e.Card.Languages {
			language, ok := indexer.LanguageNamed(l)
			if !ok {
				return nil, fault.New(fault.Invalid, "--language-wise: the card of adapter %q names %q, which is not a language that is known", e.Name, l).
					WithHint("say which one it is for: --language-wise=LANGUAGE=%s,...", e.Name)
			}
			named[language] = append(named[language], e.Name)
		}
	}
	return oneEach(named, name)
}

// oneEach refuses to choose between adapters.
func oneEach(named map[string][]string, name string) (map[string]adapters.Mix, error) {
	mixes := map[string]adapters.Mix{}
	for _, language := range slices.Sorted(maps.Keys(named)) {
		names := named[language]
		if len(names) > 1 {
			return nil, fault.New(fault.Conflict, "--language-wise: %d adapters are for %s: %s", len(names), language, strings.Join(names, ", ")).
				WithHint("name the ones to use: --language-wise=%s=%s,...", language, names[0])
		}
		mix, err := adapters.ParseMix(names[0])
		if err != nil {
			return nil, err
		}
		mixes[language] = mix
	}
	if len(mixes) == 0 {
		which := "no adapter for documents names its language"
		if name != WiseAuto {
			which = "no adapter for documents is called " + name + "-LANGUAGE"
		}
		return nil, fault.New(fault.NotFound, "--language-wise: %s", which).
			WithHint("train them with `loradex train --per-language`, or say which: --language-wise=LANGUAGE=MIX,...")
	}
	return mixes, nil
}
