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
func (r *Repo) globalIgnores(all settings) []patternList {
	var lists []patternList
	for _, path := range []string{filepath.Join(r.commonDir, "info", "exclude"), r.userFile(all, "excludesfile", "ignore")} {
		if path == "" {
			continue
		}
		data, err := readBounded(path, maxIgnoreBytes)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.note("the ignore file %s cannot be read and is passed over: %v", path, err)
		}
		if list := parseIgnore(data, all.isTrue("core", "ignorecase")); len(list) > 0 {
			lists = append(lists, list)
		}
	}
	return lists
}

// allSettings are those of the machine, the user and the repository.
func (r *Repo) allSettings() settings {
	var files []string
	if r.opts.Home != "" {
		files = append(files, systemConfig, filepath.Join(r.opts.configHome(), "git", "config"), filepath.Join(r.opts.Home, ".gitconfig"))
	}
	return append(r.readSettings(files...), r.settings...)
}

// userFile is the file that a setting of core names, or its default in the user's folder for git; "" for none.
func (r *Repo) userFile(all settings, key, name string) string {
	path, set := all.get("core", key)
	if configHome := r.opts.configHome(); !set && configHome != "" {
		return filepath.Join(configHome, "git", name)
	}
	return r.settingPath(path, r.root)
}

// Where git's packages put the machine's settings and attributes.
const (
	systemConfig     = "/etc/gitconfig"
	systemAttributes = "/etc/gitattributes"
)

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
