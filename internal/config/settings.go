package config

// This file defines the table of settings: keys, environment variables, meanings. Loading and the example come from it.

import (
	"fmt"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// Setting is one key of loradex.yaml.
type Setting struct {
	Key string // dotted: "search.mode"
	Env string // environment variable that wins over the files
	Doc string // one sentence for people

	field func(c *Config) any // pointer to string, int or int64
}

// Settings lists all keys, in the order of the example.
func Settings() []Setting {
	return []Setting{
		{"model", "LORADEX_MODEL", "Installed model or folder of one; \"\" is the one of set-up, \"none\" does without vectors.", func(c *Config) any { return &c.Model }},
		{"device", "LORADEX_DEVICE", "What runs the encoder: cpu, cuda, tensorrt, coreml, directml, openvino.", func(c *Config) any { return &c.Device }},
		{"threads", "LORADEX_THREADS", "Threads of one run of the encoder; 0 is one per core.", func(c *Config) any { return &c.Threads }},
		{"waiting", "LORADEX_WAITING", "What the encoder's threads do while they wait for each other: spin, or sleep, which is faster beside other busy programs.", func(c *Config) any { return &c.Waiting }},
		{"max_tokens", "LORADEX_MAX_TOKENS", "Where texts are cut; 0 is the model's limit. Part of the space: another value means another index.", func(c *Config) any { return &c.MaxTokens }},
		{"window", "LORADEX_WINDOW", "Cut longer texts into windows of so many tokens and average their vectors; 0 truncates. Part of the space.", func(c *Config) any { return &c.Window }},
		{"stride", "LORADEX_STRIDE", "Tokens between the starts of two windows; 0 is half the window. Part of the space.", func(c *Config) any { return &c.Stride }},
		{"index.adapter", "LORADEX_INDEX_ADAPTER", "Mix of a space that index fills beside those that are there; \"\" adds none.", func(c *Config) any { return &c.Index.Adapter }},
		{"index.language_wise", "LORADEX_INDEX_LANGUAGE_WISE", "Mixes by language, as the flag --language-wise of index; \"\" keeps what the index has.", func(c *Config) any { return &c.Index.LanguageWise }},
		{"index.store", "LORADEX_INDEX_STORE", "What keeps the index.", func(c *Config) any { return &c.Index.Store }},
		{"index.max_file_bytes", "LORADEX_INDEX_MAX_FILE_BYTES", "Larger files are passed over; 0 is 1 MiB.", func(c *Config) any { return &c.Index.MaxFileBytes }},
		{"search.adapter", "LORADEX_SEARCH_ADAPTER", "Mix of queries; \"\" is the default space of the index.", func(c *Config) any { return &c.Search.Adapter }},
		{"search.mode", "LORADEX_SEARCH_MODE", "hybrid, dense or lexical.", func(c *Config) any { return &c.Search.Mode }},
		{"search.merge", "LORADEX_SEARCH_MERGE", "How rankings of a language-wise index's spaces become one: cosines, scores (for adapters of different origin) or ranks.", func(c *Config) any { return &c.Search.Merge }},
		{"search.k", "LORADEX_SEARCH_K", "How many hits are shown.", func(c *Config) any { return &c.Search.K }},
	}
}

// set parses a value from the environment.
func (s Setting) set(c *Config, value string) error {
	var err error
	switch p := s.field(c).(type) {
	case *string:
		*p = value
	case *int:
		*p, err = strconv.Atoi(value)
	case *int64:
		*p, err = strconv.ParseInt(value, 10, 64)
	}
	if err != nil {
		return fault.New(fault.Invalid, "%s is %q, which is not a whole number", s.Env, value)
	}
	return nil
}

// value is the setting's value as YAML.
func (s Setting) value(c *Config) string {
	switch p := s.field(c).(type) {
	case *string:
		if *p == "" {
			return `""`
		}
		return *p
	case *int:
		return strconv.Itoa(*p)
	case *int64:
		return strconv.FormatInt(*p, 10)
	}
	return ""
}

// Example is a loradex.yaml with every key at its default, and what it means.
func Example() string {
	var b strings.Builder
	b.WriteString("# loradex.yaml: settings of loradex, with their defaults. Put it into a repository, or into LORADEX_HOME for all\n")
	b.WriteString("# of them. The nearest file upwards wins over the one in LORADEX_HOME, the environment over both, flags over all.\n")
	defaults := Default()
	section := ""
	for _, s := range Settings() {
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
