package gitrepo

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
)

// This file follows [include] and [includeIf] of git's configuration.

// Bounds of what a configuration includes; git's own depth is ten.
const (
	maxIncludeDepth = 10
	maxConfigFiles  = 256
)

// configReader reads configuration files with what they include.
type configReader struct {
	repo  *Repo
	files int
	urls  []string // of remotes, for hasconfig; they come from the repository's own settings
}

// readSettings reads configuration files, weakest first. Those that do not exist are passed over, those that cannot be
// read are noted.
func (r *Repo) readSettings(paths ...string) settings {
	c := &configReader{repo: r}
	for _, s := range r.settings {
		if s.section == "remote" && s.key == "url" {
			c.urls = append(c.urls, s.value)
		}
	}
	var out settings
	for _, path := range paths {
		out = append(out, c.read(path, 0)...)
	}
	return out
}

func (c *configReader) read(path string, depth int) (out settings) {
	if c.files++; c.files > maxConfigFiles || depth > maxIncludeDepth {
		c.repo.note("%s is not read: more than %d files or %d levels of includes", path, maxConfigFiles, maxIncludeDepth)
		return nil
	}
	data, err := readBounded(path, maxConfigBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		c.repo.note("git's settings in %s cannot be read and are passed over: %v", path, err)
		return nil
	}
	list, bad := parseConfig(data)
	if bad > 0 {
		c.repo.note("%s, line %d is no git setting and is passed over", path, bad)
	}
	for _, s := range list {
		if s.section == "remote" && s.key == "url" {
			c.urls = append(c.urls, s.value)
		}
	}
	for _, s := range list {
		out = append(out, s)
		if s.key == "path" && (s.section == "include" && s.sub == "" || s.section == "includeif" && c.holds(s.sub, path)) {
			out = append(out, c.read(c.repo.settingPath(s.value, filepath.Dir(path)), depth+1)...)
		}
	}
	return out
}

// holds decides over a condition of includeIf in a file. A condition that git does not know is false.
func (c *configReader) holds(condition, file string) bool {
	kind, pattern, _ := strings.Cut(condition, ":")
	switch strings.ToLower(kind) {
	case "gitdir":
		return c.inGitDir(pattern, file, false)
	case "gitdir/i":
		return c.inGitDir(pattern, file, true)
	case "onbranch":
		head, err := readBounded(filepath.Join(c.repo.gitDir, "HEAD"), 64<<10)
		branch, on := strings.CutPrefix(strings.TrimSpace(string(head)), "ref: refs/heads/")
		if strings.HasSuffix(pattern, "/") {
			pattern += "**"
		}
		return err == nil && on && compileGlob(pattern, false).match(branch)
	case "hasconfig":
		pattern, ok := strings.CutPrefix(pattern, "remote.*.url:")
		for _, url := range c.urls {
			if ok && compileGlob(pattern, false).match(url) {
				return true
			}
		}
	}
	return false
}

// inGitDir matches a pattern against the place of the git folder.
func (c *configReader) inGitDir(pattern, file string, fold bool) bool {
	switch {
	case strings.HasPrefix(pattern, "./"):
		pattern = filepath.ToSlash(filepath.Dir(file)) + pattern[1:]
	case strings.HasPrefix(pattern, "~/"):
		if pattern = c.repo.settingPath(pattern, ""); pattern == "" {
			return false
		}
	case !filepath.IsAbs(pattern):
		pattern = "**/" + pattern
	}
	if strings.HasSuffix(pattern, "/") {
		pattern += "**"
	}
	dir := filepath.ToSlash(c.repo.gitDir)
	if fold {
		pattern, dir = strings.ToLower(pattern), strings.ToLower(dir)
	}
	if compileGlob(pattern, false).match(dir) {
		return true
	}
	// The pattern may name a folder by a link.
	at := len(pattern)
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		at = strings.LastIndexByte(pattern[:i], '/') + 1
	}
	found, err := filepath.EvalSymlinks(pattern[:at])
	return at > 1 && err == nil && compileGlob(strings.TrimSuffix(filepath.ToSlash(found), "/")+"/"+pattern[at:], false).match(dir)
}

// settingPath is a path that a setting names: ~/ is the user's home, and others stand to a folder. "" where the home is not
// known.
func (r *Repo) settingPath(path, dir string) string {
	switch rest, home := strings.CutPrefix(path, "~/"); {
	case home && r.opts.Home == "":
		return ""
	case home && strings.HasSuffix(rest, "/"):
		return filepath.Join(r.opts.Home, rest) + "/" // what a trailing slash means is the caller's
	case home:
		return filepath.Join(r.opts.Home, rest)
	case path == "":
		return ""
	}
	return absoluteTo(dir, path)
}
