package adapters

import (
	"maps"
	"slices"
	"strings"

	"loradex/internal/fault"
	"loradex/internal/nearest"
)

// maxName is the longest adapter name in bytes.
const maxName = 64

// reserved are words of the mix grammar.
var reserved = append([]string{BaseMix, "base"}, routers...)

// ValidName checks an adapter's name: [a-z0-9][a-z0-9._-]{0,63}, and no word of the mix grammar. Such a name is
// safe as the name of a folder: it holds no separator and cannot be "..".
func ValidName(name string) error {
	switch {
	case name == "":
		return fault.New(fault.Invalid, "adapter name is empty")
	case len(name) > maxName:
		return fault.New(fault.Invalid, "adapter name %.64q… is longer than %d bytes", name, maxName)
	case slices.Contains(reserved, name):
		return fault.New(fault.Invalid, "adapter name %q is a word of the mix grammar", name).WithHint("choose another name")
	}
	for i := range len(name) {
		if c := name[i]; !isNameByte(c) || i == 0 && (c == '.' || c == '_' || c == '-') {
			return fault.New(fault.Invalid, "adapter name %q may hold only a-z, 0-9, '.', '_', '-', and starts with a letter or digit", name)
		}
	}
	return nil
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
}

// maxSuggestions bounds how many known names an error lists.
const maxSuggestions = 12

// unknownAdapter is the error for a name that the library lacks. It lists the known names, the nearest first.
func unknownAdapter(name string, known []string) error {
	if len(known) == 0 {
		return fault.New(fault.NotFound, "adapter %q is unknown: the library is empty", name).
			WithHint("add one with `loradex adapters add DIR --name %s`", name)
	}
	near := slices.Clone(known)
	distance := make(map[string]int, len(near))
	for _, k := range near {
		distance[k] = nearest.Distance(name, k)
	}
	slices.SortFunc(near, func(a, b string) int {
		if d := distance[a] - distance[b]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	more := ""
	if len(near) > maxSuggestions {
		near, more = near[:maxSuggestions], ", …"
	}
	return fault.New(fault.NotFound, "adapter %q is unknown; known: %s%s", name, strings.Join(near, ", "), more).
		WithHint("`loradex adapters list` shows all %d", len(known))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
