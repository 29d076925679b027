package config

// This file reads the table of settings: keys, environment variables, meanings. Loading and the example come from it.

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"loradex/internal/fault"
)

// setting is one key of loradex.yaml.
type setting struct {
	Key string // dotted: "search.mode"
	Env string // environment variable that wins over the files
	Doc string // one sentence for people

	field []int // of Config, and of the section in it
}

// settings lists all keys, in the order of the example.
func settings() []setting { return settingsOf(reflect.TypeFor[Config](), "", nil) }

// settingsOf lists the fields of a section that have a doc, and those of sections in it.
func settingsOf(section reflect.Type, prefix string, at []int) []setting {
	var out []setting
	for i := range section.NumField() {
		f := section.Field(i)
		key, field := prefix+f.Tag.Get("yaml"), append(slices.Clone(at), i)
		if doc := f.Tag.Get("doc"); doc != "" {
			out = append(out, setting{key, "LORADEX_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_")), doc, field})
		} else if f.Type.Kind() == reflect.Struct {
			out = append(out, settingsOf(f.Type, key+".", field)...)
		}
	}
	return out
}

// in returns a pointer to the setting's field: to a string, Secret, int, int64, float64, bool or time.Duration.
func (s setting) in(c *Config) any {
	return reflect.ValueOf(c).Elem().FieldByIndex(s.field).Addr().Interface()
}

// set parses a value from the environment.
func (s setting) set(c *Config, value string) error {
	var err error
	want := "a whole number"
	switch p := s.in(c).(type) {
	case *string:
		*p = value
	case *secret:
		*p = secret(value)
	case *bool:
		want = "true or false"
		*p, err = strconv.ParseBool(value)
	case *float64:
		want = "a number"
		*p, err = strconv.ParseFloat(value, 64)
	case *time.Duration:
		want = "a time such as 30s"
		*p, err = time.ParseDuration(value)
	case *int:
		*p, err = strconv.Atoi(value)
	case *int64:
		*p, err = strconv.ParseInt(value, 10, 64)
	}
	if err != nil {
		return fault.New(fault.Invalid, "%s is %q, which is not %s", s.Env, value, want)
	}
	return nil
}

// value is the setting's value as YAML.
func (s setting) value(c *Config) string {
	switch p := s.in(c).(type) {
	case *string:
		if *p == "" {
			return `""`
		}
		return *p
	case *secret:
		return `""` // never a key, whatever it is
	case *bool:
		return strconv.FormatBool(*p)
	case *float64:
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *time.Duration:
		return p.String()
	case *int:
		return strconv.Itoa(*p)
	case *int64:
		return strconv.FormatInt(*p, 10)
	}
	return ""
}

// example is a loradex.yaml with every key at its default, and what it means.
func example() string {
	var b strings.Builder
	b.WriteString("# loradex.yaml: settings of loradex, with their defaults. Put it into a repository, or into LORADEX_HOME for all\n")
	b.WriteString("# of them. The nearest file upwards wins over the one in LORADEX_HOME, the environment over both, flags over all.\n")
	defaults := Default()
	section := ""
	for _, s := range settings() {
		indent, name := "", s.Key
		if group, rest, ok := strings.Cut(s.Key, "."); ok {
			if group != section {
				fmt.Fprintf(&b, "\n%s:\n", group)
				section = group
			}
			indent, name = "  ", rest
		} else {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s# %s (%s)\n%s%s: %s\n", indent, s.Doc, s.Env, indent, name, s.value(&defaults))
	}
	return b.String()
}
