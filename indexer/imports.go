package indexer

import (
	"bufio"
	"bytes"
	"path"
	"regexp"
	"strings"
)

// This file finds out which files others import. It reads import lines by pattern, not by grammar: what it is for is an
// order of work, in which a wrong guess costs nothing.

// importPatterns find what a line imports, by language; the first group is the module. Names of several languages that
// are written alike share a pattern.
var importPatterns = map[string]*regexp.Regexp{
	"go":         regexp.MustCompile(`^\s*(?:import\s+)?(?:[\w.]+\s+)?"([\w.\-/]+)"\s*(?://.*)?$`),
	"python":     regexp.MustCompile(`^\s*(?:from|import)\s+([\w.]+)`),
	"java":       regexp.MustCompile(`^\s*import\s+(?:static\s+)?([\w.]+)`),
	"kotlin":     regexp.MustCompile(`^\s*import\s+([\w.]+)`),
	"scala":      regexp.MustCompile(`^\s*import\s+([\w.]+)`),
	"c#":         regexp.MustCompile(`^\s*using\s+(?:static\s+)?([\w.]+)\s*;`),
	"javascript": scriptImport,
	"typescript": scriptImport,
	"tsx":        scriptImport,
	"c":          include,
	"c++":        include,
	"rust":       regexp.MustCompile(`^\s*(?:pub(?:\([\w:]+\))?\s+)?(?:use|mod)\s+((?:\w+::)*\w+)`),
	"php":        regexp.MustCompile(`^\s*use\s+([\w\\]+)`),
	"ruby":       regexp.MustCompile(`^\s*require(?:_relative)?\s*\(?\s*['"]([\w./\-]+)['"]`),
}

var (
	scriptImport = regexp.MustCompile(`(?:\bfrom\s*|\brequire\s*\(\s*|^\s*import\s*\(?\s*)['"]([\w@./\-]+)['"]`)
	include      = regexp.MustCompile(`^\s*#\s*include\s*["<]([\w./\-]+)[">]`)
)

// maxImportLine is how long a line may be that imports something.
const maxImportLine = 400

// imports returns the modules that a file names, as paths with slashes and without file extension, each once.
func imports(language, file string, src []byte) []string {
	pattern := importPatterns[language]
	if pattern == nil {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(src))
	lines.Buffer(nil, DefaultMaxFileBytes+1)
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) > maxImportLine {
			continue
		}
		m := pattern.FindSubmatch(line)
		if m == nil {
			continue
		}
		if module := modulePath(language, file, string(m[1])); module != "" && !seen[module] {
			seen[module] = true
			out = append(out, module)
		}
	}
	return out
}

// modulePath writes the name of a module as a path.
func modulePath(language, file, module string) string {
	switch language {
	case "python", "java", "kotlin", "scala", "c#":
		module = strings.ReplaceAll(module, ".", "/")
	case "rust":
		module = strings.TrimPrefix(strings.ReplaceAll(module, "::", "/"), "crate/")
	case "php":
		module = strings.ReplaceAll(module, `\`, "/")
	case "go":
		return strings.Trim(module, "/") // a folder, whose name may have dots
	}
	if strings.HasPrefix(module, ".") {
		module = path.Join(path.Dir(file), module)
	}
	return strings.Trim(withoutExtension(module), "/")
}

func withoutExtension(file string) string { return strings.TrimSuffix(file, path.Ext(file)) }

// importable finds the files of a repository that a module means.
type importable struct {
	byLast map[string][]target // by the last part of their path
}

// target is a file without its extension, or a folder with the files in it.
type target struct {
	path    string
	entries []int
}

func newImportable(entries []Entry) importable {
	folders := map[string][]int{}
	im := importable{map[string][]target{}}
	for i := range entries {
		if entries[i].Skip != "" {
			continue
		}
		im.add(target{withoutExtension(entries[i].Path), []int{i}})
		dir := path.Dir(entries[i].Path)
		folders[dir] = append(folders[dir], i)
	}
	for dir, files := range folders {
		im.add(target{dir, files})
	}
	return im
}

func (im importable) add(t target) {
	last := path.Base(t.path)
	im.byLast[last] = append(im.byLast[last], t)
}

// find returns the entries that a module means: those with which it has the longest end in common. In many languages the
// last part of a name is something inside the file, so the name without it is tried too.
func (im importable) find(module string) []int {
	for range 2 {
		best, common := []target(nil), 0
		for _, t := range im.byLast[path.Base(module)] {
			switch n := commonEnd(t.path, module); {
			case n > common:
				best, common = []target{t}, n
			case n == common:
				best = append(best, t)
			}
		}
		var out []int
		for _, t := range best {
			out = append(out, t.entries...)
		}
		if len(out) > 0 {
			return out
		}
		if module = path.Dir(module); module == "." || module == "/" {
			break
		}
	}
	return nil
}

// commonEnd counts the parts that two paths share at their ends.
func commonEnd(a, b string) int {
	n := 0
	for a != "" && b != "" {
		if path.Base(a) != path.Base(b) {
			return n
		}
		n++
		a, b = parent(a), parent(b)
	}
	return n
}

func parent(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}
