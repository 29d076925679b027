package config

import (
	"errors"
	"io/fs"
	"os"

	"github.com/goccy/go-yaml"

	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// Setting is a key of a section with what it is set to.
type Setting struct {
	Key   string
	Value any
}

// Edit sets keys of a section in a file of settings, which is made where there is none. Other keys and comments stay.
func Edit(path, section string, settings ...Setting) error {
	text, err := os.ReadFile(path) //nolint:gosec // the user names it
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "cannot read %s", path)
	}
	comments := yaml.CommentMap{}
	var file yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.CommentToMap(comments), yaml.UseOrderedMap()); err != nil {
		return fault.Wrap(fault.Invalid, err, "%s is not a file of settings", path)
	}
	at := keyOf(&file, section)
	values, _ := file[at].Value.(yaml.MapSlice) // anything else is no section: an empty one takes its place
	for _, s := range settings {
		values[keyOf(&values, s.Key)].Value = s.Value
	}
	file[at].Value = values
	out, err := yaml.MarshalWithOptions(file, yaml.WithComment(comments))
	if err != nil {
		return fault.Wrap(fault.Internal, err, "settings as YAML")
	}
	return atomicfile.Replace(path, atomicfile.Content(out))
}

// keyOf returns the index of a key, which is added where it is missing.
func keyOf(m *yaml.MapSlice, key string) int {
	for i, item := range *m {
		if item.Key == key {
			return i
		}
	}
	*m = append(*m, yaml.MapItem{Key: key})
	return len(*m) - 1
}
