package lsp

// This file turns places of the index into the editor's, and back.

import (
	"path/filepath"
	"slices"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// locationOf returns where a hit lies, from the line of its definition on: whole lines, so the end is the start of the line behind it. false where the file is
// not on this machine while others of the index are; Unsupported where none is.
func locationOf(w Workspace, h search.Hit) (at protocol.Location, ok bool, err error) {
	roots := w.Roots()
	if len(roots) == 0 {
		return at, false, fault.New(fault.Unsupported, "the index has no files on this machine for the editor to open").
			WithHint("index a clone: `loradex index DIR`")
	}
	i := slices.IndexFunc(roots, func(r workspace.Root) bool { return r.Repo == h.Repo })
	if i < 0 && (len(roots) > 1 || roots[0].Repo != "") {
		return at, false, nil
	}
	return protocol.Location{
		URI: uri.File(filepath.Join(roots[max(i, 0)].Dir, filepath.FromSlash(h.Path))),
		Range: protocol.Range{
			Start: protocol.Position{Line: toLine(h.Line() - 1)},
			End:   protocol.Position{Line: toLine(h.EndLine)},
		},
	}, true, nil
}

// toLine makes a line number of the protocol, which counts from 0.
func toLine(n int) uint32 {
	return uint32(min(max(n, 0), 1<<31-1)) //nolint:gosec // bounded in this line
}

// fileOf returns an editor's file as the index knows it. Invalid where the file lies elsewhere.
func fileOf(w Workspace, u uri.URI) (workspace.File, error) {
	roots, file := w.Roots(), filePath(u)
	if file == "" || len(roots) == 0 {
		return workspace.File{}, fault.New(fault.Invalid, "%.200q is not a file of the index", string(u))
	}
	best, found := workspace.File{}, false
	for _, root := range roots {
		rel, ok := relative(root.Dir, file)
		if !ok {
			rel, ok = relativeReal(root.Dir, file)
		}
		if ok && (!found || len(rel) < len(best.Path)) { // of repositories inside of each other the inner one
			best, found = workspace.File{Repo: root.Repo, Path: rel}, true
		}
	}
	if !found {
		names := make([]string, len(roots))
		for i, r := range roots {
			names[i] = r.Dir
		}
		return workspace.File{}, fault.New(fault.Invalid, "%s lies outside of %s, which is indexed", file, strings.Join(names, ", "))
	}
	return best, nil
}

// relativeReal is relative where the editor may have come through a link, such as /tmp on macOS. The file itself need not
// be there yet, its folder must.
func relativeReal(root, file string) (string, bool) {
	realRoot, err1 := filepath.EvalSymlinks(root)
	realDir, err2 := filepath.EvalSymlinks(filepath.Dir(file))
	if err1 != nil || err2 != nil {
		return "", false
	}
	if realFile, err := filepath.EvalSymlinks(file); err == nil {
		return relative(realRoot, realFile)
	}
	return relative(realRoot, filepath.Join(realDir, filepath.Base(file)))
}

// relative returns the slash path of a file below root.
func relative(root, file string) (string, bool) {
	rel, err := filepath.Rel(root, file)
	if err != nil || rel == "." || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}
