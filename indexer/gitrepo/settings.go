package gitrepo

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	format "github.com/go-git/go-git/v5/plumbing/format/config"

	"loradex/internal/fault"
)

// This file reads the few git settings that matter to a reader. `include` directives are not followed.

const maxConfigBytes = 4 << 20

// settings are configuration files, weakest first.
type settings []*format.Config

type setting struct{ key, value string }

// section returns the options of a section in all files, weakest first.
func (s settings) section(name string) []setting {
	var out []setting
	for _, file := range s {
		for _, sec := range file.Sections {
			if sec.IsName(name) {
				for _, opt := range sec.Options {
					out = append(out, setting{opt.Key, opt.Value})
				}
			}
		}
	}
	return out
}

// get returns the strongest value of an option, or "".
func (s settings) get(section, key string) string {
	value := ""
	for _, opt := range s.section(section) {
		if strings.EqualFold(opt.key, key) {
			value = opt.value
		}
	}
	return value
}

// isTrue reads a boolean as git does: yes, on, true and non-zero numbers are true.
func (s settings) isTrue(section, key string) bool {
	switch strings.ToLower(s.get(section, key)) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// isPartial tells whether some remote promises objects that are not here.
func (s settings) isPartial() bool {
	if s.get("extensions", "partialclone") != "" {
		return true
	}
	for _, file := range s {
		for _, sec := range file.Sections {
			if !sec.IsName("remote") {
				continue
			}
			for _, remote := range sec.Subsections {
				if strings.EqualFold(remote.Option("promisor"), "true") {
					return true
				}
			}
		}
	}
	return false
}

// readSettings reads configuration files; those that do not exist are passed over.
func readSettings(paths ...string) (settings, error) {
	var out settings
	for _, path := range paths {
		data, err := readBounded(path, maxConfigBytes)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be read", path)
		}
		file := format.New()
		if err := format.NewDecoder(bytes.NewReader(data)).Decode(file); err != nil {
			return nil, fault.Wrap(fault.Corrupt, err, "%s is not a git configuration", path)
		}
		out = append(out, file)
	}
	return out, nil
}

// globalIgnores returns the ignore patterns for the whole tree, strongest first: info/exclude of the repository, then
// the file that core.excludesFile names, or its default.
func (r *Repo) globalIgnores() ([]patternList, error) {
	var lists []patternList
	add := func(path string) error {
		data, err := readBounded(path, maxIgnoreBytes)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil
		}
		if err != nil {
			return fault.Wrap(fault.Unavailable, err, "%s cannot be read", path)
		}
		if list := parseIgnore(data); len(list) > 0 {
			lists = append(lists, list)
		}
		return nil
	}
	if err := add(filepath.Join(r.commonDir, "info", "exclude")); err != nil {
		return nil, err
	}
	path, err := r.excludesFile()
	if err != nil || path == "" {
		return lists, err
	}
	return lists, add(path)
}

func (r *Repo) excludesFile() (string, error) {
	var files []string
	configHome := r.opts.configHome()
	if r.opts.Home != "" {
		files = append(files, systemConfig, filepath.Join(configHome, "git", "config"),
			filepath.Join(r.opts.Home, ".gitconfig"))
	}
	outer, err := readSettings(files...)
	if err != nil {
		return "", err
	}
	path := append(outer, r.settings...).get("core", "excludesfile")
	switch {
	case path == "" && configHome == "":
		return "", nil
	case path == "":
		return filepath.Join(configHome, "git", "ignore"), nil
	case strings.HasPrefix(path, "~/") && r.opts.Home != "":
		return filepath.Join(r.opts.Home, path[2:]), nil
	case !filepath.IsAbs(path):
		return filepath.Join(r.root, path), nil
	}
	return path, nil
}

// systemConfig is where git's packages put the machine's settings.
const systemConfig = "/etc/gitconfig"

// readBounded reads a regular file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	if info.Size() > limit {
		return nil, fault.New(fault.Invalid, "%s has %d bytes, more than the %d that are read", path, info.Size(), limit)
	}
	return os.ReadFile(path) //nolint:gosec // the caller names the file
}
