package search

import (
	"context"
	"path"
	"regexp"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// This file raises hits in the neighbourhood of where the user is: `search --near`.

// Near is where the user is.
type Near struct {
	Path string // from the top of the tree; who opens the index makes it so
	Line int    // from 1; 0 is no line
}

// ReadNear reads FILE or FILE:LINE. Invalid for what is neither.
func ReadNear(text string) (*Near, error) {
	n := &Near{Path: text}
	if at := strings.LastIndexByte(text, ':'); at >= 0 {
		if line, err := strconv.Atoi(text[at+1:]); err == nil {
			n.Path, n.Line = text[:at], line
			if line < 1 {
				n.Path = ""
			}
		}
	}
	if n.Path == "" {
		return nil, fault.New(fault.Invalid, "near %.100q is not FILE or FILE:LINE", text).WithHint("lines count from 1")
	}
	return n, nil
}

// What a hit's place is worth, against 1 for the very line where the user is.
const (
	nearFile   = 0.75 // same file, however far; without a line it is 1
	nearLines  = 50.0 // so far from the line, half of the rest is left
	nearFolder = 0.6  // same folder, which is the package or module of most languages
	nearImport = 0.5  // a file that the user's imports, or one in a folder that it imports
	nearAbove  = 0.6  // times the share of the folders above that are the same
)

// neighbourhood is what is known of where the user is.
type neighbourhood struct {
	Near
	repo    string // in an index of several trees
	folder  string
	imports []string // what the file imports, with / between its parts
}

// lookNear reads the file where the user is. NotFound where the index does not hold it: then the place would do nothing.
func (q *query) lookNear(ctx context.Context) error {
	if q.r.Near == nil {
		return nil
	}
	n := neighbourhood{Near: *q.r.Near}
	chunks, err := q.reader.At(ctx, q.r.Filter.Trees, n.Path, 0, 0)
	if err != nil {
		return err
	}
	if len(chunks) == 0 {
		return fault.New(fault.NotFound, "near: the index holds no file %s", n.Path).WithHint("name a file that `loradex index` took, from the top of the repository")
	}
	n.folder = path.Dir(n.Path)
	for i := range chunks {
		n.imports = append(n.imports, importsOf(chunks[i].Chunk.Text, n.folder)...)
	}
	if t := chunks[0].Tree; t != nil {
		n.repo = t.State.Repo
	}
	q.place = &n
	return nil
}

// near is how near a hit is to where the user is.
func (e *evidence) near(h *Hit, _ float64) float64 {
	n := e.place
	switch {
	case n == nil || h.Repo != n.repo:
		return 0
	case h.Path == n.Path && n.Line == 0:
		return 1
	case h.Path == n.Path:
		lines := max(h.StartLine-n.Line, n.Line-h.EndLine, 0)
		return nearFile + (1-nearFile)*nearLines/(nearLines+float64(lines))
	}
	folder := path.Dir(h.Path)
	near := nearAbove * sharedFolders(folder, n.folder)
	if folder == n.folder {
		near = nearFolder
	} else if n.importsFile(h.Path, folder) {
		near = nearImport
	}
	return near
}

// sharedFolders is the share of the folders that a folder's and another's path begin with together, of the longer one.
func sharedFolders(a, b string) float64 {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] && x[same] != "." {
		same++
	}
	return float64(same) / float64(max(len(x), len(y)))
}

// importsFile tells whether one of the imports names a file or its folder: by its whole path, or by the end of it where a module's
// name stands in front, or a source folder that imports leave out.
func (n *neighbourhood) importsFile(file, folder string) bool {
	name := file
	if dot := strings.IndexByte(path.Base(file), '.'); dot > 0 {
		name = file[:len(file)-len(path.Base(file))+dot]
	}
	for _, imported := range n.imports {
		if endsWithPath(imported, name) || endsWithPath(name, imported) || endsWithPath(imported, file) || folder != "." && endsWithPath(imported, folder) {
			return true
		}
	}
	return false
}

// endsWithPath tells whether whole parts of a path are the end of another's.
func endsWithPath(long, short string) bool {
	return long == short || strings.HasSuffix(long, "/"+short)
}

// Lines that import, in most languages: with the path in quotes or brackets, alone in a block (Go), or as a dotted name.
var (
	importQuoted = regexp.MustCompile(`^\s*(?:(?:import|from|export|use|require|require_relative|include|#\s*include|load|source)\b.*|const\b.*\brequire\(|[\w.]*\s*)["'<]([\w./@-]+)["'>]\)?;?\s*$`)
	importDotted = regexp.MustCompile(`^\s*(?:import|from|use|using|open|alias|pub use)\s+(?:static\s+)?([A-Za-z_][\w.:\\]*)`)
)

// importSeparators stand between the parts of a dotted name.
var importSeparators = strings.NewReplacer(".", "/", "::", "/", `\`, "/")

// maxImports bounds the imports that are looked at.
const maxImports = 500

// importsOf returns what a text imports.
func importsOf(text, folder string) (out []string) {
	for line := range strings.Lines(text) {
		name := ""
		if m := importQuoted.FindStringSubmatch(line); m != nil && !strings.HasPrefix(strings.TrimSpace(line), "return") {
			if name = m[1]; strings.HasPrefix(name, ".") {
				name = path.Join(folder, name)
			}
		} else if m := importDotted.FindStringSubmatch(line); m != nil {
			name = strings.Trim(importSeparators.Replace(m[1]), "/")
			name = strings.TrimPrefix(name, "crate/")
		}
		if name != "" && len(out) < maxImports {
			out = append(out, name)
		}
	}
	return out
}
