package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"loradex/internal/fault"
	"loradex/internal/nearest"
)

// fileName is the name of a configuration file.
const fileName = "loradex.yaml"

// maxFile bounds what is read of a configuration file.
const maxFile = 1 << 20

// Places says where settings are looked for.
type Places struct {
	// Home is the folder of the user's loradex.yaml; "" has none.
	Home string
	// Start is the folder from which a loradex.yaml is looked for upwards; "" looks for none.
	Start string
	// File is read in place of the two above.
	File string
	// Getenv gives the environment; nil has none.
	Getenv func(string) string
}

// Load reads the settings. NotFound where Places.File does not exist; Invalid for a file or variable that cannot be
// used, with its name and, for a file, the line.
func Load(p Places) (Config, error) {
	c := Default()
	files, err := p.files()
	if err != nil {
		return c, err
	}
	guard := keyGuard{}
	for _, path := range files {
		before := c.Qdrant
		if err := c.read(path, path == p.File); err != nil {
			return c, err
		}
		if p.File == "" && path != filepath.Join(p.Home, fileName) {
			guard.found(path, before, c.Qdrant)
		}
	}
	if p.Getenv == nil {
		p.Getenv = func(string) string { return "" }
	}
	if p.Getenv("LORADEX_SEARCH_FEEDBACK") != "" {
		return c, removed("LORADEX_SEARCH_FEEDBACK", "unset it")
	}
	for _, s := range settings() {
		if value := p.Getenv(s.Env); value != "" {
			if err := s.set(&c, value); err != nil {
				return c, err
			}
		}
	}
	if p.Getenv("LORADEX_QDRANT_ADDRESS") == "" {
		if err := guard.check(c.Qdrant); err != nil {
			return c, err
		}
	}
	return c, c.Validate()
}

// keyGuard keeps the user's API key from a server that a repository names: who clones it has not chosen that server.
type keyGuard struct {
	path, address string // of the repository's file; "" where it names no server
	key           secret // in that file
}

// found takes note of what a file in a repository has set.
func (g *keyGuard) found(path string, before, after qdrant) {
	if after.Address == before.Address {
		return
	}
	g.path, g.address = path, after.Address
	if after.APIKey != before.APIKey {
		g.key = after.APIKey
	}
}

// check refuses the repository's server with a key from elsewhere.
func (g *keyGuard) check(q qdrant) error {
	if g.path == "" || q.Address != g.address || q.APIKey == g.key {
		return nil
	}
	return fault.New(fault.Invalid, "configuration %s sets qdrant.address to %s, and the API key is from elsewhere: it would go there", g.path, g.address).
		WithHint("where you trust that server, set the address beside the key, or in LORADEX_QDRANT_ADDRESS")
}

// files lists the files to read, those that win last.
func (p Places) files() ([]string, error) {
	if p.File != "" {
		return []string{p.File}, nil
	}
	var files []string
	if p.Home != "" {
		files = append(files, filepath.Join(p.Home, fileName))
	}
	if p.Start == "" {
		return files, nil
	}
	start, err := filepath.Abs(p.Start)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the working folder is not known")
	}
	for at := start; ; at = filepath.Dir(at) {
		path := filepath.Join(at, fileName)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			if len(files) == 0 || files[0] != path {
				files = append(files, path)
			}
			return files, nil
		}
		if at == filepath.Dir(at) {
			return files, nil
		}
	}
}

// read applies one file. Keys that it does not have keep their value.
func (c *Config) read(path string, must bool) error {
	data, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.NotFound, err, "configuration %s", path)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "configuration %s", path)
	}
	if len(data) > maxFile {
		return fault.New(fault.Invalid, "configuration %s has more than %d bytes", path, maxFile)
	}
	before := *c
	if err := yaml.UnmarshalWithOptions(data, c, yaml.Strict()); err != nil && !errors.Is(err, io.EOF) {
		// The first line has the position and the key; the rest is a picture of the source.
		what, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
		if strings.Contains(what, `"feedback"`) {
			return fault.Wrap(fault.Invalid, removed("search.feedback", ""), "configuration %s", path).WithHint("take the line out")
		}
		return fault.New(fault.Invalid, "configuration %s: %s", path, what).
			WithHint("%s", nearestKey(what, "known keys: "+strings.Join(keys(), ", ")))
	}
	c.keepEmpty(before, data)
	// A relative model folder in a file is meant from there, wherever loradex runs.
	if c.Model != before.Model && strings.ContainsRune(c.Model, '/') && !filepath.IsAbs(c.Model) {
		c.Model = filepath.Join(filepath.Dir(path), c.Model)
	}
	c.Files = append(c.Files, path)
	if err := c.Validate(); err != nil {
		return fault.Prefix(err, "configuration %s", path)
	}
	return nil
}

// keepEmpty puts back what an empty document, or a section without keys, has set to zero.
func (c *Config) keepEmpty(before Config, data []byte) {
	var shape map[string]any
	if err := yaml.Unmarshal(data, &shape); err != nil || shape == nil {
		*c = before
		return
	}
	if v, ok := shape["index"]; ok && v == nil {
		c.Index = before.Index
	}
	if v, ok := shape["search"]; ok && v == nil {
		c.Search = before.Search
	}
	if v, ok := shape["serve"]; ok && v == nil {
		c.Serve = before.Serve
	}
	if v, ok := shape["qdrant"]; ok && v == nil {
		c.Qdrant = before.Qdrant
	}
}

// readBounded reads at most one byte more than a file may have.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the user's own configuration
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// nearestKey says in front of a hint which key was meant by the unknown one that an error quotes.
func nearestKey(what, hint string) string {
	_, quoted, _ := strings.Cut(what, `unknown field "`)
	word, _, _ := strings.Cut(quoted, `"`)
	var words []string
	for _, key := range keys() {
		words = append(words, key[strings.LastIndexByte(key, '.')+1:])
	}
	return nearest.Hint(word, words, hint)
}

func keys() []string {
	var keys []string
	for _, s := range settings() {
		keys = append(keys, s.Key)
	}
	return keys
}
