package main

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
	wiseAuto = "auto" // what the flag alone means
	wiseOff  = "none"
)

const languageWiseHelp = "Language-wise: each language's documents get an adapter of its own, and languages without one the base. The mapping\n" +
	"is part of the index: later runs without the flag keep to it, and encode again only languages whose adapter changed.\n" +
	"  --language-wise                     for each language the one adapter whose card names it\n" +
	"  --language-wise=NAME                what `train --per-language --out NAME` made: NAME-go, NAME-java, ...\n" +
	"  --language-wise=go=MIX,java=MIX     just so\n" +
	"  --language-wise=none                one mix for all again"

// mapping is the mix of each language that has one of its own.
type mapping struct {
	mixes map[string]adapters.Mix
	asked bool // by a flag or setting of this run, and not just kept
}

// texts are the canonical texts of the mixes.
func (m mapping) texts() map[string]string {
	out := map[string]string{}
	for language, mix := range m.mixes {
		out[language] = mix.String()
	}
	return out
}

// languagesOf lists the languages of a mix.
func (m mapping) languagesOf(mix string) []string {
	var out []string
	for language, own := range m.mixes {
		if own.String() == mix {
			out = append(out, language)
		}
	}
	slices.Sort(out)
	return out
}

// languageMapping reads a value of --language-wise; "" keeps what the index has.
func (a *app) languageMapping(ctx context.Context, value string, state indexer.RepoState) (mapping, error) {
	switch {
	case value == "":
		return keptMapping(state)
	case value == wiseOff:
		return mapping{asked: true}, nil
	}
	m := mapping{asked: true}
	var err error
	if strings.Contains(value, "=") {
		m.mixes, err = parseLanguageMixes(value)
	} else {
		m.mixes, err = a.adaptersOfLanguages(ctx, value)
	}
	if err != nil {
		return mapping{}, err
	}
	for _, language := range slices.Sorted(maps.Keys(m.mixes)) {
		if m.mixes[language].IsBase() {
			delete(m.mixes, language) // what it has without being named
			continue
		}
		if err := a.checkDocumentMix(ctx, m.mixes[language]); err != nil {
			return mapping{}, fault.Wrap(fault.CodeOf(err), err, "--language-wise: %s", language)
		}
	}
	return m, nil
}

// keptMapping is what the index had before.
func keptMapping(state indexer.RepoState) (mapping, error) {
	m := mapping{mixes: map[string]adapters.Mix{}}
	for language, text := range indexer.Adapted(state.Languages) {
		mix, err := adapters.ParseMix(text)
		if err != nil {
			return mapping{}, fault.Wrap(fault.Corrupt, err, "the index's mix for %s", language).
				WithHint("give the mapping anew with `loradex index --language-wise=...`")
		}
		m.mixes[language] = mix
	}
	return m, nil
}

// parseLanguageMixes reads LANGUAGE=MIX,...
func parseLanguageMixes(value string) (map[string]adapters.Mix, error) {
	mixes := map[string]adapters.Mix{}
	for item := range strings.SplitSeq(value, ",") {
		name, text, ok := strings.Cut(item, "=")
		if !ok {
			return nil, usagef("such as --language-wise=go=my-go,java=my-java", "--language-wise: %q is not LANGUAGE=MIX", item)
		}
		language, ok := indexer.LanguageNamed(name)
		if !ok {
			return nil, usagef("such as go, python, c++, c#", "--language-wise: %q is not the name of a language", name)
		}
		if _, twice := mixes[language]; twice {
			return nil, usagef("join adapters to one mix, as in go=a+b", "--language-wise: %s has two mixes", language)
		}
		mix, err := parseMix("language-wise", text)
		if err != nil {
			return nil, err
		}
		if err := mix.Resolvable(); err != nil {
			return nil, wrapFlag("language-wise", err)
		}
		mixes[language] = mix
	}
	return mixes, nil
}

// adaptersOfLanguages finds the adapters for documents whose card names languages: all of them, or those that are called
// NAME-something. One that was made for another base is passed over, unless it is called so.
func (a *app) adaptersOfLanguages(ctx context.Context, name string) (map[string]adapters.Mix, error) {
	if name != wiseAuto {
		if err := adapters.ValidName(name); err != nil {
			return nil, usage(wrapFlag("language-wise", err))
		}
	}
	eng, err := a.Engine(ctx)
	if err != nil {
		return nil, err
	}
	list, err := eng.Library.List(ctx)
	if err != nil {
		return nil, err
	}
	named := map[string][]string{} // adapters by language
	for _, e := range list {
		called := strings.HasPrefix(e.Name, name+"-")
		if name != wiseAuto && !called || e.Problem != "" || e.Card.Side == adapters.SideQuery {
			continue
		}
		model := eng.Encoder.Model()
		if err := e.Card.CheckBase(model.Name, model.BaseDigest()); err != nil {
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
		mixes[language] = adapters.Mix{Terms: []adapters.Term{{ID: names[0], Weight: 1}}}
	}
	if len(mixes) == 0 {
		which := "no adapter for documents names its language"
		if name != wiseAuto {
			which = "no adapter for documents is called " + name + "-LANGUAGE"
		}
		return nil, fault.New(fault.NotFound, "--language-wise: %s", which).
			WithHint("train them with `loradex train --per-language`, or say which: --language-wise=LANGUAGE=MIX,...")
	}
	return mixes, nil
}
