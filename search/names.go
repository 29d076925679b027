package search

// This file knows the names by which people call languages and kinds.

import (
	"slices"
	"strings"

	"github.com/go-enry/go-enry/v2"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// ReadLanguages turns names of languages into those of the index: go-enry's names and aliases ("golang", "cpp", "js"), file
// extensions ("tsx", "cs"), in any case. Invalid for an unknown one; the hint lists those that chunks are cut by.
func ReadLanguages(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		found := languagesOf(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "."))
		if found == nil {
			return nil, fault.New(fault.Invalid, "there is no language %.100q", name).
				WithHint("languages are %s, and all that go-enry knows, by their names, aliases and file extensions", strings.Join(chunk.Languages(), ", "))
		}
		out = append(out, found...)
	}
	return once(withDialects(out)), nil
}

// languagesOf returns the languages that a name stands for, nil where it is none.
func languagesOf(name string) []string {
	if name == "" {
		return nil
	}
	if slices.Contains(chunk.Languages(), name) {
		return []string{name}
	}
	if language, ok := indexer.LanguageNamed(name); ok {
		return []string{language}
	}
	var out []string
	for _, language := range enry.GetLanguagesByExtension("x."+name, nil, nil) {
		out = append(out, strings.ToLower(language))
	}
	return out
}

// withDialects adds the languages that go-enry knows apart from the one that people mean: TSX is TypeScript.
func withDialects(languages []string) []string {
	if slices.Contains(languages, "typescript") {
		return append(languages, "tsx")
	}
	return languages
}

// Kinds lists the kinds of chunks.
func Kinds() []string {
	return []string{
		chunk.KindFunction, chunk.KindMethod, chunk.KindType, chunk.KindInterface, chunk.KindEnum, chunk.KindConst,
		chunk.KindVar, chunk.KindModule, chunk.KindSection, chunk.KindWindow,
	}
}

// kindNames are other words for kinds.
var kindNames = map[string]string{
	"func": chunk.KindFunction, "fn": chunk.KindFunction, "def": chunk.KindFunction, "fun": chunk.KindFunction, "sub": chunk.KindFunction,
	"meth": chunk.KindMethod, "class": chunk.KindType, "struct": chunk.KindType, "record": chunk.KindType, "typedef": chunk.KindType,
	"iface": chunk.KindInterface, "trait": chunk.KindInterface, "protocol": chunk.KindInterface,
	"constant": chunk.KindConst, "variable": chunk.KindVar, "mod": chunk.KindModule, "namespace": chunk.KindModule, "package": chunk.KindModule,
	"heading": chunk.KindSection, "lines": chunk.KindWindow,
}

// ReadKinds turns words for kinds of chunks into the index's: "func" is a function. Plurals are understood. Invalid for an
// unknown one.
func ReadKinds(words []string) ([]string, error) {
	var out []string
	for _, word := range words {
		kind := ""
		lower := strings.ToLower(strings.TrimSpace(word))
		for _, try := range []string{lower, strings.TrimSuffix(lower, "s"), strings.TrimSuffix(lower, "es")} {
			if slices.Contains(Kinds(), try) {
				kind = try
			} else if known, ok := kindNames[try]; ok {
				kind = known
			}
			if kind != "" {
				break
			}
		}
		if kind == "" {
			return nil, fault.New(fault.Invalid, "%.100q is not a kind", word).WithHint("kinds are %s", strings.Join(Kinds(), ", "))
		}
		out = append(out, kind)
	}
	return once(out), nil
}

// once drops what comes again.
func once(words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
