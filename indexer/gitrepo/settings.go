package gitrepo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// This file knows the few git settings that matter to a reader.

const maxConfigBytes = 4 << 20

// settings are all settings in their order: a later one is stronger.
type settings []setting

// get returns the strongest value of an option, and whether there is one.
func (s settings) get(section, key string) (value string, ok bool) {
	for _, opt := range s {
		if opt.section == section && opt.sub == "" && opt.key == key {
			value, ok = opt.value, true
		}
	}
	return value, ok
}

// isTrue reads a boolean as git does: yes, on, true and non-zero numbers are true.
func (s settings) isTrue(section, key string) bool {
	value, _ := s.get(section, key)
	return isTrueText(value)
}

func isTrueText(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// isPartial tells whether some remote promises objects that are not here.
func (s settings) isPartial() bool {
	if v, _ := s.get("extensions", "partialclone"); v != "" {
		return true
	}
	return slices.ContainsFunc(s, func(o setting) bool {
		return o.section == "remote" && o.key == "promisor" && isTrueText(o.value)
	})
}

// globalIgnores returns the ignore patterns for the whole tree, strongest first: info/exclude of the repository, then
// the file that core.excludesFile names, or its default.
func (r *Repo) globalIgnores() []patternList {
	var lists []patternList
	for _, path := range []string{filepath.Join(r.commonDir, "info", "exclude"), r.excludesFile()} {
		if path == "" {
			continue
		}
		data, err := readBounded(path, maxIgnoreBytes)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.note("the ignore file %s cannot be read and is passed over: %v", path, err)
		}
		if list := parseIgnore(data); len(list) > 0 {
			lists = append(lists, list)
		}
	}
	return lists
}

func (r *Repo) excludesFile() string {
	var files []string
	configHome := r.opts.configHome()
	if r.opts.Home != "" {
		files = append(files, systemConfig, filepath.Join(configHome, "git", "config"),
			filepath.Join(r.opts.Home, ".gitconfig"))
	}
	path, set := append(r.readSettings(files...), r.settings...).get("core", "excludesfile")
	if !set && configHome != "" {
		return filepath.Join(configHome, "git", "ignore")
	}
	return r.settingPath(path, r.root)
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
