package search

// This file defines which paths a filter lets pass.

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"loradex/internal/fault"
)

// Limits of a filter's paths.
const (
	maxPaths       = 1000
	maxPathPattern = 4096 // bytes
)

// pathPattern is one of a filter's paths, read.
type pathPattern struct {
	literal string   // the file, or a folder above it
	globs   []string // else these
}

// Paths are the paths of a filter, read: what Match needs.
type Paths struct{ in, out []pathPattern }

// ReadPaths reads what people write: a file, a folder with all that lies in it, a pattern ("api/**", "**/*_test.go"), from the
// top of the repository, and the same behind ! for what is left out. A pattern that names a folder is for all that lies in it,
// too. Brackets that make up a part of a path, as routes have them ("app/[id]/page.ts"), stand for themselves.
// Invalid for what is neither.
func ReadPaths(paths []string) (Paths, error) {
	var out Paths
	if len(paths) > maxPaths {
		return out, fault.New(fault.Invalid, "%d paths are given, more than %d", len(paths), maxPaths)
	}
	for _, given := range paths {
		text, isOut := strings.CutPrefix(given, "!")
		p, ok := readPath(text)
		if !ok {
			return out, fault.New(fault.Invalid, "path %.200q is not a pattern", given).
				WithHint("name a file or a folder from the top of the repository, or write a pattern such as api/** or **/*_test.go")
		}
		if isOut {
			out.out = append(out.out, p)
		} else {
			out.in = append(out.in, p)
		}
	}
	return out, nil
}

// readPath reads one path; false where it is none.
func readPath(text string) (pathPattern, bool) {
	if text == "" || len(text) > maxPathPattern || strings.ContainsRune(text, 0) || strings.HasPrefix(path.Clean(text), "..") {
		return pathPattern{}, false
	}
	clean := CleanPath(text)
	p := pathPattern{literal: clean}
	if !strings.ContainsAny(clean, pathMeta) {
		return p, true
	}
	parts := strings.Split(clean, "/")
	routed := false
	for i, part := range parts {
		if route.MatchString(part) {
			parts[i], routed = escaper.Replace(part), true
		}
	}
	globs := []string{strings.Join(parts, "/")}
	if brackets := bracketed.ReplaceAllStringFunc(clean, escaper.Replace); !routed && brackets != clean {
		globs = append(globs, brackets) // [id].tsx may be either
	}
	for _, glob := range globs {
		if doublestar.ValidatePattern(glob) {
			p.globs = append(p.globs, glob, strings.TrimSuffix(glob, "/")+"/**")
		}
	}
	return p, len(p.globs) > 0
}

// CleanPath is a path or pattern without what changes nothing: "./a//b/" is "a/b".
func CleanPath(text string) string {
	if clean := path.Clean("/" + text)[1:]; clean != "" {
		return clean
	}
	return "."
}

// pathMeta are the characters that mean something in a pattern.
const pathMeta = `*?[]{}\`

var (
	route     = regexp.MustCompile(`^\[{1,2}(\.\.\.)?\w[\w-]*\]{1,2}$`) // a part that routes have: [id], [...slug], [[...slug]]
	bracketed = regexp.MustCompile(`\[{1,2}(\.\.\.)?\w[\w-]*\]{1,2}`)   // such brackets inside a part
	escaper   = strings.NewReplacer("[", `\[`, "]", `\]`)
)

// Match tells whether a path passes.
func (p Paths) Match(path string) bool {
	is := func(q pathPattern) bool { return q.match(path) }
	return (len(p.in) == 0 || slices.ContainsFunc(p.in, is)) && !slices.ContainsFunc(p.out, is)
}

// Only returns the file or folder that is asked for and nothing else, where no pattern has to be matched.
func (p Paths) Only() (fileOrFolder string, ok bool) {
	if len(p.in) != 1 || len(p.out) > 0 {
		return "", false
	}
	if q := p.in[0]; len(q.globs) == 0 && q.literal != "." {
		return q.literal, true
	}
	if folder, ok := strings.CutSuffix(p.in[0].literal, "/**"); ok && folder != "" && !strings.ContainsAny(folder, pathMeta) {
		return folder, true
	}
	return "", false
}

func (q pathPattern) match(path string) bool {
	if q.literal == "." || path == q.literal || strings.HasPrefix(path, q.literal) && path[len(q.literal)] == '/' {
		return true
	}
	return slices.ContainsFunc(q.globs, func(g string) bool { return doublestar.MatchUnvalidated(g, path) })
}
